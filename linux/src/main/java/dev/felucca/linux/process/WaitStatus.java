package dev.felucca.linux.process;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * How a process ended, as waitid(2) says it.
 *
 * @param signalled whether {@code value} is the signal that ended it, else its exit code
 */
public record WaitStatus(boolean signalled, int value) {
  /** Bytes of siginfo_t. */
  public static final int SIGINFO_SIZE = 128;

  private static final int CLD_EXITED = 1;
  private static final int CLD_DUMPED = 3;

  /** From siginfo_t; empty when it says nothing. */
  public static Optional<WaitStatus> of(byte[] siginfo) {
    ByteBuffer info = ByteBuffer.wrap(siginfo).order(ByteOrder.LITTLE_ENDIAN);
    int code = info.getInt(8);
    if (code < CLD_EXITED || code > CLD_DUMPED) {
      return Optional.empty();
    }
    return Optional.of(new WaitStatus(code != CLD_EXITED, info.getInt(24)));
  }

  /** The exit code, or 128 plus the signal, as shells have it. */
  public int exitCode() {
    return signalled ? 128 + value : value;
  }
}
