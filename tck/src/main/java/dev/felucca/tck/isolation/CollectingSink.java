package dev.felucca.tck.isolation;

import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Keeps all it is given, and checks that no byte is left out or given twice. */
public final class CollectingSink implements OutputSink {
  private final Map<OutputStreamKind, ByteArrayOutputStream> streams =
      new EnumMap<>(OutputStreamKind.class);
  private final OutputPositions from;
  private final CountDownLatch ended = new CountDownLatch(1);

  public CollectingSink() {
    this(OutputPositions.START);
  }

  /** Expects output from there on. */
  public CollectingSink(OutputPositions from) {
    this.from = from;
    for (OutputStreamKind kind : OutputStreamKind.values()) {
      streams.put(kind, new ByteArrayOutputStream());
    }
  }

  @Override
  public synchronized CompletionStage<OutputPositions> accept(
      OutputStreamKind stream, long position, ByteBuffer bytes) {
    long expected = positions().of(stream);
    if (position != expected) {
      return CompletableFuture.failedFuture(
          new AssertionError(stream + " goes on at " + position + ", not " + expected));
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    stream(stream).writeBytes(copy);
    notifyAll();
    return CompletableFuture.completedFuture(positions());
  }

  @Override
  public void ended() {
    ended.countDown();
  }

  /** How far it got. */
  public synchronized OutputPositions positions() {
    return new OutputPositions(
        from.stdout() + stream(OutputStreamKind.STDOUT).size(),
        from.stderr() + stream(OutputStreamKind.STDERR).size());
  }

  public synchronized String text(OutputStreamKind kind) {
    return stream(kind).toString(StandardCharsets.UTF_8);
  }

  /** Standard output, once all of it is there. */
  public String all() throws InterruptedException {
    if (!ended.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("output has not ended; so far: " + text(OutputStreamKind.STDOUT));
    }
    return text(OutputStreamKind.STDOUT);
  }

  /** Waits until standard output is as wanted. */
  public synchronized String await(Predicate<String> wanted) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!wanted.test(text(OutputStreamKind.STDOUT))) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new AssertionError("never came; so far: " + text(OutputStreamKind.STDOUT));
      }
      wait(left);
    }
    return text(OutputStreamKind.STDOUT);
  }

  private ByteArrayOutputStream stream(OutputStreamKind kind) {
    return streams.computeIfAbsent(kind, k -> new ByteArrayOutputStream());
  }
}
