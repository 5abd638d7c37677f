package dev.felucca.isolation.program;

import static dev.felucca.linux.Arg.hex;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.StatusRecord;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Label;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;

/**
 * The shim: parent of one process, keeper of its pipes and terminal, recorder of its end. It
 * decides nothing. When its process has ended, a lasting shim stays, with 16 kB of memory, until it
 * is killed, because what the process wrote last may still be in the pipes it holds and no engine
 * may be there to read them; moving it elsewhere would need more code than waiting does. It goes by
 * itself when its process was never let go.
 */
public final class ShimProgram {
  private static final int SIGCHLD = 17;
  private static final int SIGKILL = 9;
  private static final int POLLIN = 1;
  private static final Arg PR_SET_PDEATHSIG = named(1, "PR_SET_PDEATHSIG");
  private static final Arg PR_SET_DUMPABLE = named(4, "PR_SET_DUMPABLE");
  private static final Arg PR_SET_NAME = named(15, "PR_SET_NAME");
  private static final Arg WEXITED_WALL = named(0x40000004, "WEXITED|__WALL");

  private final ProgramBuilder builder;
  private final boolean terminal;
  private final boolean lasting;
  private final Arg.Address pid;
  private final Arg.Address poll;
  private final Arg.Address record;
  private final Arg.Address vector;
  private final Arg.Address started;
  private final Label failed = new Label("failed");

  /**
   * Begins a shim.
   *
   * @param terminal whether the child leaves a terminal's master in {@link ShimFds#MASTER}
   * @param lasting whether it keeps output for a later engine; else what it holds goes with the
   *     engine
   */
  public ShimProgram(ProgramBuilder builder, boolean terminal, boolean lasting) {
    this.builder = builder;
    this.terminal = terminal;
    this.lasting = lasting;
    pid = builder.cell(0, "pid");
    poll = builder.space(16, "pollfds");
    record = builder.space(StatusRecord.SIZE, "status");
    vector = builder.space(16, "{status, started}");
    started = vector.plus(8);
    builder.pointer(vector, record);
    Label early = new Label("failed early");
    earlyFailure = early;
    builder.onFailure(early);
    builder.step(Sysno.PRCTL, PR_SET_NAME, builder.text("felucca-shim"));
    // The process shares this memory until its exec: nobody in a container may get at it meanwhile.
    builder.step(Sysno.PRCTL, PR_SET_DUMPABLE, n(0));
  }

  private final Label earlyFailure;

  /** Where a child's step leads that fails. */
  public Label failed() {
    return failed;
  }

  /**
   * Where the child stores the length of the start message it got: that many bytes of status are
   * recorded, so none for a process that was never let go.
   */
  public Arg.Address started() {
    return started;
  }

  /**
   * Makes the child and all that comes after; the child's own steps are to follow.
   *
   * @param holds whether there are descriptors from {@link ShimFds#USER} on, which are the child's
   *     alone
   */
  public void child(long flags, boolean holds) {
    Label child = new Label("child");
    process(flags, SIGCHLD).onZero(child);
    if (holds) {
      letGo();
    }
    builder.onFailure(null);
    keep(named(0, "P_ALL"), n(0));
    failedEarly();
    builder.mark(child);
    begin();
  }

  /**
   * The same for a child in the user namespace of {@link ShimFds#USER}, which owns the other
   * namespaces that are made. A process between the two enters it, as one can enter and not go
   * back; the child is the shim's all the same. The shim itself stays where nobody in the container
   * may do anything to it.
   *
   * @param before what that process does while it is still outside
   */
  public void childOfUsers(long flags, Runnable before) {
    long between = CloneFlags.VM.bit() | CloneFlags.VFORK.bit() | CloneFlags.FILES.bit();
    Arg.Address clone = builder.space(88, "{" + CloneFlags.names(between) + "}");
    builder.putLong(clone, between);
    builder.putLong(clone.plus(32), SIGCHLD);
    Label entering = new Label("entering");
    Label child = new Label("child");
    Step cloned = builder.step(Sysno.CLONE3, clone, n(88)).onZero(entering);
    letGo();
    Step waited =
        builder.step(Sysno.WAITID, named(1, "P_PID"), Arg.NULL, Arg.NULL, WEXITED_WALL, Arg.NULL);
    cloned.storeInto(waited, 1);
    builder.onFailure(null);
    keep(named(0, "P_ALL"), n(0));
    failedEarly();
    builder.mark(entering);
    builder.onFailure(earlyFailure);
    builder.step(Sysno.PRCTL, PR_SET_PDEATHSIG, named(SIGKILL, "SIGKILL"));
    before.run();
    builder.step(Sysno.SETNS, n(ShimFds.USER), named(CloneFlags.NEWUSER.bit(), "CLONE_NEWUSER"));
    // The signal of its end is the one of the process that makes it.
    process(flags | CloneFlags.PARENT.bit(), 0).onZero(child);
    builder.step(Sysno.EXIT_GROUP, n(0));
    builder.mark(child);
    begin();
  }

  private Step process(long flags, int signal) {
    // CLONE_FILES lets the child put the terminal's master into the shim's table; CLONE_VFORK keeps
    // the shim from touching that table until the child has one of its own.
    long all =
        flags
            | CloneFlags.VM.bit()
            | CloneFlags.VFORK.bit()
            | CloneFlags.PIDFD.bit()
            | CloneFlags.PARENT_SETTID.bit()
            | (terminal ? CloneFlags.FILES.bit() : 0);
    Arg.Address clone = builder.space(88, "{" + CloneFlags.names(all) + "}");
    builder.putLong(clone, all);
    builder.pointer(clone.plus(8), poll);
    builder.pointer(clone.plus(24), pid);
    builder.putLong(clone.plus(32), signal);
    return builder.step(Sysno.CLONE3, clone, n(88));
  }

  /** Mounts among them would keep what they show busy. */
  private void letGo() {
    builder.step(Sysno.CLOSE_RANGE, n(ShimFds.USER), named(0xffffffffL, "~0"), n(0));
  }

  private void begin() {
    builder.onFailure(failed);
    builder.step(Sysno.PRCTL, PR_SET_PDEATHSIG, named(SIGKILL, "SIGKILL"));
    builder.step(Sysno.WRITE, n(ShimFds.REPORT), pid, n(4));
  }

  /** Ends the child's steps. */
  public void end() {
    builder.onFailure(null);
    builder.mark(failed);
    report();
  }

  private void report() {
    builder.step(Sysno.WRITE, n(ShimFds.REPORT), new Arg.Table(), new Arg.TableSize());
    builder.step(Sysno.EXIT_GROUP, n(127));
  }

  /**
   * Begins the steps of a shim whose process another program makes: what fails from here on is
   * reported as a process 0 and the table.
   */
  public void madeByAnother() {
    builder.onFailure(earlyFailure);
  }

  /** Ends them: from here on it keeps {@link ShimFds#PROCESS}, a descriptor of that process. */
  public void keepAnothers() {
    builder.onFailure(null);
    builder.putInt(poll, ShimFds.PROCESS);
    keep(named(3, "P_PIDFD"), n(ShimFds.PROCESS));
    failedEarly();
  }

  private void failedEarly() {
    builder.mark(earlyFailure);
    builder.step(Sysno.WRITE, n(ShimFds.REPORT), pid, n(4));
    report();
  }

  private void keep(Arg kind, Arg which) {
    for (int fd :
        new int[] {0, 1, 2, ShimFds.REPORT, ShimFds.START, ShimFds.TARGET, ShimFds.INIT}) {
      builder.step(Sysno.CLOSE, n(fd));
    }
    builder.putInt(poll.plus(4), POLLIN);
    builder.putInt(poll.plus(8), ShimFds.CONTROL);
    builder.putInt(poll.plus(12), POLLIN);
    Label wait = new Label("wait");
    Label alone = new Label("engine gone");
    Label ended = new Label("ended");
    builder.mark(wait);
    builder.step(Sysno.PPOLL, poll, n(2), Arg.NULL, Arg.NULL, n(8)).onError(wait);
    // It does not block: an error means that it was the process that woke us.
    builder
        .step(Sysno.READ, n(ShimFds.CONTROL), builder.space(8, "command"), n(1))
        .onError(ended)
        .onZero(alone);
    builder.step(Sysno.CLOSE, n(ShimFds.INPUT)).onZero(wait).onError(wait);
    builder.mark(alone);
    if (!lasting) {
      // With the engine went the other end of all that its process talks to.
      builder.step(Sysno.CLOSE, n(ShimFds.INPUT));
      builder.step(Sysno.CLOSE_RANGE, n(ShimFds.OUTPUT), named(0xffffffffL, "~0"), n(0));
    }
    builder.mark(ended);
    builder.step(Sysno.WAITID, kind, which, record, WEXITED_WALL, Arg.NULL);
    builder.step(Sysno.CLOCK_GETTIME, named(0, "CLOCK_REALTIME"), record.plus(StatusRecord.TIME));
    if (lasting) {
      linger();
    } else {
      builder.step(Sysno.WRITE, n(ShimFds.EXIT_WRITE), record, n(StatusRecord.SIZE));
    }
    builder.step(Sysno.EXIT_GROUP, n(0));
  }

  private void linger() {
    builder.step(Sysno.PWRITEV, n(ShimFds.STATUS), vector, n(1), n(0), n(0));
    builder.step(Sysno.CLOSE, n(ShimFds.EXIT_WRITE));
    Label linger = new Label("linger");
    builder.mark(linger);
    builder.step(Sysno.FUTEX, started, hex(0x80), n(StatusRecord.SIZE), Arg.NULL).onZero(linger);
  }
}
