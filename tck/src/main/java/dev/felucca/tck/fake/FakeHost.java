package dev.felucca.tck.fake;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The machine under {@link FakeIsolation}: its processes outlast drivers and engines. */
public final class FakeHost {
  private final Map<ContainerId, FakeProcess> processes = new ConcurrentHashMap<>();
  private final Map<String, FakeProcess> execs = new ConcurrentHashMap<>();
  private final AtomicInteger pids = new AtomicInteger(100_000_000);

  FakeProcess make(ContainerSpec spec) {
    FakeProcess made = new FakeProcess(pids.incrementAndGet(), spec.openStdin());
    processes.put(spec.id(), made);
    return made;
  }

  FakeProcess makeExec(String execId, boolean openStdin) {
    FakeProcess made = new FakeProcess(pids.incrementAndGet(), openStdin);
    made.start();
    execs.put(execId, made);
    return made;
  }

  Map<ContainerId, FakeProcess> processes() {
    return processes;
  }

  Map<String, FakeProcess> execs() {
    return execs;
  }

  /** The containers that something is left of. */
  public Set<ContainerId> containers() {
    return Set.copyOf(processes.keySet());
  }

  /** A container's first process. */
  public FakeProcess process(ContainerId id) {
    FakeProcess found = processes.get(id);
    if (found == null) {
      throw new AssertionError("no process of container " + id.hex());
    }
    return found;
  }

  public boolean hasExec(String execId) {
    return execs.containsKey(execId);
  }

  /** An exec's process. */
  public FakeProcess exec(String execId) {
    FakeProcess found = execs.get(execId);
    if (found == null) {
      throw new AssertionError("no process of exec " + execId);
    }
    return found;
  }

  static ExitStatus status(int code) {
    return new ExitStatus(code, false, Instant.now());
  }
}
