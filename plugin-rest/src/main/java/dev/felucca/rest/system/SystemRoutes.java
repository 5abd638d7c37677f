package dev.felucca.rest.system;

import static dev.felucca.rest.http.Dispatcher.Lane.LOOP;
import static dev.felucca.rest.http.Dispatcher.Lane.QUERY;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.Platform;
import dev.felucca.kernel.container.SystemInfo.Info;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/** The routes about the engine itself. */
public final class SystemRoutes {
  private static final Map<String, String> PING_HEADERS =
      Map.of(
          "Cache-Control", "no-cache, no-store, must-revalidate",
          "Pragma", "no-cache",
          // The classic builder: BuildKit's session is not spoken.
          "Builder-Version", "1",
          "Swarm", "inactive");

  /**
   * The Docker that this API follows, for clients that ask for at least some version of it:
   * Testcontainers for Java wants 1.6. The engine's own version is its component's.
   */
  private static final String FOLLOWED = "28.5.2+felucca";

  /** As the docker CLI reads it. */
  private static final DateTimeFormatter BUILD_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.nnnnnnnnnxxx").withZone(ZoneOffset.UTC);

  private final KernelServices services;
  private final IntSupplier listeners;

  public SystemRoutes(KernelServices services, IntSupplier listeners) {
    this.services = services;
    this.listeners = listeners;
  }

  public void addTo(Router router) {
    router
        .add(LOOP, "GET", "/_ping", SystemRoutes::ping)
        .add(LOOP, "HEAD", "/_ping", SystemRoutes::ping)
        .add(QUERY, "GET", "/version", this::version)
        .add(QUERY, "GET", "/info", this::info)
        .add(WORK, "GET", "/system/df", new DiskUsageRoute(services)::run)
        .unsupported("POST", "/session", "BuildKit's session")
        .unsupported("POST", "/grpc", "BuildKit's session");
  }

  private static void ping(Exchange exchange) {
    byte[] ok =
        exchange.request().method().equals("HEAD")
            ? new byte[0]
            : "OK".getBytes(StandardCharsets.US_ASCII);
    exchange.reply(200, "text/plain; charset=utf-8", ok, PING_HEADERS);
  }

  private void version(Exchange exchange) {
    Info info = services.system().info();
    String architecture = Platform.host().architecture();
    String java = System.getProperty("java.version", "");
    String commit = info.build().commit();
    Instant built = info.build().time();
    String buildTime = built == null ? "" : BUILD_TIME.format(built);
    exchange.json(
        JsonOut.object(
            out ->
                out.object("Platform", platform -> platform.text("Name", "Felucca"))
                    .objects(
                        "Components",
                        List.of("Engine"),
                        (one, name) ->
                            one.text("Name", name)
                                .text("Version", info.version())
                                .object(
                                    "Details",
                                    details ->
                                        details
                                            .text("ApiVersion", ApiVersion.LATEST.toString())
                                            .text("Arch", architecture)
                                            .text("BuildTime", buildTime)
                                            .text("Experimental", "false")
                                            .text("GitCommit", commit)
                                            .text("GoVersion", "java" + java)
                                            .text("KernelVersion", info.kernelVersion())
                                            .text("MinAPIVersion", ApiVersion.OLDEST.toString())
                                            .text("Os", "linux")))
                    .text("Version", FOLLOWED)
                    .text("ApiVersion", ApiVersion.LATEST.toString())
                    .text("MinAPIVersion", ApiVersion.OLDEST.toString())
                    .text("GitCommit", commit)
                    // Written in Java: the field names what it runs on all the same.
                    .text("GoVersion", "java" + java)
                    .text("Os", "linux")
                    .text("Arch", architecture)
                    .text("KernelVersion", info.kernelVersion())
                    .text("BuildTime", buildTime)));
  }

  private void info(Exchange exchange) {
    exchange.json(
        InfoJson.of(
            services.system().info(),
            services.system().drivers(),
            listeners.getAsInt(),
            exchange.request().version()));
  }
}
