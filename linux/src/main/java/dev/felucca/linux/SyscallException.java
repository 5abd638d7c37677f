package dev.felucca.linux;

import java.io.IOException;

/**
 * A system call that failed; the message reads {@code mount overlay on /x: EINVAL (invalid
 * argument)}.
 */
public final class SyscallException extends IOException {
  private final Errno errno;

  /** {@code what} was being tried and on what, without the reason. */
  public SyscallException(String what, Errno errno) {
    super(what + ": " + errno + " (" + errno.text() + ")");
    this.errno = errno;
  }

  public Errno errno() {
    return errno;
  }
}
