package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.ExecManager;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.ProcessSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Further processes in running containers; what is known of them is in memory only. */
@Component
public final class ExecService implements ExecManager {
  private static final Duration REMEMBERED = Duration.ofMinutes(5);

  private final Core core;
  private final Map<String, ExecSession> sessions = new ConcurrentHashMap<>();

  private final Duration remembered;

  @Activate
  public ExecService(@Reference Core core, @Reference Adoption adopted) {
    this(core, REMEMBERED);
  }

  /**
   * @param remembered how long an exec is known after its end
   */
  ExecService(Core core, Duration remembered) {
    this.core = core;
    this.remembered = remembered;
  }

  @Override
  public String create(String ref, ExecConfig config) {
    Container container = running(core.index.resolve(ref), ref);
    if (config.cmd().isEmpty()) {
      throw new EngineException(INVALID, "no exec command specified");
    }
    ProgramWords.check(config.cmd());
    ProgramWords.check(config.env());
    String driver = container.record().drivers().isolation();
    if (!core.drivers.isolation().has(driver)) {
      // Said here, where clients show it: of a refused start the docker CLI shows the status code
      // only.
      throw new EngineException(
          UNAVAILABLE,
          "isolation driver " + driver + " is not available: no bundle provides it now");
    }
    String id = ContainerId.randomHex();
    CompletableFuture<?> removal = container.waiters().awaitRemoval();
    sessions.put(id, new ExecSession(id, container, config, removal));
    removal.whenComplete((gone, failure) -> sessions.remove(id));
    container.execAdded(id);
    core.publish(container, "exec_create: " + String.join(" ", config.cmd()), Map.of("execID", id));
    return id;
  }

  private List<String> linked(Container container) throws IOException {
    RunRecord run = container.run();
    return run == null ? List.of() : new Links(core).environmentNow(container, run);
  }

  /**
   * @param ref what to call it in a refusal, as who asked did
   */
  private static Container running(Container container, String ref) {
    if (container.status() == Status.PAUSED) {
      throw new EngineException(
          CONFLICT, "Container " + ref + " is paused, unpause the container before exec");
    }
    if (container.status() == Status.RESTARTING) {
      throw new EngineException(
          CONFLICT, "Container " + ref + " is restarting, wait until the container is running");
    }
    Lifecycle.alive(container);
    return container;
  }

  @Override
  public Attachment start(
      String execId, @Nullable ConsoleSize size, @Nullable StreamListener listener)
      throws IOException {
    ExecSession session = session(execId);
    Container container = running(session.container(), session.container().id.hex());
    session.begin();
    ExecConfig config = session.config();
    String driver = container.record().drivers().isolation();
    core.publish(
        container, "exec_start: " + String.join(" ", config.cmd()), Map.of("execID", session.id()));
    ExecOutput output = new ExecOutput(listener);
    try {
      ExecSpec spec =
          new ExecSpec(
              session.id(),
              process(container, config, size, linked(container)),
              config.privileged() || container.record().hostConfig().privileged(),
              config.attachStdin() && listener != null);
      session.started(
          core.drivers
              .isolation()
              .use(driver, isolation -> isolation.exec(container.id, spec, output)));
    } catch (IOException | RuntimeException e) {
      session.failed(e);
      forgetLater(session);
      throw told(e);
    }
    exitOf(driver, session)
        .whenComplete(
            (exit, failure) -> {
              session.ended(exit == null ? ExecSession.LOST : exit.code());
              core.publish(
                  container,
                  "exec_die",
                  Map.of("execID", session.id(), "exitCode", String.valueOf(session.exitCode())));
              forgetLater(session);
              // Clients ask for the exit code as soon as the stream ends.
              if (exit == null) {
                output.lost();
              } else {
                output.processEnded();
              }
            });
    return new ExecAttachment(core, session, output);
  }

  private CompletionStage<ExitStatus> exitOf(String driver, ExecSession session) {
    try {
      return core.drivers.isolation().use(driver, isolation -> isolation.exitOfExec(session.id()));
    } catch (IOException | EngineException e) {
      return CompletableFuture.failedFuture(e); // the driver went this moment
    }
  }

  static EngineException told(Exception failure) {
    if (failure instanceof EngineException refusal && refusal.kind() != INVALID) {
      return refusal;
    }
    return new EngineException(
        failure instanceof EngineException ? INVALID : EngineException.Kind.INTERNAL,
        RuntimeWords.isRuntimes(failure)
            ? "OCI runtime exec failed: exec failed: unable to start container process: "
                + failure.getMessage()
                + ": unknown"
            : String.valueOf(failure.getMessage()),
        failure);
  }

  /** A health check's: the container's own user, directory and environment. */
  static ProcessSpec process(Container container, List<String> argv) {
    return process(
        container,
        new ExecConfig(argv, List.of(), "", "", false, false, false, true, true, "", null),
        null,
        List.of());
  }

  /**
   * @param linked variables of the container's links
   */
  private static ProcessSpec process(
      Container container, ExecConfig config, @Nullable ConsoleSize size, List<String> linked) {
    ContainerConfig own = container.record().config();
    ContainerConfig.Builder merged = own.toBuilder();
    List<String> env = new ArrayList<>(own.env());
    for (String entry : config.env()) {
      env.removeIf(other -> ConfigMerge.name(other).equals(ConfigMerge.name(entry)));
      env.add(entry);
    }
    merged.env = env;
    String hostname = own.hostname().isEmpty() ? container.id.shortForm() : own.hostname();
    String directory = config.workingDir().isEmpty() ? own.workingDir() : config.workingDir();
    return new ProcessSpec(
        config.cmd(),
        Specs.env(merged.build(), hostname, config.tty(), linked),
        directory.isEmpty() ? "/" : directory,
        config.user().isEmpty() ? own.user() : config.user(),
        container.record().hostConfig().groupAdd(),
        config.tty(),
        size == null ? config.consoleSize() : size);
  }

  /** Its container no longer shows it; who knows its id may ask for a while. */
  private void forgetLater(ExecSession session) {
    session.container().execGone(session.id());
    core.workers.after(remembered, session::forget);
  }

  @Override
  public void resize(String execId, ConsoleSize size) throws IOException {
    ExecSession session = session(execId);
    if (!session.isRunning()) {
      throw new EngineException(CONFLICT, "exec " + execId + " is not running");
    }
    core.drivers
        .isolation()
        .run(
            session.container().record().drivers().isolation(),
            driver -> driver.resizeExec(session.id(), size));
  }

  @Override
  public ExecDetails inspect(String execId) {
    return session(execId).details();
  }

  private ExecSession session(String execId) {
    ExecSession exact = sessions.get(execId);
    if (exact != null) {
      return exact;
    }
    List<ExecSession> starting =
        execId.isEmpty()
            ? List.of()
            : sessions.values().stream()
                .filter(session -> session.id().startsWith(execId))
                .toList();
    if (starting.size() != 1) {
      throw new EngineException(NOT_FOUND, "No such exec instance: " + execId);
    }
    return starting.get(0);
  }
}
