package dev.felucca.isolation.linux;

import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import dev.felucca.isolation.host.ProcMounts;
import dev.felucca.isolation.linux.init.MountFlags;
import dev.felucca.isolation.linux.init.MountProgram;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LinuxMounts;
import dev.felucca.linux.LoadedProgram;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.ProgramFailure;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.mount.DetachedMounts;
import dev.felucca.linux.process.PidFd;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Mounts that are added to containers while they run, and taken away. */
final class RunningMounts {
  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;
  private static final String PROPAGATION = "r?(private|slave|shared|unbindable)";
  private static final long DEFAULT_PROPAGATION = MountFlags.PRIVATE | MountFlags.REC;

  private final Machinery machinery;
  private final Syscalls linux;
  private final LinuxFiles files;
  private final DetachedMounts detached;

  RunningMounts(Machinery machinery) {
    this.machinery = machinery;
    this.linux = machinery.linux();
    this.files = new LinuxFiles(linux);
    this.detached = new DetachedMounts(linux);
  }

  void mount(Container container, ContainerMount mount) throws IOException {
    container.requireRunning();
    ProcMounts.check(mount);
    if (!machinery.host().mountSetattr()) {
      throw new EngineException(
          NOT_IMPLEMENTED, "mounts of a running container need Linux 5.12 or newer");
    }
    try (Fd tree = tree(mount.mount())) {
      boolean file = (files.mode(tree) & S_IFMT) != S_IFDIR;
      int process = container.shim().process().fd().number();
      run(MountProgram.mount(linux.arch(), process, tree.number(), mount.target(), file));
    }
  }

  /** Attached nowhere, with all its attributes: somebody in the container may move its place. */
  private Fd tree(Mount mount) throws IOException {
    MountFlags flags = MountFlags.of(mount.type(), mount.options());
    if (!flags.bind()) {
      List<String> words =
          mount.options().stream().filter(word -> !word.matches(PROPAGATION)).toList();
      return detached.mount(mount.type(), mount.source(), words, mount.base());
    }
    String how = flags.recursive() ? "rbind" : "bind";
    Fd tree = detached.mount(mount.type(), mount.source(), List.of(how), mount.base());
    try {
      long propagation = flags.propagation() == 0 ? DEFAULT_PROPAGATION : flags.propagation();
      if (flags.set() != 0) {
        change(tree, flags.set(), 0, false);
      }
      if (flags.recursiveAttributes() != 0) {
        change(tree, flags.recursiveAttributes(), 0, true);
      }
      change(tree, 0, propagation & ~MountFlags.REC, (propagation & MountFlags.REC) != 0);
      return tree;
    } catch (IOException | RuntimeException e) {
      tree.close();
      throw e;
    }
  }

  private void change(Fd tree, long attributes, long propagation, boolean recursive)
      throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check(
          "set attributes of a mount",
          Sysno.MOUNT_SETATTR,
          tree.number(),
          memory.string(""),
          LinuxFiles.AT_EMPTY_PATH | (recursive ? LinuxMounts.AT_RECURSIVE : 0),
          memory.longs(attributes, 0, propagation, 0),
          32);
    }
  }

  void unmount(Container container, String target) throws IOException {
    container.requireRunning();
    try {
      run(MountProgram.unmount(linux.arch(), container.shim().process().fd().number(), target));
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
      Fd descriptor = new Fd(linux, loaded.getInt(mounting.pidfd()));
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
