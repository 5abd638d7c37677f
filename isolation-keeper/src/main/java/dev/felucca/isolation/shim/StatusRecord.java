package dev.felucca.isolation.shim;

import dev.felucca.linux.process.WaitStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a shim records of its process's end: siginfo_t of waitid(2), then struct timespec of when.
 *
 * @param finished when the shim saw it
 */
public record StatusRecord(WaitStatus status, Instant finished) {
  /** Bytes of a record; also the length of a start message, see {@link ShimProcess#release}. */
  public static final int SIZE = WaitStatus.SIGINFO_SIZE + 16;

  public static final int TIME = WaitStatus.SIGINFO_SIZE;

  /** Empty when the bytes are no whole record. */
  public static Optional<StatusRecord> of(byte[] bytes) {
    if (bytes.length < SIZE) {
      return Optional.empty();
    }
    ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      Instant finished = Instant.ofEpochSecond(record.getLong(TIME), record.getLong(TIME + 8));
      return WaitStatus.of(Arrays.copyOf(bytes, WaitStatus.SIGINFO_SIZE))
          .map(status -> new StatusRecord(status, finished));
    } catch (DateTimeException | ArithmeticException rubbish) {
      return Optional.empty();
    }
  }
}
