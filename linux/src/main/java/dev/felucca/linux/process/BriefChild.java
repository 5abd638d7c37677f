package dev.felucca.linux.process;

import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.linux.Arg;
import dev.felucca.linux.Label;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;

/**
 * Steps taken by a child that shares memory with the thread that runs the program, has namespaces
 * and limits of its own to change, and is waited for: no thread of the JVM changes its own.
 */
public final class BriefChild {
  private static final long CLONE_VM = 0x100;
  private static final long CLONE_FILES = 0x400;
  private static final long CLONE_VFORK = 0x4000;
  private static final long WALL = 0x40000000;

  private BriefChild() {}

  /** With the descriptors of this process: what the child opens is open here. */
  public static void sharing(ProgramBuilder builder, Runnable steps) {
    write(builder, CLONE_VM | CLONE_FILES | CLONE_VFORK, steps);
  }

  /** With descriptors of its own, that end with it. */
  public static void apart(ProgramBuilder builder, Runnable steps) {
    write(builder, CLONE_VM | CLONE_VFORK, steps);
  }

  private static void write(ProgramBuilder builder, long flags, Runnable steps) {
    Arg.Address all = builder.cell(-1, "all");
    Arg.Address before = builder.cell(0, "before");
    Arg.Address clone = builder.space(88, "clone_args");
    // No exit signal: nobody but the wait below hears of this child.
    builder.putLong(clone, flags);
    Label child = new Label("child");
    Label restore = new Label("restore");
    Label failed = new Label("failed");

    builder.step(Sysno.RT_SIGPROCMASK, named(0, "SIG_BLOCK"), all, before, n(8));
    builder.onFailure(restore);
    Step cloned = builder.step(Sysno.CLONE3, clone, n(88)).onZero(child);
    builder.onFailure(null);
    Step wait = builder.step(Sysno.WAIT4, Arg.NULL, Arg.NULL, named(WALL, "__WALL"), Arg.NULL);
    cloned.storeInto(wait, 0);
    builder.mark(restore);
    builder.step(Sysno.RT_SIGPROCMASK, named(2, "SIG_SETMASK"), before, Arg.NULL, n(8));
    builder.end(0);

    builder.mark(child);
    builder.onFailure(failed);
    steps.run();
    builder.onFailure(null);
    builder.mark(failed);
    builder.step(Sysno.EXIT_GROUP, n(0));
  }
}
