package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;
import static dev.felucca.rest.http.Dispatcher.Lane.QUERY;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerManager.Pruned;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The routes of containers. */
public final class ContainerRoutes {
  /** Clients of old send an empty object, and it is let through. */
  private static final int SMALLEST_OBJECT = 7;

  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+");
  private static final long MOST_CELLS = 0xffff_ffffL;
  private final KernelServices services;

  public ContainerRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    WaitRoute waits = new WaitRoute(services);
    StatsRoute stats = new StatsRoute(services);
    AttachRoute attaches = new AttachRoute(services);
    router
        .add(QUERY, "GET", "/containers/json", this::list)
        .add(WORK, "POST", "/containers/create", new CreateRoute(services)::create)
        .add(WORK, "POST", "/containers/prune", this::prune)
        .add(QUERY, "GET", "/containers/{id}/json", this::inspect)
        .add(WORK, "GET", "/containers/{id}/top", new TopRoute(services)::top)
        .add(WORK, "GET", "/containers/{id}/logs", new LogsRoute(services)::logs)
        .add(WORK, "GET", "/containers/{id}/stats", stats::stats)
        .add(WORK, "POST", "/containers/{id}/start", this::start)
        .add(WORK, "POST", "/containers/{id}/stop", this::stop)
        .add(WORK, "POST", "/containers/{id}/restart", this::restart)
        .add(WORK, "POST", "/containers/{id}/kill", this::kill)
        .add(WORK, "POST", "/containers/{id}/pause", this::pause)
        .add(WORK, "POST", "/containers/{id}/unpause", this::unpause)
        .add(WORK, "POST", "/containers/{id}/rename", this::rename)
        .add(WORK, "POST", "/containers/{id}/resize", this::resize)
        .add(QUERY, "POST", "/containers/{id}/wait", waits::await)
        .addTakeOver("POST", "/containers/{id}/attach", attaches::attach)
        .addTakeOver("GET", "/containers/{id}/attach/ws", attaches::webSocket)
        .add(WORK, "POST", "/containers/{id}/update", this::update)
        .unsupported("GET", "/containers/{id}/checkpoints", "checkpointing")
        .unsupported("POST", "/containers/{id}/checkpoints", "checkpointing")
        .add(WORK, "DELETE", "/containers/{id}", this::remove);
  }

  private void list(Exchange exchange) {
    Query query = exchange.request().query();
    if (query.flag("size")) {
      // Sizes are asked of storage drivers: not on the threads that answer from memory.
      exchange.threads().work().execute(() -> answerList(exchange));
    } else {
      answerList(exchange);
    }
  }

  private void answerList(Exchange exchange) {
    try {
      Request request = exchange.request();
      Query query = request.query();
      Integer limit = query.number("limit");
      List<ContainerDetails> containers =
          services
              .queries()
              .list(
                  query.flag("all"),
                  limit == null ? 0 : Math.max(0, limit),
                  query.flag("size"),
                  filters(request));
      Map<String, String> ids = new HashMap<>();
      exchange.json(
          SummaryJson.of(
              containers,
              request.version(),
              HostIpv6.there(),
              Instant.now(),
              one -> imageName(one, ids),
              services.queries().linkNames()));
    } catch (RuntimeException e) {
      exchange.fail(e);
    }
  }

  /** Old clients say {@code since} and {@code before} beside the filters. */
  private static Map<String, List<String>> filters(Request request) {
    Map<String, List<String>> filters = new LinkedHashMap<>(request.filters());
    for (String old : List.of("since", "before")) {
      if (!request.query().text(old).isEmpty()) {
        filters.put(old, List.of(request.query().text(old)));
      }
    }
    return filters;
  }

  /** The name it was created by while that still names its image, else the image's id. */
  private String imageName(ContainerDetails container, Map<String, String> ids) {
    String name = container.config().image();
    String id =
        ids.computeIfAbsent(
            name,
            asked ->
                services
                    .imagesIfPresent()
                    .map(
                        images -> {
                          try {
                            return images.inspect(asked).id().toString();
                          } catch (EngineException gone) {
                            return "";
                          }
                        })
                    .orElse(container.imageId()));
    return id.equals(container.imageId()) ? name : container.imageId();
  }

  private void inspect(Exchange exchange) {
    Request request = exchange.request();
    boolean size = request.query().flag("size");
    if (size) {
      exchange.threads().work().execute(() -> answerInspect(exchange, true));
    } else {
      answerInspect(exchange, false);
    }
  }

  private void answerInspect(Exchange exchange, boolean size) {
    try {
      Request request = exchange.request();
      exchange.json(
          InspectJson.of(
              services.queries().inspect(request.name("id"), size),
              request.version(),
              HostIpv6.there()));
    } catch (RuntimeException e) {
      exchange.fail(e);
    }
  }

  private void prune(Exchange exchange) throws IOException {
    Pruned pruned = services.containers().prune(exchange.request().filters());
    exchange.json(
        JsonOut.object(
            out -> {
              if (pruned.containers().isEmpty()) {
                out.nothing("ContainersDeleted");
              } else {
                out.texts(
                    "ContainersDeleted",
                    pruned.containers().stream().map(ContainerId::hex).toList());
              }
              out.number("SpaceReclaimed", pruned.bytes());
            }));
  }

  private void start(Exchange exchange) throws IOException {
    if (exchange.request().body().length > SMALLEST_OBJECT) {
      throw new EngineException(
          INVALID,
          "starting container with non-empty request body was deprecated since API v1.22 and"
              + " removed in v1.24");
    }
    if (!exchange.request().query().text("checkpoint").isEmpty()) {
      throw new EngineException(NOT_IMPLEMENTED, "checkpointing is not supported by this engine");
    }
    services.containers().start(exchange.request().name("id"));
    exchange.empty(204);
  }

  private void stop(Exchange exchange) throws IOException {
    Request request = exchange.request();
    services
        .containers()
        .stop(request.name("id"), request.query().number("t"), stopSignal(request));
    exchange.empty(204);
  }

  private void restart(Exchange exchange) throws IOException {
    Request request = exchange.request();
    services
        .containers()
        .restart(request.name("id"), request.query().number("t"), stopSignal(request));
    exchange.empty(204);
  }

  private static @Nullable String stopSignal(Request request) {
    return request.version().atLeast(42) ? signal(request.query()) : null;
  }

  private static @Nullable String signal(Query query) {
    String signal = query.text("signal");
    return signal.isEmpty() ? null : signal;
  }

  private void kill(Exchange exchange) throws IOException {
    String signal = signal(exchange.request().query());
    services.containers().kill(exchange.request().name("id"), signal == null ? "SIGKILL" : signal);
    exchange.empty(204);
  }

  private void pause(Exchange exchange) throws IOException {
    services.containers().pause(exchange.request().name("id"));
    exchange.empty(204);
  }

  private void unpause(Exchange exchange) throws IOException {
    services.containers().unpause(exchange.request().name("id"));
    exchange.empty(204);
  }

  private void rename(Exchange exchange) throws IOException {
    Request request = exchange.request();
    String name = request.query().text("name");
    services
        .containers()
        .rename(request.name("id"), name.startsWith("/") ? name.substring(1) : name);
    exchange.empty(204);
  }

  private void remove(Exchange exchange) throws IOException {
    Request request = exchange.request();
    Query query = request.query();
    if (query.flag("link")) {
      services.containers().unlink(request.name("id"));
      exchange.empty(204);
      return;
    }
    services.containers().remove(request.name("id"), query.flag("force"), query.flag("v"));
    exchange.empty(204);
  }

  private void update(Exchange exchange) throws IOException {
    Request request = exchange.request();
    List<String> warnings =
        services
            .containers()
            .update(request.name("id"), UpdateJson.read(request.json(), request.version()));
    exchange.json(JsonOut.object(out -> out.textsOrNull("Warnings", warnings)));
  }

  private void resize(Exchange exchange) throws IOException {
    Request request = exchange.request();
    services.containers().resize(request.name("id"), size(request.query()));
    exchange.empty(200);
  }

  /** {@code h} and {@code w}; INVALID without them. */
  public static ConsoleSize size(Query query) {
    return new ConsoleSize(size("height", query.text("h")), size("width", query.text("w")));
  }

  private static int size(String side, String text) {
    if (!NUMBER.matcher(text).matches()) {
      throw invalidSize(side, text, "invalid syntax");
    }
    if (text.length() > 10 || Long.parseLong(text) < 0 || Long.parseLong(text) > MOST_CELLS) {
      throw invalidSize(side, text, "value out of range");
    }
    return (int) Math.min(Long.parseLong(text), Integer.MAX_VALUE);
  }

  private static EngineException invalidSize(String side, String text, String why) {
    return new EngineException(INVALID, "invalid resize " + side + " \"" + text + "\": " + why);
  }
}
