package dev.felucca.linux.process;

import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.linux.Arg;
import dev.felucca.linux.Label;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;

/**
 * A child that shares its memory with the thread that runs the program as a function, and has it
 * wait until it ends or executes, see clone(2). All its signals are blocked: a handler of the JVM's
 * would run in it.
 *
 * @param cloned the step that answers its pid
 * @param pidfd where its descriptor is then
 * @param failed where its steps go on when one fails
 */
public record SharedChild(Step cloned, Arg.Address pidfd, Label failed) {
  private static final long CLONE_VM = 0x100;
  private static final long CLONE_PIDFD = 0x1000;
  private static final long CLONE_VFORK = 0x4000;
  private static final int SIGCHLD = 17;
  private static final int SIGKILL = 9;
  private static final int PR_SET_PDEATHSIG = 1;

  /** What is built from here to {@link #end} are the child's steps. */
  public static SharedChild begin(ProgramBuilder builder) {
    Arg.Address all = builder.cell(-1, "all");
    Arg.Address before = builder.cell(0, "before");
    Arg.Address pidfd = builder.cell(-1, "pidfd");
    Arg.Address clone = builder.space(88, "{CLONE_VM|CLONE_VFORK|CLONE_PIDFD}");
    builder.putLong(clone, CLONE_VM | CLONE_VFORK | CLONE_PIDFD);
    builder.pointer(clone.plus(8), pidfd);
    builder.putLong(clone.plus(32), SIGCHLD);
    Label child = new Label("child");
    builder.step(Sysno.RT_SIGPROCMASK, named(0, "SIG_BLOCK"), all, before, n(8));
    Step cloned = builder.step(Sysno.CLONE3, clone, n(88)).onZero(child);
    builder.step(Sysno.RT_SIGPROCMASK, named(2, "SIG_SETMASK"), before, Arg.NULL, n(8));
    builder.end(0);
    builder.mark(child);
    SharedChild made = new SharedChild(cloned, pidfd, new Label("failed"));
    builder.onFailure(made.failed);
    dieWithParent(builder);
    return made;
  }

  /**
   * A step may hang on a disk or a path: the child must not outlive a killed JVM, whose memory it
   * would pin. It is said again after what takes it away, as setresuid(2) does.
   */
  public static void dieWithParent(ProgramBuilder builder) {
    builder.step(Sysno.PRCTL, named(PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG"), n(SIGKILL));
  }

  /** What is executed lives on its own. */
  public static void outliveParent(ProgramBuilder builder) {
    builder.step(Sysno.PRCTL, named(PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG"), n(0));
  }

  /** Its last step, after whatever failed, too. */
  public void end(ProgramBuilder builder, int status) {
    builder.onFailure(null);
    builder.mark(failed);
    builder.step(Sysno.EXIT_GROUP, n(status));
  }
}
