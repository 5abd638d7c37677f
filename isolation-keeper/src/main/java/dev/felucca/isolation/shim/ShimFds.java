package dev.felucca.isolation.shim;

/** The descriptors of a shim; 0, 1 and 2 are what the process it starts gets. */
public final class ShimFds {
  /**
   * A file: how the process ended goes to its beginning, what the parked process reads comes from
   * further on.
   */
  public static final int STATUS = 3;

  /**
   * A pipe to the engine: pid, readiness, and what failed; its end means that the exec succeeded.
   */
  public static final int REPORT = 4;

  /** A pipe from the engine: the parked process goes on when there is something in it. */
  public static final int START = 5;

  /** A pipe from the engine: every byte closes {@link #INPUT}. Both ends, so that it never ends. */
  public static final int CONTROL = 6;

  public static final int CONTROL_WRITE = 7;

  /** A pipe whose writing end only the shim holds: its end says that the status is there. */
  public static final int EXIT = 8;

  public static final int EXIT_WRITE = 9;

  /** The writing end of the process's standard input. */
  public static final int INPUT = 10;

  /**
   * The reading ends of the process's output; for a terminal, of the pipe its output goes through.
   */
  public static final int OUTPUT = 11;

  public static final int ERRORS = 12;

  /** The master of the process's terminal. */
  public static final int MASTER = 13;

  /** The writing end of {@link #OUTPUT}, for a terminal only. */
  public static final int TERMINAL_PIPE = 14;

  /** A process whose namespaces are joined. */
  public static final int TARGET = 15;

  /** What the process executes first, see {@link ShimPlan#first}. */
  public static final int INIT = 16;

  /** A descriptor of the process, where another program made it. */
  public static final int PROCESS = 17;

  /** The user namespace that the process is to be in. */
  public static final int USER = 18;

  /** One more than the last that has a meaning of its own. */
  public static final int COUNT = 19;

  /** From here on there is what the process gets for putting its container together. */
  public static final int HELD = COUNT;

  private ShimFds() {}
}
