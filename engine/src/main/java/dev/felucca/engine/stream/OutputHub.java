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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a container's output comes together: cut into lines for the log, and as it is for the
 * clients. It outlasts runs of the container; clients may be there before one.
 */
public final class OutputHub {
  private static final Logger LOG = LoggerFactory.getLogger(OutputHub.class);

  private final String name;
  private final SerialQueue queue;
  private final List<ClientQueue> clients = new ArrayList<>();
  private final LogPen pen;
  private CompletableFuture<Void> drained = CompletableFuture.completedFuture(null);
  private long seenOut;
  private long seenErr;
  private int run;
  private boolean open;

  /**
   * @param name for messages
   * @param queue log writes happen there: a log on a dead disk must not hold the driver's threads
   */
  public OutputHub(String name, SerialQueue queue) {
    this.name = name;
    this.queue = queue;
    this.pen = new LogPen(name);
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
    pen.begin(writer, from);
    seenOut = from.stdout();
    seenErr = from.stderr();
    drained = new CompletableFuture<>();
    return new Sink(run);
  }

  /**
   * The driver was replaced under the running container: output comes again from where the log
   * ends; clients are not given twice what they had.
   */
  public synchronized Refollow again() {
    run++;
    return new Refollow(pen.rewind(), new Sink(run));
  }

  /** What to ask of the driver that is there now. */
  public record Refollow(OutputPositions from, OutputSink sink) {}

  /** True while a run's output comes together here. */
  public synchronized boolean isOpen() {
    return open;
  }

  /** Completes when all output of the run that was begun last is in the log. */
  public synchronized CompletionStage<Void> drained() {
    return drained;
  }

  /** No run, or no longer any: the log is closed, and a sink that still delivers is not heard. */
  public synchronized void close() {
    run++;
    open = false;
    pen.close();
    drained.complete(null);
  }

  /** The engine goes, or the container does: clients hear the end. */
  public void dismiss() {
    takeClients().forEach(ClientQueue::end);
  }

  private synchronized List<ClientQueue> takeClients() {
    List<ClientQueue> all = List.copyOf(clients);
    clients.clear();
    return all;
  }

  /** Adds a client; closing the answer takes it out again. */
  public AutoCloseable join(StreamListener listener, boolean stdout, boolean stderr) {
    ClientQueue client = new ClientQueue(listener, stdout, stderr, false);
    synchronized (this) {
      clients.add(client);
    }
    return () -> leave(client);
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
    synchronized (this) {
      until = pen.cut();
      pendingOut = pen.pending(OutputStreamKind.STDOUT);
      pendingErr = pen.pending(OutputStreamKind.STDERR);
      if (stay) {
        clients.add(client);
      }
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
        leave(client);
      }
    }
    client.release();
    return () -> leave(client);
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

  private void leave(ClientQueue client) {
    client.detach();
    synchronized (this) {
      clients.remove(client);
    }
  }

  private final class Sink implements OutputSink {
    private final int mine;

    Sink(int mine) {
      this.mine = mine;
    }

    @Override
    public CompletionStage<OutputPositions> accept(
        OutputStreamKind stream, long position, ByteBuffer bytes) {
      CompletableFuture<OutputPositions> done = new CompletableFuture<>();
      queue.execute(
          () -> {
            try {
              take(mine, stream, position, bytes, done);
            } catch (RuntimeException e) {
              LOG.error("output of {} could not be dealt with", name, e);
              done.completeExceptionally(e);
            }
          });
      return done;
    }

    @Override
    public void ended() {
      queue.execute(() -> finish(mine));
    }
  }

  private void take(
      int sinkRun,
      OutputStreamKind stream,
      long position,
      ByteBuffer bytes,
      CompletableFuture<OutputPositions> done) {
    OutputPositions kept;
    List<CompletableFuture<Void>> rooms = new ArrayList<>();
    synchronized (this) {
      if (sinkRun != run) {
        done.complete(new OutputPositions(0, 0));
        return;
      }
      kept = pen.write(stream, position, bytes.duplicate());
      byte[] fresh = fresh(stream, position, bytes);
      for (ClientQueue client : clients) {
        rooms.add(client.offer(stream, fresh).toCompletableFuture());
      }
      clients.removeIf(ClientQueue::gone);
    }
    if (rooms.isEmpty()) {
      done.complete(kept);
    } else {
      CompletableFuture.allOf(rooms.toArray(CompletableFuture[]::new))
          .whenComplete((nothing, failure) -> done.complete(kept));
    }
  }

  /** The part that no client can have had. */
  private byte[] fresh(OutputStreamKind stream, long position, ByteBuffer bytes) {
    long end = position + bytes.remaining();
    long seen = stream == OutputStreamKind.STDOUT ? seenOut : seenErr;
    if (stream == OutputStreamKind.STDOUT) {
      seenOut = Math.max(seen, end);
    } else {
      seenErr = Math.max(seen, end);
    }
    if (clients.isEmpty() || end <= seen) {
      return new byte[0];
    }
    ByteBuffer rest = bytes.duplicate();
    rest.position(rest.position() + (int) Math.max(0, seen - position));
    byte[] copy = new byte[rest.remaining()];
    rest.get(copy);
    return copy;
  }

  private void finish(int sinkRun) {
    CompletableFuture<Void> done;
    synchronized (this) {
      if (sinkRun != run) {
        return;
      }
      pen.finish();
      done = drained;
    }
    done.complete(null);
    dismiss();
  }
}
