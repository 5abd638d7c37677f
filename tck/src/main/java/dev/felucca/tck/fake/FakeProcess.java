package dev.felucca.tck.fake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.isolation.Resources;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A process that prints, reads and ends when the test says so; all it printed is kept. */
public final class FakeProcess {
  private final int pid;
  private final boolean openStdin;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final ByteArrayOutputStream in = new ByteArrayOutputStream();
  private final List<Integer> signals = new CopyOnWriteArrayList<>();
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final Map<String, ContainerMount> mounted = new ConcurrentHashMap<>();
  private boolean started;
  private boolean inputClosed;
  private boolean paused;
  private boolean stuck;
  private volatile boolean deaf;
  private @Nullable OutputSink sink;
  private long sentOut;
  private long sentErr;
  private boolean delivering;
  private boolean held;
  private boolean told;
  private @Nullable Resources limits;
  private long kills;
  private CompletableFuture<Long> killed = new CompletableFuture<>();

  FakeProcess(int pid, boolean openStdin) {
    this.pid = pid;
    this.openStdin = openStdin;
  }

  public int pid() {
    return pid;
  }

  /** What was mounted while it ran, by place. */
  public Map<String, ContainerMount> mounted() {
    return mounted;
  }

  synchronized void start() {
    started = true;
  }

  public synchronized boolean started() {
    return started;
  }

  /** Ignores every signal but SIGKILL from now on. */
  public void turnDeaf() {
    deaf = true;
  }

  public void print(String text) {
    print(OutputStreamKind.STDOUT, text);
  }

  public void print(OutputStreamKind stream, String text) {
    synchronized (this) {
      (stream == OutputStreamKind.STDOUT ? out : err).writeBytes(text.getBytes(UTF_8));
    }
    pump();
  }

  /** Ends by itself. */
  public void exit(int code) {
    exit.complete(FakeHost.status(code));
    pump();
  }

  /** True holds its output back, after its end too: somebody else has its pipe. */
  public void holdOutput(boolean hold) {
    synchronized (this) {
      held = hold;
    }
    pump();
  }

  void signal(int signal) {
    signals.add(signal);
    synchronized (this) {
      if (stuck) {
        return;
      }
    }
    if (signal == 9 || (!deaf && (signal == 15 || signal == 2))) {
      exit(128 + signal);
    }
  }

  /** The signals it got. */
  public List<Integer> signals() {
    return List.copyOf(signals);
  }

  CompletableFuture<ExitStatus> exit() {
    return exit;
  }

  void paused(boolean now) {
    List<Integer> waiting = List.of();
    synchronized (this) {
      paused = now;
      if (!now && stuck) {
        stuck = false;
        waiting = List.copyOf(signals);
      }
    }
    waiting.forEach(this::signal);
  }

  /** Has it take no signal until it is let go on, as where it is frozen before it takes one. */
  public synchronized void stick() {
    stuck = true;
  }

  public synchronized boolean paused() {
    return paused;
  }

  synchronized void limit(Resources now) {
    limits = now;
  }

  /** What it was last limited to while it ran, or null. */
  public synchronized @Nullable Resources limits() {
    return limits;
  }

  /** The kernel kills one of its processes for want of memory; it goes on itself. */
  public void losesOneToMemory() {
    CompletableFuture<Long> told;
    long count;
    synchronized (this) {
      count = ++kills;
      told = killed;
      killed = new CompletableFuture<>();
    }
    told.complete(count);
  }

  synchronized CompletableFuture<Long> killsBeyond(long seen) {
    return kills > seen ? CompletableFuture.completedFuture(kills) : killed;
  }

  synchronized void input(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    in.writeBytes(copy);
  }

  synchronized void endInput() {
    inputClosed = true;
  }

  boolean readsInput() {
    return openStdin && !inputClosed();
  }

  public synchronized String input() {
    return in.toString(UTF_8);
  }

  public synchronized boolean inputClosed() {
    return inputClosed;
  }

  void follow(OutputPositions from, @Nullable OutputSink to) {
    synchronized (this) {
      sink = to;
      sentOut = from.stdout();
      sentErr = from.stderr();
      delivering = false;
      told = false;
    }
    pump();
  }

  /** Gives on what is next, one piece at a time; the piece's stage goes on with the next. */
  private void pump() {
    OutputSink to;
    OutputStreamKind stream;
    long position;
    byte[] bytes;
    synchronized (this) {
      to = sink;
      if (to == null || delivering || told || held) {
        return;
      }
      boolean stdout = out.size() > sentOut;
      stream = stdout ? OutputStreamKind.STDOUT : OutputStreamKind.STDERR;
      position = stdout ? sentOut : sentErr;
      byte[] all = (stdout ? out : err).toByteArray();
      int size = (int) Math.min(32 * 1024, all.length - position);
      bytes =
          size > 0 ? Arrays.copyOfRange(all, (int) position, (int) position + size) : new byte[0];
      if (size <= 0) {
        if (!exit.isDone()) {
          return;
        }
        told = true;
      } else {
        delivering = true;
        if (stdout) {
          sentOut += size;
        } else {
          sentErr += size;
        }
      }
    }
    if (bytes.length == 0) {
      to.ended();
      return;
    }
    to.accept(stream, position, ByteBuffer.wrap(bytes))
        .whenComplete(
            (done, failure) -> {
              synchronized (this) {
                if (sink != to) {
                  return;
                }
                delivering = false;
              }
              if (failure == null) {
                pump();
              }
            });
  }
}
