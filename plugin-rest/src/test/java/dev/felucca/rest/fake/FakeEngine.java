package dev.felucca.rest.fake;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.NOT_MODIFIED;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerManager;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.ContainerStreams;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.CreateResult;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.container.UpdateRequest;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ContainerStats;
import dev.felucca.kernel.isolation.ProcessInfo;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Containers in memory. */
public final class FakeEngine implements ContainerManager, ContainerQueries, ContainerStreams {
  private final Map<String, FakeContainer> containers = new ConcurrentHashMap<>();
  private final FakeEvents events;
  public volatile @Nullable ConsoleSize size;
  public volatile @Nullable CreateRequest created;
  public volatile @Nullable UpdateRequest updated;

  public FakeEngine(FakeEvents events) {
    this.events = events;
  }

  FakeContainer find(String ref) {
    return containers.values().stream()
        .filter(one -> one.name.equals(ref) || one.id.hex().startsWith(ref))
        .findFirst()
        .orElseThrow(() -> new EngineException(NOT_FOUND, "No such container: " + ref));
  }

  public FakeProcess process(String ref) {
    return find(ref).process;
  }

  private void tell(FakeContainer container, String action) {
    events.publish(
        new Event(
            "container",
            action,
            container.id.hex(),
            Map.of(
                "name",
                container.name,
                "image",
                container.request.config().image(),
                "exitCode",
                "" + container.exitCode),
            Instant.now()));
  }

  @Override
  public List<String> update(String ref, UpdateRequest request) {
    find(ref);
    updated = request;
    return List.of();
  }

  @Override
  public CreateResult create(CreateRequest request) {
    created = request;
    if (!request.config().image().equals("fake")) {
      throw new EngineException(NOT_FOUND, "No such image: " + request.config().image());
    }
    FakeContainer container = new FakeContainer(request);
    containers.put(container.id.hex(), container);
    tell(container, "create");
    return new CreateResult(container.id, List.of());
  }

  @Override
  public void start(String ref) {
    FakeContainer container = find(ref);
    FakeProcess process;
    synchronized (container) {
      if (container.status == Status.RUNNING) {
        throw new EngineException(NOT_MODIFIED, "already started");
      }
      if (container.status == Status.EXITED) {
        container.process =
            new FakeProcess(
                container.request.config().tty(), container.request.config().openStdin());
      }
      container.status = Status.RUNNING;
      container.started = Instant.now();
      process = container.process;
    }
    process.exit.thenAccept(code -> ended(container, code));
    tell(container, "start");
    process.start(container.argv());
  }

  private void ended(FakeContainer container, int code) {
    CompletableFuture<Integer> exit;
    synchronized (container) {
      container.status = Status.EXITED;
      container.exitCode = code;
      container.finished = Instant.now();
      exit = container.nextExit;
      container.nextExit = new CompletableFuture<>();
    }
    tell(container, "die");
    exit.complete(code);
    if (container.request.hostConfig().autoRemove()) {
      remove(container.id.hex(), true, true);
    }
  }

  @Override
  public void stop(String ref, @Nullable Integer timeout, @Nullable String signal) {
    FakeContainer container = find(ref);
    if (container.status != Status.RUNNING) {
      throw new EngineException(NOT_MODIFIED, "not running");
    }
    CompletableFuture<Integer> exit;
    synchronized (container) {
      exit = container.nextExit; // done when the end is known here, too
    }
    container.process.signal(15);
    exit.join();
  }

  @Override
  public void restart(String ref, @Nullable Integer timeout, @Nullable String signal) {
    stop(ref, timeout, signal);
    start(ref);
  }

  @Override
  public void kill(String ref, String signal) {
    FakeContainer container = find(ref);
    if (container.status != Status.RUNNING) {
      throw new EngineException(CONFLICT, "container " + ref + " is not running");
    }
    container.process.signal(signal.endsWith("KILL") ? 9 : 15);
  }

  @Override
  public void pause(String ref) {
    find(ref).status = Status.PAUSED;
  }

  @Override
  public void unpause(String ref) {
    find(ref).status = Status.RUNNING;
  }

  @Override
  public void rename(String ref, String name) {
    find(ref).name = name;
  }

  @Override
  public void remove(String ref, boolean force, boolean volumes) {
    FakeContainer container = find(ref);
    if (container.status == Status.RUNNING) {
      if (!force) {
        throw new EngineException(CONFLICT, "container is running: stop it or use force");
      }
      container.process.signal(9);
    }
    containers.remove(container.id.hex());
    tell(container, "destroy");
    container.removed.complete(container.exitCode);
  }

  @Override
  public void unlink(String name) {
    throw new EngineException(EngineException.Kind.NOT_FOUND, "No such link: " + name);
  }

  @Override
  public Map<dev.felucca.kernel.ContainerId, List<String>> linkNames() {
    return Map.of();
  }

  @Override
  public void resize(String ref, ConsoleSize newSize) {
    find(ref);
    size = newSize;
  }

  @Override
  public Pruned prune(Map<String, List<String>> filters) {
    List<FakeContainer> ended =
        containers.values().stream().filter(one -> one.status != Status.RUNNING).toList();
    ended.forEach(one -> containers.remove(one.id.hex()));
    return new Pruned(ended.stream().map(one -> one.id).toList(), 7);
  }

  @Override
  public CompletionStage<WaitResult> await(String ref, WaitCondition condition) {
    FakeContainer container = find(ref);
    synchronized (container) {
      CompletableFuture<Integer> code =
          switch (condition) {
            case REMOVED -> container.removed;
            case NEXT_EXIT -> container.nextExit;
            case NOT_RUNNING ->
                container.status == Status.RUNNING
                    ? container.nextExit
                    : CompletableFuture.completedFuture(container.exitCode);
          };
      return code.thenApply(exit -> new WaitResult(exit, null));
    }
  }

  @Override
  public List<ContainerDetails> list(
      boolean all, int limit, boolean size, Map<String, List<String>> filters) {
    return containers.values().stream()
        .filter(one -> all || one.status == Status.RUNNING)
        .map(one -> one.details(size))
        .toList();
  }

  @Override
  public ContainerDetails inspect(String ref, boolean size) {
    return find(ref).details(size);
  }

  @Override
  public List<ProcessInfo> processes(String ref) {
    return List.of(
        new ProcessInfo((int) ProcessHandle.current().pid(), 1, "root", "java -jar x.jar"));
  }

  @Override
  public ContainerStats stats(String ref) {
    find(ref);
    return new ContainerStats(
        Instant.now(),
        10,
        4,
        6,
        List.of(5L, 5L),
        0,
        0,
        0,
        1000,
        2000,
        1 << 30,
        0,
        Map.of("cache", 1L),
        1,
        0,
        List.of(new ContainerStats.BlockIo("io_service_bytes_recursive", 8, 0, "read", 4096)));
  }

  @Override
  public Map<String, List<String>> explain(String ref) {
    return Map.of();
  }

  @Override
  public Attachment attach(String ref, AttachRequest request, StreamListener listener) {
    FakeProcess process = find(ref).process;
    if (request.logs()) {
      // As the engine does: the client has the log before attaching is done.
      for (LogEntry entry : process.log) {
        listener
            .output(entry.stream(), java.nio.ByteBuffer.wrap(entry.line()))
            .toCompletableFuture()
            .join();
      }
    }
    return process.attach(listener);
  }

  @Override
  public LogReader logs(String ref, LogQuery query) {
    FakeProcess process = find(ref).process;
    return new LogReader() {
      private int next = query.tail() < 0 ? 0 : Math.max(0, process.log.size() - query.tail());
      private volatile boolean closed;

      @Override
      public @Nullable LogEntry next(Duration patience) {
        long until = System.nanoTime() + patience.toNanos();
        do {
          if (next < process.log.size()) {
            return process.log.get(next++);
          }
          if (query.follow() && !patience.isZero()) {
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
          }
        } while (query.follow() && !closed && System.nanoTime() < until);
        return null;
      }

      @Override
      public void close() {
        closed = true;
      }
    };
  }
}
