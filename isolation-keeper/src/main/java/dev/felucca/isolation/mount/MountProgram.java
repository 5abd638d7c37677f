package dev.felucca.isolation.mount;

import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.linux.Arch;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.SharedChild;

/**
 * Mounts and unmounts in the mount namespace of a running container. Run by a thread of the JVM as
 * a function: a child that shares its memory enters the namespace, where the container's root is
 * the only one there is, puts there what it holds by a descriptor, and ends.
 */
record MountProgram(Program program, SharedChild child) {
  /**
   * A pure function.
   *
   * @param process a descriptor of the container's first process
   * @param users whether it has users of its own, whose root makes what is missing then
   * @param tree a descriptor of a mount that is attached nowhere and needs no further change: the
   *     last step is the only one that anything is left of
   */
  static MountProgram mount(
      Arch arch, int process, boolean users, int tree, String target, boolean file) {
    ProgramBuilder builder = new ProgramBuilder(arch);
    MountPlaces places = new MountPlaces(builder);
    return in(builder, process, users, () -> places.place(tree, target, file));
  }

  /** A pure function. */
  static MountProgram unmount(Arch arch, int process, String target) {
    ProgramBuilder builder = new ProgramBuilder(arch);
    return in(
        builder,
        process,
        false,
        () -> builder.step(Sysno.UMOUNT2, builder.text(target), named(2, "MNT_DETACH")));
  }

  private static MountProgram in(
      ProgramBuilder builder, int process, boolean users, Runnable steps) {
    SharedChild child = SharedChild.begin(builder);
    builder.step(Sysno.UMASK, n(0)).ignoringErrors();
    long namespaces = CloneFlags.NEWNS.bit() | (users ? CloneFlags.NEWUSER.bit() : 0);
    builder.step(Sysno.SETNS, n(process), named(namespaces, CloneFlags.names(namespaces)));
    if (users) {
      builder.step(Sysno.SETGROUPS, n(0), Arg.NULL);
      builder.step(Sysno.SETRESGID, n(0), n(0), n(0));
      builder.step(Sysno.SETRESUID, n(0), n(0), n(0));
      SharedChild.dieWithParent(builder);
    }
    steps.run();
    child.end(builder, 0);
    return new MountProgram(builder.build(), child);
  }
}
