package dev.felucca.engine.container;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The first 4 KiB that a health check prints; the rest is read and dropped. */
final class ProbeOutput implements OutputSink {
  private static final int MOST = 4096;

  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private OutputPositions taken = OutputPositions.START;
  private boolean cut;

  @Override
  public synchronized CompletionStage<OutputPositions> accept(
      OutputStreamKind stream, long position, ByteBuffer bytes) {
    long end = position + bytes.remaining();
    taken =
        stream == OutputStreamKind.STDOUT
            ? new OutputPositions(end, taken.stderr())
            : new OutputPositions(taken.stdout(), end);
    byte[] fits = new byte[Math.min(bytes.remaining(), MOST - kept.size())];
    cut |= fits.length < bytes.remaining();
    bytes.get(fits);
    kept.writeBytes(fits);
    return CompletableFuture.completedFuture(taken);
  }

  @Override
  public void ended() {
    ended.complete(null);
  }

  /** Completes when all has been read. */
  CompletableFuture<Void> whole() {
    return ended;
  }

  synchronized String text() {
    return kept.toString(UTF_8) + (cut ? "..." : "");
  }
}
