package dev.felucca.engine.stream;

import dev.felucca.engine.work.SerialQueue;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a container's output comes together: cut into lines for the log, and as it is for the
 * {@link Audience}. It outlasts runs of the container; clients may be there before one.
 *
 * <p>Thread-safe. The monitor guards which run it is; a run's log has a lock of its own, which is
 * taken first.
 */
public final class OutputHub {
  private static final Logger LOG = LoggerFactory.getLogger(OutputHub.class);

  /** How long the end of a run waits for a log that hangs. */
  private static final long CLOSE_PATIENCE_SECONDS = 2;

  private final String name;
  private final SerialQueue queue;
  private final Audience audience = new Audience();
  private Log log;
  private CompletableFuture<Void> drained = CompletableFuture.completedFuture(null);
  private int run;
  private boolean open;

  /**
   * One run's log. Its lock is held over the log driver's calls, the hub's monitor never is: who
   * comes, goes or looks does not wait for a log that hangs, and neither does the next run.
   */
  private record Log(LogPen pen, ReentrantLock lock) {}

  /**
   * @param name for messages
   * @param queue log writes happen there: a log on a dead disk must not hold the driver's threads
   */
  public OutputHub(String name, SerialQueue queue) {
    this.name = name;
    this.queue = queue;
    this.log =
        new Log(new LogPen(name, null, OutputPositions.START, Instant.EPOCH), new ReentrantLock());
  }

  /**
   * Begins a run, or goes on with one that was there before this engine.
   *
   * @param writer null keeps no log
   * @param from where the log ends and output is to be followed from
   * @return the sink for this run; earlier sinks do nothing from now on
   */
  public synchronized OutputSink begin(@Nullable LogWriter writer, OutputPositions from) {
    run++;
    open = true;
    log = new Log(new LogPen(name, writer, from, log.pen.last()), new ReentrantLock());
    audience.begin(from);
    drained = new CompletableFuture<>();
    return new Sink(run, log);
  }

  private synchronized Log log() {
    return log;
  }

  private synchronized OutputSink nextSink(Log of) {
    run++;
    return new Sink(run, of);
  }

  /**
   * The driver was replaced under the running container: output comes again from where the log
   * ends; clients are not given twice what they had.
   */
  public Refollow again() {
    Log now = log();
    now.lock.lock();
    try {
      return new Refollow(now.pen.rewind(), nextSink(now));
    } finally {
      now.lock.unlock();
    }
  }

  /** What to ask of the driver that is there now. */
  public record Refollow(OutputPositions from, OutputSink sink) {}

  /** True while a run's output comes together here. */
  public synchronized boolean isOpen() {
    return open;
  }

  /**
   * The log's driver goes: its writer is closed, clients go on hearing what comes, and the
   * isolation driver keeps it for {@link #logBack}.
   */
  public void logGone() {
    Log now = log();
    now.lock.lock();
    try {
      now.pen.leave();
    } finally {
      now.lock.unlock();
    }
  }

  /** True from {@link #logGone} to {@link #logBack}. */
  public boolean logAway() {
    Log now = log();
    now.lock.lock();
    try {
      return now.pen.away();
    } finally {
      now.lock.unlock();
    }
  }

  /** The log's driver is there again, with a new writer: output is needed from its end on. */
  public Refollow logBack(LogWriter writer) {
    Log now = log();
    now.lock.lock();
    try {
      OutputPositions from = writer.resumeAt();
      now.pen.back(writer, from);
      return new Refollow(from, nextSink(now));
    } finally {
      now.lock.unlock();
    }
  }

  /** Completes when all output of the run that was begun last is in the log. */
  public synchronized CompletionStage<Void> drained() {
    return drained;
  }

  /** How many bytes of output came by; it grows as long as there is progress. */
  public long seen() {
    return audience.seen();
  }

  /**
   * The process has ended: what is still on its way is little, and is taken however slow a client
   * may be, so that the log gets it.
   */
  public void processEnded() {
    audience.processEnded();
  }

  /**
   * No run, or no longer any: the log is closed, a sink that still delivers is not heard, and
   * clients hear the end.
   */
  public void close() {
    Log now;
    CompletableFuture<Void> done;
    synchronized (this) {
      run++;
      open = false;
      now = log;
      done = drained;
    }
    if (taken(now.lock)) {
      try {
        now.pen.close();
      } finally {
        now.lock.unlock();
      }
    } else {
      LOG.error("the log of container {} hangs: the end of its output may be missing", name);
      queue.execute(now.pen::close); // behind the write that hangs
    }
    done.complete(null);
    audience.close();
  }

  private static boolean taken(ReentrantLock lock) {
    try {
      return lock.tryLock(CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return lock.tryLock();
    }
  }

  /** The engine goes, or the container does: clients hear the end. */
  public void dismiss() {
    audience.dismiss();
  }

  /** Adds a client; closing the answer takes it out again. */
  public AutoCloseable join(StreamListener listener, boolean stdout, boolean stderr) {
    ClientQueue client = new ClientQueue(listener, stdout, stderr, false);
    audience.join(client);
    return () -> audience.leave(client);
  }

  /**
   * Adds a client that is to have the log first.
   *
   * @param replay reads the log up to the given instant into the given taker; called once, on the
   *     calling thread
   * @param stay false ends the client after the log
   */
  public AutoCloseable joinAfterLog(
      StreamListener listener, boolean stdout, boolean stderr, boolean stay, Replay replay)
      throws IOException {
    ClientQueue client = new ClientQueue(listener, stdout, stderr, true);
    Instant until;
    byte[] pendingOut;
    byte[] pendingErr;
    Log now = log();
    now.lock.lock();
    try {
      until = now.pen.cut();
      pendingOut = now.pen.pending(OutputStreamKind.STDOUT);
      pendingErr = now.pen.pending(OutputStreamKind.STDERR);
      if (stay) {
        audience.join(client);
      }
    } finally {
      now.lock.unlock();
    }
    boolean done = false;
    try {
      replay.run(
          until,
          (stream, line) -> {
            client.replay(stream, line);
            return !client.gone();
          });
      if (stay) {
        client.replay(OutputStreamKind.STDOUT, pendingOut);
        client.replay(OutputStreamKind.STDERR, pendingErr);
      } else {
        client.end();
      }
      done = true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while replaying the log of " + name);
    } finally {
      if (!done) {
        audience.leave(client);
      }
    }
    client.release();
    return () -> audience.leave(client);
  }

  /** Reads a log into a client. */
  @FunctionalInterface
  public interface Replay {
    void run(Instant until, ReplayTaker taker) throws IOException, InterruptedException;
  }

  /** Takes the log's lines; false means that the client has gone. */
  public interface ReplayTaker {
    boolean take(OutputStreamKind stream, byte[] line) throws InterruptedException;
  }

  private final class Sink implements OutputSink {
    private final int mine;
    private final Log of;

    Sink(int mine, Log of) {
      this.mine = mine;
      this.of = of;
    }

    @Override
    public CompletionStage<OutputPositions> accept(
        OutputStreamKind stream, long position, ByteBuffer bytes) {
      CompletableFuture<OutputPositions> done = new CompletableFuture<>();
      queue.execute(
          () -> {
            try {
              take(this, stream, position, bytes, done);
            } catch (RuntimeException | Error e) {
              LOG.error("output of {} could not be dealt with", name, e);
              done.completeExceptionally(e);
            }
          });
      return done;
    }

    @Override
    public void ended() {
      queue.execute(() -> finish(this));
    }
  }

  private synchronized boolean isCurrent(Sink sink) {
    return sink.mine == run;
  }

  private void take(
      Sink sink,
      OutputStreamKind stream,
      long position,
      ByteBuffer bytes,
      CompletableFuture<OutputPositions> done) {
    OutputPositions kept;
    CompletableFuture<Void> room;
    sink.of.lock.lock();
    try {
      if (!isCurrent(sink)) {
        done.complete(OutputPositions.START);
        return;
      }
      kept = sink.of.pen.write(stream, position, bytes.duplicate());
      // Still under the log's lock, so that who joins after the log misses nothing.
      room = audience.hear(stream, position, bytes);
    } finally {
      sink.of.lock.unlock();
    }
    room.whenComplete((nothing, failure) -> done.complete(kept));
  }

  private void finish(Sink sink) {
    CompletableFuture<Void> done;
    Runnable farewell;
    sink.of.lock.lock();
    try {
      if (!isCurrent(sink)) {
        return;
      }
      sink.of.pen.finish();
      synchronized (this) {
        if (!isCurrent(sink)) {
          return; // the next run has begun meanwhile
        }
        farewell = audience.finish();
        // A log whose driver is away does not have it all yet.
        done = sink.of.pen.away() ? new CompletableFuture<>() : drained;
      }
    } finally {
      sink.of.lock.unlock();
    }
    done.complete(null);
    farewell.run();
  }
}
