package dev.felucca.isolation.mount;

import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import dev.felucca.isolation.host.ProcMounts;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LoadedProgram;
import dev.felucca.linux.ProgramFailure;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.PidFd;
import java.io.IOException;
import java.util.Optional;

/** Mounts that are added to containers while they run, and taken away. */
public final class RunningMounts {
  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;

  private final Syscalls linux;
  private final LinuxFiles files;
  private final HeldMounts held;

  public RunningMounts(Syscalls linux) {
    this.linux = linux;
    this.files = new LinuxFiles(linux);
    this.held = new HeldMounts(linux);
  }

  /**
   * @param process one of the container's, in its mount namespace
   * @param users whether it has users of its own
   */
  public void mount(PidFd process, boolean users, ContainerMount mount) throws IOException {
    ProcMounts.check(mount);
    try (Fd tree = held(mount, users)) {
      boolean file = (files.mode(tree) & S_IFMT) != S_IFDIR;
      int descriptor = process.fd().number();
      run(MountProgram.mount(linux.arch(), descriptor, users, tree.number(), mount.target(), file));
    }
  }

  private Fd held(ContainerMount mount, boolean users) throws IOException {
    try {
      return held.make(mount.mount(), users);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOSYS) {
        throw new EngineException(
            NOT_IMPLEMENTED, "mounts of a running container need Linux 5.12 or newer", e);
      }
      throw e;
    }
  }

  /** A place where nothing is mounted is no error. */
  public void unmount(PidFd process, String target) throws IOException {
    try {
      run(MountProgram.unmount(linux.arch(), process.fd().number(), target));
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
      long pid = loaded.result(mounting.child().cloned());
      if (Errno.failed(pid)) {
        throw new SyscallException("clone3", Errno.of(pid));
      }
      Fd descriptor = new Fd(linux, loaded.getInt(mounting.child().pidfd()));
      try (PidFd child = new PidFd(linux, (int) pid, descriptor)) {
        child.await();
      }
      Optional<ProgramFailure> failure = mounting.program().failure(loaded.table());
      if (failure.isPresent()) {
        throw failure.get().toException();
      }
    }
  }
}
