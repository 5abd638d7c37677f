package dev.felucca.isolation.keeper;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputSink;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** The further processes of a driver's containers. */
final class Execs<C extends KeptContainer> {
  private record Running<C>(C container, Exec exec) {}

  /** Starts the shim of one; returns when its process's program has been executed. */
  interface Launch<C> {
    ShimProcess launch(C container, ExecSpec spec) throws IOException;
  }

  private final String driver;
  private final Map<String, Running<C>> running = new ConcurrentHashMap<>();

  Execs(String driver) {
    this.driver = driver;
  }

  /** Returns the process's pid. */
  int start(Keeper keeper, C container, ExecSpec spec, OutputSink sink, Launch<C> launch)
      throws IOException {
    container.requireRunning();
    if (container.cgroup().frozen()) {
      throw new EngineException(CONFLICT, "the container is paused, unpause it before exec");
    }
    if (running.containsKey(spec.execId())) {
      throw new EngineException(CONFLICT, "exec " + spec.execId() + " was started before");
    }
    ShimProcess shim = launch.launch(container, spec);
    try {
      Exec exec = new Exec(keeper, spec, shim, sink);
      running.put(spec.execId(), new Running<>(container, exec));
      return exec.pid();
    } catch (IOException | RuntimeException e) {
      shim.abandon(e);
      throw e;
    }
  }

  Exec get(String execId) {
    Running<C> found = running.get(execId);
    if (found == null) {
      throw new EngineException(NOT_FOUND, "no exec " + execId + " in driver \"" + driver + "\"");
    }
    return found.exec;
  }

  /** Once it has been answered, the exec is forgotten. */
  CompletionStage<ExitStatus> exit(String execId) {
    return get(execId).exit().whenComplete((status, failure) -> running.remove(execId));
  }

  /** The container is gone, and with it what ran in it. */
  void forget(C container) {
    for (Map.Entry<String, Running<C>> each : running.entrySet()) {
      if (each.getValue().container == container) {
        each.getValue().exec.close();
        running.remove(each.getKey());
      }
    }
  }

  void leave(String why) {
    running.values().forEach(each -> each.exec.leave(why));
    running.clear();
  }
}
