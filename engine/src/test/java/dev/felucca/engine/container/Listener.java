package dev.felucca.engine.container;

import dev.felucca.kernel.container.ContainerStreams.AttachRequest;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A client that keeps what it is given, and takes nothing while it is told to be slow. */
final class Listener implements StreamListener {
  static final AttachRequest OUTPUT = new AttachRequest(false, true, true, false, true);
  static final AttachRequest INPUT = new AttachRequest(true, true, true, false, true);
  static final AttachRequest WITH_LOGS = new AttachRequest(false, true, true, true, true);

  private final StringBuilder text = new StringBuilder();
  private CompletableFuture<Void> slow = CompletableFuture.completedFuture(null);
  private boolean ended;

  @Override
  public synchronized CompletionStage<?> output(OutputStreamKind stream, ByteBuffer bytes) {
    text.append(StandardCharsets.UTF_8.decode(bytes));
    return slow;
  }

  @Override
  public synchronized void ended() {
    ended = true;
  }

  synchronized void turnSlow() {
    slow = new CompletableFuture<>();
  }

  void goOn() {
    CompletableFuture<Void> waiting;
    synchronized (this) {
      waiting = slow;
      slow = CompletableFuture.completedFuture(null);
    }
    waiting.complete(null);
  }

  synchronized String text() {
    return text.toString();
  }

  synchronized boolean isOver() {
    return ended;
  }
}
