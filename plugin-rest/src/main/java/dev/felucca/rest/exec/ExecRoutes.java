package dev.felucca.rest.exec;

import static dev.felucca.kernel.EngineException.Kind.INTERNAL;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.rest.http.Dispatcher.Lane.QUERY;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.ExecManager.ExecConfig;
import dev.felucca.kernel.container.ExecManager.ExecDetails;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.container.ContainerRoutes;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import dev.felucca.rest.stream.ProcessStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes of exec sessions. */
public final class ExecRoutes {
  private final KernelServices services;

  public ExecRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    router
        .add(WORK, "POST", "/containers/{id}/exec", this::create)
        .addTakeOver("POST", "/exec/{id}/start", this::start)
        .add(WORK, "POST", "/exec/{id}/resize", this::resize)
        .add(QUERY, "GET", "/exec/{id}/json", this::inspect);
  }

  private void create(Exchange exchange) {
    Request request = exchange.request();
    JsonIn body = request.json();
    List<String> command = body.texts("Cmd");
    if (command.isEmpty()) {
      throw new EngineException(INVALID, "No exec command specified");
    }
    String id =
        services
            .execs()
            .create(
                request.name("id"),
                new ExecConfig(
                    command,
                    body.texts("Env"),
                    body.text("WorkingDir"),
                    body.text("User"),
                    body.flag("Tty"),
                    body.flag("Privileged"),
                    body.flag("AttachStdin"),
                    body.flag("AttachStdout"),
                    body.flag("AttachStderr"),
                    body.text("DetachKeys"),
                    consoleSize(body)));
    exchange.json(201, JsonOut.object(out -> out.text("Id", id)));
  }

  private void start(Exchange exchange) throws IOException {
    Request request = exchange.request();
    JsonIn body = request.json();
    String id = request.name("id");
    ExecDetails exec = services.execs().inspect(id);
    ConsoleSize size = exec.config().tty() ? consoleSize(body) : null;
    if (body.flag("Detach")) {
      services.execs().start(id, size, null);
      exchange.empty(200);
      return;
    }
    // Docker frames by what this request says, whatever the exec was created with.
    boolean framed = !body.flag("Tty");
    ProcessStream stream =
        new ProcessStream(
            exchange,
            () -> exchange.takeOver(framed),
            exec.config().detachKeys(),
            exec.config().tty(),
            exec.config().attachStdout() || exec.config().tty(),
            exec.config().attachStderr());
    Attachment attachment;
    try {
      attachment = services.execs().start(id, size, stream);
    } catch (EngineException e) {
      if (e.kind() != INVALID && e.kind() != INTERNAL) {
        throw e;
      }
      // The CLI takes 126 or 127 from a later inspect, which it only asks after a stream.
      stream.openWithError(e.getMessage());
      return;
    }
    stream.open(attachment, exec.config().attachStdin());
  }

  private void resize(Exchange exchange) throws IOException {
    services
        .execs()
        .resize(exchange.request().name("id"), ContainerRoutes.size(exchange.request().query()));
    exchange.empty(200);
  }

  private void inspect(Exchange exchange) {
    ExecDetails exec = services.execs().inspect(exchange.request().name("id"));
    exchange.json(JsonOut.object(out -> write(out, exec)));
  }

  private static void write(JsonOut out, ExecDetails exec) {
    ExecConfig config = exec.config();
    out.text("ID", exec.id())
        .flag("Running", exec.running())
        .numberOrNull("ExitCode", exec.exitCode())
        .object(
            "ProcessConfig",
            process ->
                process
                    .flag("tty", config.tty())
                    .text("entrypoint", config.cmd().get(0))
                    .texts("arguments", config.cmd().subList(1, config.cmd().size()))
                    .flag("privileged", config.privileged())
                    .textUnlessEmpty("user", config.user()))
        .flag("OpenStdin", config.attachStdin())
        .flag("OpenStderr", config.attachStderr())
        .flag("OpenStdout", config.attachStdout())
        .flag("CanRemove", exec.exitCode() != null)
        .text("ContainerID", exec.container().hex())
        .text("DetachKeys", config.detachKeys())
        .number("Pid", exec.pid());
  }

  private static @Nullable ConsoleSize consoleSize(JsonIn body) {
    List<Long> size = body.numbers("ConsoleSize");
    return size.size() == 2 && size.get(0) > 0 && size.get(1) > 0
        ? new ConsoleSize(size.get(0).intValue(), size.get(1).intValue())
        : null;
  }
}
