package dev.felucca.isolation.program;

import static dev.felucca.linux.Arg.NULL;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.Arch;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Label;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.WaitStatus;
import java.util.List;

/**
 * The first process of a container that asks for one ({@code --init}): it starts the container's
 * program in a process group of its own, passes every signal on to it, reaps whoever ends, and ends
 * as the program did. An executable of its own, made of nothing but a table of calls; what a table
 * cannot compute futex(2) does: FUTEX_CMP_REQUEUE of nobody compares, FUTEX_WAKE_OP of nobody is an
 * operator.
 *
 * @param attempts in {@code program}: what executes the container's program
 * @param home {@link #MAX_HOME} and 8 bytes of data to be replaced by {@code HOME=…}; not among the
 *     environment when that has one
 */
public record ReaperProgram(Program program, Attempts attempts, Arg.Address home) {
  /** A longer home directory is refused. */
  public static final int MAX_HOME = 1024;

  /** What its argument list begins with; process lists in a container show it. */
  public static final List<String> NAME = List.of("/sbin/docker-init", "--");

  private static final int SIGUSR1 = 10;
  private static final int SIGCHLD = 17;
  private static final int CLD_EXITED = 1;
  private static final int SI_CODE = 8;
  private static final int SI_PID = 16;
  private static final int SI_STATUS = 24;
  private static final int CHILD_SETTID = 0x1000000;
  private static final Arg CMP_REQUEUE = named(4 | 128, "CMP_REQUEUE");
  private static final Arg WAKE_OP = named(5 | 128, "WAKE_OP");
  private static final Arg OR_128 = named(2L << 28 | 128 << 12, "|= 128");
  private static final Arg PR_SET_DUMPABLE = named(4, "PR_SET_DUMPABLE");

  /** A pure function. All signals are to be blocked when it is executed. */
  public static ReaperProgram of(Arch arch, ProcessSpec process) {
    return new Writer(new ProgramBuilder(arch), process, false).write();
  }

  /**
   * One that another program executes, so with signals as they are and no report to be made: what
   * cannot be executed then is only told by the exit code 127.
   */
  public static ReaperProgram alone(Arch arch, ProcessSpec process) {
    return new Writer(new ProgramBuilder(arch), process, true).write();
  }

  private record Writer(ProgramBuilder builder, ProcessSpec process, boolean alone) {
    ReaperProgram write() {
      Arg.Address home = builder.space(MAX_HOME + 8, "HOME=…");
      Arg.Address group = builder.cell(0, "pid");
      if (alone) {
        builder.step(
            Sysno.RT_SIGPROCMASK, named(2, "SIG_SETMASK"), builder.cell(-1, "all"), NULL, n(8));
      }
      // Until the program runs, its report is open here, and nobody is to get at that.
      builder.step(Sysno.PRCTL, PR_SET_DUMPABLE, n(0));
      builder.step(Sysno.PRCTL, named(15, "PR_SET_NAME"), builder.text("docker-init"));
      // Where the pid namespace is another's, orphans would be lost to its first process.
      builder.step(Sysno.PRCTL, named(36, "PR_SET_CHILD_SUBREAPER"), n(1)).ignoringErrors();
      Label child = new Label("child");
      Label failed = new Label("failed");
      long flags =
          CloneFlags.VM.bit()
              | CloneFlags.VFORK.bit()
              | CloneFlags.PARENT_SETTID.bit()
              | CHILD_SETTID
              | SIGCHLD;
      // Not clone3: filters cannot look into its structure, and forbid it.
      Arg[] args = {named(flags, "VM|VFORK|…SETTID|SIGCHLD"), NULL, NULL, NULL, NULL};
      args[builder.arch() == Arch.X86_64 ? 3 : 4] = group;
      builder.onFailure(failed);
      Step cloned = builder.step(Sysno.CLONE, args).onZero(child);
      builder.onFailure(null);
      cloned.replace(2, new Arg.Argument(reap(cloned), 5));

      builder.mark(child);
      builder.onFailure(failed);
      Step report =
          builder.step(Sysno.FCNTL, n(ShimFds.REPORT), named(2, "F_SETFD"), named(1, "FD_CLOEXEC"));
      if (alone) {
        report.ignoringErrors();
      }
      builder.step(Sysno.SETPGID, n(0), n(0));
      builder.step(Sysno.IOCTL, n(0), named(0x5410, "TIOCSPGRP"), group).ignoringErrors();
      builder.step(
          Sysno.RT_SIGPROCMASK, named(2, "SIG_SETMASK"), builder.space(8, "{}"), NULL, n(8));
      Attempts attempts = Attempts.emit(builder, process, environment(home));
      builder.onFailure(null);
      builder.mark(failed);
      builder.step(Sysno.WRITE, n(ShimFds.REPORT), new Arg.Table(), new Arg.TableSize());
      builder.step(Sysno.EXIT_GROUP, n(127));
      return new ReaperProgram(builder.build(), attempts, home);
    }

    /** Returns the step whose argument 5 is the child's pid. */
    private Step reap(Step cloned) {
      Arg.Address all = builder.cell(-1, "all");
      Arg.Address signal = builder.space(WaitStatus.SIGINFO_SIZE, "signal");
      Arg.Address died = builder.space(WaitStatus.SIGINFO_SIZE, "died");
      Label wait = new Label("wait");
      Label reap = new Label("reap");
      Label ended = new Label("ended");
      builder.step(Sysno.CLOSE, n(ShimFds.REPORT));
      builder.step(Sysno.PRCTL, PR_SET_DUMPABLE, n(1));
      builder.mark(wait);
      Step received = builder.step(Sysno.RT_SIGTIMEDWAIT, all, signal, NULL, n(8)).onError(wait);
      equal(signal, n(SIGCHLD)).onZero(reap);
      Step kill = builder.step(Sysno.KILL, NULL, NULL);
      cloned.storeInto(kill, 0);
      received.storeInto(kill, 1);
      builder.jump(wait);

      builder.mark(reap);
      builder
          .step(Sysno.WAITID, named(0, "P_ALL"), n(0), died, named(0x40000005, "…|WNOHANG"), NULL)
          .onError(wait);
      equal(died.plus(SI_PID), n(0)).onZero(wait);
      Step own = equal(died.plus(SI_PID), named(0, "child")).onError(reap);
      equal(died.plus(SI_CODE), n(CLD_EXITED)).onZero(ended);
      builder.step(Sysno.FUTEX, died, WAKE_OP, n(0), n(0), died.plus(SI_STATUS), OR_128);
      builder.mark(ended);
      // There is no call that copies memory; a handler that is set and asked for comes near.
      builder.step(Sysno.RT_SIGACTION, n(SIGUSR1), died.plus(SI_STATUS), NULL, n(8));
      Step copy = builder.step(Sysno.RT_SIGACTION, n(SIGUSR1), NULL, NULL, n(8));
      Step exit = builder.step(Sysno.EXIT_GROUP, named(0, "status"));
      copy.replace(2, new Arg.Argument(exit, 0));
      return own;
    }

    /** 0 when the 4 bytes there are that number, an error when not. */
    private Step equal(Arg.Address there, Arg number) {
      return builder.step(
          Sysno.FUTEX, there, CMP_REQUEUE, n(0), n(0), builder.cell(0, "nobody"), number);
    }

    private Arg.Address environment(Arg.Address home) {
      return ReaperProgram.environment(builder, process, home);
    }
  }

  /** A process's environment; {@code home} is added when there is no HOME. */
  public static Arg.Address environment(
      ProgramBuilder builder, ProcessSpec process, Arg.Address home) {
    List<String> env = process.env();
    Arg.Address vector = builder.space(8 * (env.size() + 2), "env");
    for (int i = 0; i < env.size(); i++) {
      builder.pointer(vector.plus(8 * i), builder.text(env.get(i)));
    }
    if (env.stream().noneMatch(e -> e.startsWith("HOME="))) {
      builder.pointer(vector.plus(8 * env.size()), home);
    }
    return vector;
  }
}
