package dev.felucca.isolation.linux;

import dev.felucca.isolation.host.ProcMounts;
import dev.felucca.isolation.linux.host.Host;
import dev.felucca.isolation.linux.init.MountProgram;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LoadedProgram;
import dev.felucca.linux.ProgramFailure;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.process.PidFd;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Mounts that are added to containers while they run, and taken away. */
final class RunningMounts {
  private final Machinery machinery;

  RunningMounts(Machinery machinery) {
    this.machinery = machinery;
  }

  void mount(Container container, ContainerMount mount) throws IOException {
    container.requireRunning();
    ProcMounts.check(mount);
    Set<String> files = new HashSet<>();
    Host.addFile(mount.mount(), files);
    run(
        MountProgram.mount(
            machinery.linux().arch(),
            container.shim().process().fd().number(),
            mount,
            files,
            machinery.host().mountSetattr()));
  }

  void unmount(Container container, String target) throws IOException {
    container.requireRunning();
    try {
      run(
          MountProgram.unmount(
              machinery.linux().arch(), container.shim().process().fd().number(), target));
    } catch (SyscallException e) {
      boolean nothing = e.errno() == Errno.EINVAL || e.errno() == Errno.ENOENT;
      if (!nothing) {
        throw e;
      }
    }
  }

  private void run(MountProgram mounting) throws IOException {
    try (LoadedProgram loaded = new LoadedProgram(mounting.program())) {
      loaded.run();
      long pid = loaded.result(mounting.cloned());
      if (Errno.failed(pid)) {
        throw new SyscallException("clone3", Errno.of(pid));
      }
      Fd descriptor = new Fd(machinery.linux(), loaded.getInt(mounting.pidfd()));
      try (PidFd child = new PidFd(machinery.linux(), (int) pid, descriptor)) {
        child.await();
      }
      Optional<ProgramFailure> failure = mounting.program().failure(loaded.table());
      if (failure.isPresent()) {
        throw failure.get().toException();
      }
    }
  }
}
