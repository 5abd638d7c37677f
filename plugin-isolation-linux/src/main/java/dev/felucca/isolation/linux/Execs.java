package dev.felucca.isolation.linux;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.isolation.keeper.Exec;
import dev.felucca.isolation.linux.init.ExecProgram;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.linux.init.ProcessProgram;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.linux.process.PidFd;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** The further processes of a driver's containers. */
final class Execs {
  private record Running(Container container, Exec exec) {}

  private final Map<String, Running> running = new ConcurrentHashMap<>();

  /** Returns the process's pid when its program was executed. */
  int start(Machinery machinery, Container container, ExecSpec spec, OutputSink sink)
      throws IOException {
    container.requireRunning();
    if (container.cgroup().frozen()) {
      throw new EngineException(CONFLICT, "the container is paused, unpause it before exec");
    }
    if (running.containsKey(spec.execId())) {
      throw new EngineException(CONFLICT, "exec " + spec.execId() + " was started before");
    }
    PidFd target = container.shim().process();
    ProcessPlan plan =
        machinery
            .host()
            .exec(container.plan(), spec.process(), spec.privileged(), spec.openStdin());
    ResolvedUser user = Users.find(machinery.linux(), target.pid(), spec.process(), plan.users());
    ContainerState state = container.state();
    ProcessProgram program =
        ExecProgram.of(machinery.linux().arch(), plan, state.joins(), state.joinPid());
    try (StatusFile parameters = StatusFile.inMemory(machinery.linux())) {
      parameters.parameters(program.parameters().message(user, plan.capabilities()));
      ShimProcess shim =
          ShimProcess.launch(
              machinery.linux(),
              machinery.launcher(),
              program,
              spec.openStdin(),
              false,
              parameters.fd(),
              Map.of(ShimFds.TARGET, target.fd()));
      try {
        if (spec.process().tty()) {
          // While it waits: the shim goes as soon as its process ends, and the master with it.
          shim.awaitParked(program);
          shim.take(ShimFds.MASTER);
          shim.release();
        } else {
          shim.release();
          shim.awaitParked(program);
        }
        shim.awaitExec(program);
        Exec exec = new Exec(machinery.keeper(), spec, shim, sink);
        running.put(spec.execId(), new Running(container, exec));
        return exec.pid();
      } catch (IOException | RuntimeException e) {
        abandon(shim, e);
        throw e;
      }
    }
  }

  private static void abandon(ShimProcess shim, Exception why) {
    try {
      shim.signal(9);
      shim.dismiss();
    } catch (IOException e) {
      why.addSuppressed(e);
    } finally {
      shim.close();
    }
  }

  Exec get(String execId) {
    Running found = running.get(execId);
    if (found == null) {
      throw new EngineException(NOT_FOUND, "no exec " + execId + " in driver \"linux\"");
    }
    return found.exec;
  }

  /** Once it has been answered, the exec is forgotten. */
  CompletionStage<ExitStatus> exit(String execId) {
    return get(execId).exit().whenComplete((status, failure) -> running.remove(execId));
  }

  /** The container is gone, and with it what ran in it. */
  void forget(Container container) {
    for (Map.Entry<String, Running> each : running.entrySet()) {
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
