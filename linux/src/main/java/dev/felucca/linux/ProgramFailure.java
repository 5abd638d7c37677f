package dev.felucca.linux;

/** The step at which a syscall program gave up. */
public record ProgramFailure(Step step, Errno errno) {
  /** Reads {@code mount(overlay, /x, …) at step 8: EINVAL (invalid argument)}. */
  public SyscallException toException() {
    return new SyscallException(step.call() + " at step " + step.index(), errno);
  }

  @Override
  public String toString() {
    return step.call() + ": " + errno + " at step " + step.index();
  }
}
