package dev.felucca.engine.stream;

import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What one client has still to be given. Whoever offers more than the queue holds gets a stage that
 * completes when there is room: so a slow client slows its container, and nothing else.
 */
final class ClientQueue {
  private static final int LIMIT = 256 * 1024;
  private static final CompletableFuture<Void> NOW = CompletableFuture.completedFuture(null);

  private final StreamListener listener;
  private final boolean stdout;
  private final boolean stderr;
  private final Deque<Chunk> queue = new ArrayDeque<>();
  private int queued;
  private boolean held;
  private boolean pumping;
  private boolean ending;
  private boolean detached;
  private boolean endless;
  private @Nullable CompletableFuture<Void> room;

  private record Chunk(OutputStreamKind stream, byte[] bytes) {}

  /**
   * @param held true keeps what is offered until {@link #release}
   */
  ClientQueue(StreamListener listener, boolean stdout, boolean stderr, boolean held) {
    this.listener = listener;
    this.stdout = stdout;
    this.stderr = stderr;
    this.held = held;
  }

  boolean wants(OutputStreamKind stream) {
    return stream == OutputStreamKind.STDOUT ? stdout : stderr;
  }

  /** Queues a copy; completes when the next may come. */
  CompletionStage<Void> offer(OutputStreamKind stream, byte[] bytes) {
    CompletableFuture<Void> wait;
    synchronized (this) {
      if (detached || ending || !wants(stream) || bytes.length == 0) {
        return NOW;
      }
      queue.addLast(new Chunk(stream, bytes));
      queued += bytes.length;
      if (queued <= LIMIT || endless) {
        wait = NOW;
      } else {
        wait = room == null ? new CompletableFuture<>() : room;
        room = wait;
      }
    }
    pump();
    return wait;
  }

  /** Gives bytes past the queue while it is held; waits until the client has taken them. */
  void replay(OutputStreamKind stream, byte[] bytes) throws InterruptedException {
    synchronized (this) {
      if (detached || !wants(stream) || bytes.length == 0) {
        return;
      }
    }
    try {
      listener.output(stream, ByteBuffer.wrap(bytes)).toCompletableFuture().get();
    } catch (ExecutionException e) {
      detach();
    }
  }

  boolean gone() {
    synchronized (this) {
      return detached;
    }
  }

  /** Lets what was kept flow. */
  void release() {
    synchronized (this) {
      held = false;
    }
    pump();
  }

  /** Nothing more comes: the client is told so once it has everything. */
  void end() {
    synchronized (this) {
      ending = true;
    }
    pump();
  }

  /** From now on there is room for everything. */
  void takeAll() {
    CompletableFuture<Void> waiting;
    synchronized (this) {
      endless = true;
      waiting = room;
      room = null;
    }
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  /** The client has gone, or failed: it is told nothing more. */
  void detach() {
    CompletableFuture<Void> waiting;
    synchronized (this) {
      detached = true;
      queue.clear();
      queued = 0;
      waiting = room;
      room = null;
    }
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  private void pump() {
    while (true) {
      Chunk next;
      CompletableFuture<Void> waiting = null;
      synchronized (this) {
        if (pumping || held || detached) {
          return;
        }
        next = queue.pollFirst();
        if (next == null) {
          if (!ending) {
            return;
          }
          detached = true;
        } else {
          pumping = true;
          queued -= next.bytes.length;
          if (queued <= LIMIT / 2) {
            waiting = room;
            room = null;
          }
        }
      }
      if (next == null) {
        listener.ended();
        return;
      }
      if (waiting != null) {
        waiting.complete(null);
      }
      if (!deliver(next)) {
        return;
      }
    }
  }

  /** True when the client took it at once; otherwise its stage goes on with the pump. */
  private boolean deliver(Chunk chunk) {
    CompletableFuture<?> taken;
    try {
      taken = listener.output(chunk.stream, ByteBuffer.wrap(chunk.bytes)).toCompletableFuture();
    } catch (RuntimeException e) {
      taken = CompletableFuture.failedFuture(e);
    }
    if (taken.isDone()) {
      return taken(taken.isCompletedExceptionally());
    }
    taken.whenComplete(
        (nothing, failure) -> {
          if (taken(failure != null)) {
            pump();
          }
        });
    return false;
  }

  private boolean taken(boolean failed) {
    synchronized (this) {
      pumping = false;
    }
    if (failed) {
      detach();
    }
    return !failed;
  }
}
