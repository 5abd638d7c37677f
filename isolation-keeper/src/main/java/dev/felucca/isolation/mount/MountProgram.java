package dev.felucca.isolation.mount;

import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.linux.Arch;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Label;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;

/**
 * Mounts and unmounts in the mount namespace of a running container. Run by a thread of the JVM as
 * a function: a child that shares its memory enters the namespace, where the container's root is
 * the only one there is, puts there what it holds by a descriptor, and ends.
 *
 * @param cloned the step that answers the child's pid
 * @param pidfd where its descriptor is then
 */
record MountProgram(Program program, Step cloned, Arg.Address pidfd) {
  private static final int SIGCHLD = 17;
  private static final int SIGKILL = 9;
  private static final Arg PR_SET_PDEATHSIG = named(1, "PR_SET_PDEATHSIG");

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
    Arg.Address all = builder.cell(-1, "all");
    Arg.Address before = builder.cell(0, "before");
    Arg.Address pidfd = builder.cell(-1, "pidfd");
    long flags = CloneFlags.VM.bit() | CloneFlags.VFORK.bit() | CloneFlags.PIDFD.bit();
    Arg.Address clone = builder.space(88, "{" + CloneFlags.names(flags) + "}");
    builder.putLong(clone, flags);
    builder.pointer(clone.plus(8), pidfd);
    builder.putLong(clone.plus(32), SIGCHLD);
    Label child = new Label("child");
    Label failed = new Label("failed");
    builder.step(Sysno.RT_SIGPROCMASK, named(0, "SIG_BLOCK"), all, before, n(8));
    Step cloned = builder.step(Sysno.CLONE3, clone, n(88)).onZero(child);
    builder.step(Sysno.RT_SIGPROCMASK, named(2, "SIG_SETMASK"), before, Arg.NULL, n(8));
    builder.end(0);

    builder.mark(child);
    builder.onFailure(failed);
    // A path may lead into a file system that hangs: the child must not outlive a killed JVM.
    builder.step(Sysno.PRCTL, PR_SET_PDEATHSIG, n(SIGKILL));
    builder.step(Sysno.UMASK, n(0)).ignoringErrors();
    long namespaces = CloneFlags.NEWNS.bit() | (users ? CloneFlags.NEWUSER.bit() : 0);
    builder.step(Sysno.SETNS, n(process), named(namespaces, CloneFlags.names(namespaces)));
    if (users) {
      builder.step(Sysno.SETGROUPS, n(0), Arg.NULL);
      builder.step(Sysno.SETRESGID, n(0), n(0), n(0));
      builder.step(Sysno.SETRESUID, n(0), n(0), n(0));
      builder.step(Sysno.PRCTL, PR_SET_PDEATHSIG, n(SIGKILL)); // which that took away
    }
    steps.run();
    builder.onFailure(null);
    builder.mark(failed);
    builder.step(Sysno.EXIT_GROUP, n(0));
    return new MountProgram(builder.build(), cloned, pidfd);
  }
}
