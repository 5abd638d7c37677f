package dev.felucca.engine.container;

import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An exec's output on its way to the one client that asked for it. The client hears the end when
 * both the output and the process have ended.
 */
final class ExecOutput implements OutputSink {
  private @Nullable StreamListener listener;
  private OutputPositions taken = OutputPositions.START;
  private int toEnd = 2;

  ExecOutput(@Nullable StreamListener listener) {
    this.listener = listener;
  }

  @Override
  public CompletionStage<OutputPositions> accept(
      OutputStreamKind stream, long position, ByteBuffer bytes) {
    long end = position + bytes.remaining();
    OutputPositions after;
    StreamListener to;
    synchronized (this) {
      taken =
          stream == OutputStreamKind.STDOUT
              ? new OutputPositions(end, taken.stderr())
              : new OutputPositions(taken.stdout(), end);
      after = taken;
      to = listener;
    }
    if (to == null) {
      return CompletableFuture.completedFuture(after);
    }
    return to.output(stream, bytes)
        .handle(
            (nothing, failure) -> {
              if (failure != null) {
                leave(); // the process goes on; what it prints is read and dropped
              }
              return after;
            });
  }

  @Override
  public void ended() {
    oneEnd();
  }

  void processEnded() {
    oneEnd();
  }

  /** The driver has gone, and with it whatever it would still have delivered. */
  void lost() {
    StreamListener to;
    synchronized (this) {
      to = toEnd > 0 ? listener : null;
      toEnd = 0;
    }
    if (to != null) {
      to.ended();
    }
  }

  private void oneEnd() {
    StreamListener to;
    synchronized (this) {
      to = --toEnd == 0 ? listener : null;
    }
    if (to != null) {
      to.ended();
    }
  }

  synchronized void leave() {
    listener = null;
  }
}
