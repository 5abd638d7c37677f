package dev.felucca.engine.stream;

import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one container's output to its log, each byte once: every checkpoint is at the end of the
 * last line that was written whole, and output from there on is asked for again after a crash. Not
 * for two threads at once.
 */
final class LogPen {
  private static final Logger LOG = LoggerFactory.getLogger(LogPen.class);

  private final String name;
  private final LineCutter out = new LineCutter();
  private final LineCutter err = new LineCutter();
  private @Nullable LogWriter writer;
  private long readOut;
  private long readErr;
  private Instant last;
  private boolean broken;
  private boolean wrote;
  private boolean away;

  /**
   * @param notBefore no entry is earlier
   */
  LogPen(String name, @Nullable LogWriter log, OutputPositions from, Instant notBefore) {
    this.name = name;
    this.writer = log;
    this.last = notBefore;
    start(from);
  }

  /** The log's driver goes: output is not taken until {@link #back}, nor may it be forgotten. */
  void leave() {
    rewind();
    close();
    away = true;
  }

  /** The log's driver is there again. */
  void back(LogWriter log, OutputPositions from) {
    writer = log;
    away = false;
    broken = false;
    start(from);
  }

  boolean away() {
    return away;
  }

  Instant last() {
    return last;
  }

  private void start(OutputPositions from) {
    out.reset();
    err.reset();
    readOut = from.stdout();
    readErr = from.stderr();
  }

  /** Forgets what is not in the log as whole lines; answers from where output is needed again. */
  OutputPositions rewind() {
    OutputPositions whole = written();
    start(whole);
    return whole;
  }

  private OutputPositions written() {
    return new OutputPositions(readOut - out.pending(), readErr - err.pending());
  }

  private LineCutter cutter(OutputStreamKind stream) {
    return stream == OutputStreamKind.STDOUT ? out : err;
  }

  /** Writes what is new in {@code bytes}; answers how far output may be forgotten. */
  OutputPositions write(OutputStreamKind stream, long position, ByteBuffer bytes) {
    boolean stdout = stream == OutputStreamKind.STDOUT;
    long read = stdout ? readOut : readErr;
    long end = position + bytes.remaining();
    if (end > read && !away) {
      bytes.position(bytes.position() + (int) Math.max(0, read - position));
      if (stdout) {
        readOut = end;
      } else {
        readErr = end;
      }
      last = next();
      try {
        wrote = false;
        cutter(stream).cut(bytes, line -> entry(stream, line));
        if (wrote) {
          checkpoint();
        }
      } catch (IOException | RuntimeException e) {
        failed(e);
      }
    }
    return written();
  }

  private void entry(OutputStreamKind stream, byte[] line) throws IOException {
    wrote = true;
    if (writer != null) {
      writer.write(new LogEntry(stream, last, line));
    }
  }

  private void checkpoint() throws IOException {
    if (writer != null) {
      writer.checkpoint(written());
    }
  }

  private Instant next() {
    Instant now = Instant.now();
    return now.isBefore(last) ? last : now;
  }

  /** The output has ended: lines without a newline are written as they are. */
  void finish() {
    try {
      out.flush(line -> entry(OutputStreamKind.STDOUT, line));
      err.flush(line -> entry(OutputStreamKind.STDERR, line));
      checkpoint();
    } catch (IOException | RuntimeException e) {
      failed(e);
    }
  }

  /** An instant later than every entry written so far and no later than any still to come. */
  Instant cut() {
    Instant now = Instant.now();
    last = now.isAfter(last) ? now : last.plusNanos(1);
    return last;
  }

  byte[] pending(OutputStreamKind stream) {
    return cutter(stream).pendingBytes();
  }

  /** A log that can't be written must not stop the container; once is enough to say so. */
  private void failed(Exception e) {
    if (!broken) {
      broken = true;
      LOG.error(
          "the log of container {} can't be written: its output is lost from here on", name, e);
    }
  }

  void close() {
    if (writer != null) {
      try {
        writer.close();
      } catch (IOException | RuntimeException e) {
        failed(e);
      }
      writer = null;
    }
  }
}
