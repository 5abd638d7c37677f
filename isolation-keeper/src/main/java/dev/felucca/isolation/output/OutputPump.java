package dev.felucca.isolation.output;

import dev.felucca.isolation.output.PumpedStream.Fill;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.process.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the streams of one process to its sink, one piece at a time. It has no thread: the event
 * loop wakes it when there is something, and a shared executor runs it, never twice at once.
 */
public final class OutputPump implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutputPump.class);
  private static final int PIECES_PER_TURN = 16;

  private record Attachment(OutputSink sink, OutputPositions base, OutputPositions from) {}

  private final EventLoop loop;
  private final Executor executor;

  // What others leave for the next turn; guarded by this.
  private boolean running;
  private boolean woken;
  private boolean closed;
  private boolean processEnded;
  private Runnable whenDrained = () -> {};
  private Runnable whenDelivered = () -> {};
  private @Nullable Attachment wanted;
  private @Nullable OutputPositions acknowledged;

  // Touched only by the turn that is running.
  private final List<PumpedStream> streams;
  private final Map<PumpedStream, EventLoop.Registration> registrations = new HashMap<>();
  private final Map<PumpedStream, Fill> fills = new HashMap<>();
  private @Nullable Attachment attached;
  private boolean delivering;
  private boolean finished;

  /** Takes over the streams. */
  public OutputPump(EventLoop loop, Executor executor, List<? extends PumpedStream> streams) {
    this.loop = loop;
    this.executor = executor;
    this.streams = List.copyOf(streams);
  }

  /**
   * Delivers to this sink from now on, and to no other.
   *
   * @param base what the caller calls the streams' first byte
   * @param from where to begin, counted as {@code base} is
   */
  public void attach(OutputSink sink, OutputPositions base, OutputPositions from) {
    synchronized (this) {
      wanted = new Attachment(sink, base, from);
      acknowledged = null;
    }
    wake();
  }

  /**
   * The process has ended: once what it left is out of its pipes, {@code drained} is run; once that
   * is delivered, the sink is told and {@code delivered} is run. A later holder of the pipes is not
   * waited for.
   */
  public void processEnded(Runnable drained, Runnable delivered) {
    synchronized (this) {
      processEnded = true;
      whenDrained = drained;
      whenDelivered = delivered;
    }
    wake();
  }

  /** Stops; what is kept stays kept. A sink's stage that is under way is not waited for. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      if (running) {
        return;
      }
    }
    release();
  }

  private void wake() {
    synchronized (this) {
      woken = true;
      if (running || closed) {
        return;
      }
      running = true;
    }
    submit();
  }

  private void submit() {
    try {
      executor.execute(this::turn);
    } catch (RejectedExecutionException e) {
      // The driver is going away: what is not delivered is kept for the next one.
      boolean last;
      synchronized (this) {
        running = false;
        last = closed;
      }
      if (last) {
        release();
      }
    }
  }

  private void turn() {
    for (int piece = 0; piece < PIECES_PER_TURN; piece++) {
      synchronized (this) {
        if (closed) {
          break;
        }
        woken = false;
      }
      boolean more = false;
      try {
        more = step();
      } catch (IOException | RuntimeException e) {
        // Such as a full disk: the process waits until there is room again.
        LOG.error("moving the output of a process", e);
        CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, executor).execute(this::wake);
      }
      synchronized (this) {
        if (!more && !woken && !closed) {
          running = false;
          return;
        }
      }
    }
    boolean last;
    synchronized (this) {
      last = closed;
    }
    if (last) {
      release();
    } else {
      submit();
    }
  }

  /** One piece; true when there may be another at once. */
  private boolean step() throws IOException {
    boolean ended = takeNews();
    Attachment current = attached;
    if (finished || delivering || (current == null && !ended)) {
      return false;
    }
    boolean dry = fill(ended);
    if (ended && dry) {
      Runnable drained;
      synchronized (this) {
        drained = whenDrained;
        whenDrained = () -> {};
      }
      drained.run();
    }
    if (current == null) {
      return false;
    }
    for (PumpedStream stream : streams) {
      long position = stream.position();
      ByteBuffer bytes = stream.next();
      if (bytes != null) {
        deliver(current, stream, position, bytes);
        return true;
      }
    }
    if (ended && dry) {
      finished = true;
      Runnable delivered;
      synchronized (this) {
        delivered = whenDelivered;
      }
      current.sink.ended();
      delivered.run();
    } else {
      watch();
    }
    return false;
  }

  /** Whether the process has ended. */
  private boolean takeNews() throws IOException {
    Attachment next;
    OutputPositions done;
    boolean ended;
    synchronized (this) {
      next = wanted;
      done = acknowledged;
      acknowledged = null;
      ended = processEnded;
    }
    if (next != null && next != attached) {
      attached = next;
      delivering = false;
      finished = false;
      for (PumpedStream stream : streams) {
        stream.rewind(next.from.of(stream.kind()) - next.base.of(stream.kind()));
      }
    }
    if (done != null && attached != null) {
      delivering = false;
      for (PumpedStream stream : streams) {
        stream.forget(done.of(stream.kind()) - attached.base.of(stream.kind()));
      }
    }
    return ended;
  }

  /** True when no stream has anything more to give. */
  private boolean fill(boolean toTheEnd) throws IOException {
    boolean dry = true;
    for (PumpedStream stream : streams) {
      Fill fill = fills.get(stream);
      if (fill != Fill.ENDED || toTheEnd) {
        do {
          fill = stream.fill();
        } while (fill == Fill.MORE && toTheEnd);
        fills.put(stream, fill);
      }
      dry &= fill == Fill.DRY || fill == Fill.ENDED;
    }
    return dry;
  }

  private void deliver(Attachment to, PumpedStream stream, long position, ByteBuffer bytes) {
    delivering = true;
    to.sink
        .accept(stream.kind(), to.base.of(stream.kind()) + position, bytes)
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                acknowledge(to, done);
              } else {
                // It stays undelivered until another sink comes; the process waits meanwhile.
                LOG.error("delivering the output of a process", failure);
              }
            });
  }

  private void acknowledge(Attachment from, OutputPositions done) {
    synchronized (this) {
      if (wanted != from) {
        return;
      }
      acknowledged = done;
    }
    wake();
  }

  private void watch() throws SyscallException {
    for (PumpedStream stream : streams) {
      if (fills.get(stream) != Fill.DRY) {
        if (fills.get(stream) == Fill.MORE) {
          wake();
        }
        continue;
      }
      EventLoop.Registration registration = registrations.get(stream);
      if (registration == null) {
        registrations.put(
            stream, loop.register(stream.watched(), EventLoop.EPOLLIN, events -> wake()));
      } else {
        registration.arm(EventLoop.EPOLLIN);
      }
    }
  }

  private void release() {
    registrations.values().forEach(EventLoop.Registration::close);
    streams.forEach(PumpedStream::close);
  }
}
