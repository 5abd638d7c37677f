package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.ContainerStreams.AttachRequest;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import dev.felucca.rest.stream.ProcessStream;
import java.io.IOException;

/** {@code POST /containers/{id}/attach}. */
final class AttachRoute {
  private final KernelServices services;

  AttachRoute(KernelServices services) {
    this.services = services;
  }

  void attach(Exchange exchange) throws IOException {
    Query query = exchange.request().query();
    AttachRequest request =
        new AttachRequest(
            query.flag("stdin"),
            query.flag("stdout"),
            query.flag("stderr"),
            query.flag("logs"),
            query.flag("stream"));
    if (!request.logs() && !request.stream()) {
      throw new EngineException(INVALID, "Bad parameters: logs or stream must be asked for");
    }
    boolean tty = services.queries().inspect(exchange.request().name("id"), false).config().tty();
    ProcessStream stream = new ProcessStream(exchange, query.get("detachKeys"), tty, true, true);
    Attachment attachment =
        services.streams().attach(exchange.request().name("id"), request, stream);
    stream.open(attachment, request.stdin() && request.stream());
  }
}
