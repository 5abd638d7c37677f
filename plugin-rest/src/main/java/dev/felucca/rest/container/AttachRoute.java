package dev.felucca.rest.container;

import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.ContainerStreams.AttachRequest;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import dev.felucca.rest.http.RawStream;
import dev.felucca.rest.http.WebSocketHandshake;
import dev.felucca.rest.stream.ProcessStream;
import java.io.IOException;
import java.util.function.Supplier;

/** {@code POST /containers/{id}/attach} and {@code GET /containers/{id}/attach/ws}. */
final class AttachRoute {
  private final KernelServices services;

  AttachRoute(KernelServices services) {
    this.services = services;
  }

  void attach(Exchange exchange) throws IOException {
    boolean tty = tty(exchange);
    attach(exchange, asked(exchange, false), tty, () -> exchange.takeOver(!tty));
  }

  void webSocket(Exchange exchange) throws IOException {
    WebSocketHandshake handshake = WebSocketHandshake.of(exchange.request());
    boolean all = !exchange.request().version().atLeast(42);
    boolean tty = tty(exchange);
    attach(exchange, asked(exchange, all), tty, () -> exchange.takeOver(handshake));
  }

  private boolean tty(Exchange exchange) {
    return services.queries().inspect(exchange.request().name("id"), false).config().tty();
  }

  private static AttachRequest asked(Exchange exchange, boolean allStreams) {
    Query query = exchange.request().query();
    return new AttachRequest(
        allStreams || query.flag("stdin"),
        allStreams || query.flag("stdout"),
        allStreams || query.flag("stderr"),
        query.flag("logs"),
        query.flag("stream"));
  }

  private void attach(
      Exchange exchange, AttachRequest request, boolean tty, Supplier<RawStream> takeOver)
      throws IOException {
    String keys = exchange.request().query().get("detachKeys");
    ProcessStream stream = new ProcessStream(exchange, takeOver, keys, tty, true, true);
    Attachment attachment =
        services.streams().attach(exchange.request().name("id"), request, stream);
    stream.open(attachment, request.stdin() && request.stream());
  }
}
