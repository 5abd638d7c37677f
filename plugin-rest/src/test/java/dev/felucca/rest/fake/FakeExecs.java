package dev.felucca.rest.fake;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.ExecManager;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.ConsoleSize;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Execs in memory. */
public final class FakeExecs implements ExecManager {
  private final FakeEngine engine;
  private final Map<String, Exec> execs = new ConcurrentHashMap<>();

  public FakeExecs(FakeEngine engine) {
    this.engine = engine;
  }

  @Override
  public String create(String ref, ExecConfig config) {
    String id = ContainerId.randomHex();
    execs.put(
        id,
        new Exec(engine.find(ref).id, config, new FakeProcess(config.tty(), config.attachStdin())));
    return id;
  }

  @Override
  public Attachment start(
      String id, @Nullable ConsoleSize size, @Nullable StreamListener listener) {
    Exec exec = find(id);
    if (exec.config.cmd().get(0).equals("missing")) {
      exec.process.exit.complete(127);
      throw new EngineException(
          INVALID, "OCI runtime exec failed: missing: executable file not found in $PATH");
    }
    Attachment attachment = exec.process.attach(listener);
    exec.process.start(exec.config.cmd());
    return attachment;
  }

  @Override
  public void resize(String id, ConsoleSize size) {
    find(id);
    engine.size = size;
  }

  @Override
  public ExecDetails inspect(String id) {
    Exec exec = find(id);
    Integer code = exec.process.exit.getNow(null);
    return new ExecDetails(id, exec.container, exec.config, code == null, code, 1);
  }

  private Exec find(String id) {
    Exec exec = execs.get(id);
    if (exec == null) {
      throw new EngineException(NOT_FOUND, "No such exec instance: " + id);
    }
    return exec;
  }

  private record Exec(ContainerId container, ExecConfig config, FakeProcess process) {}
}
