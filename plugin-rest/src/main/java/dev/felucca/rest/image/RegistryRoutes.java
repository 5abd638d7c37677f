package dev.felucca.rest.image;

import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImageRegistries.Distribution;
import dev.felucca.kernel.image.ImageRegistries.Pushed;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.SearchResult;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes that ask registries. */
final class RegistryRoutes {
  private final KernelServices services;

  RegistryRoutes(KernelServices services) {
    this.services = services;
  }

  void addTo(Router router) {
    router
        .add(WORK, "GET", "/images/search", this::search)
        .add(WORK, "POST", "/images/{name}/push", this::push)
        .add(WORK, "GET", "/distribution/{name}/json", this::distribution)
        .add(WORK, "POST", "/auth", this::login);
  }

  private static @Nullable Credentials credentials(Request request) {
    return RegistryAuth.read(request.header("X-Registry-Auth"));
  }

  private void search(Exchange exchange) throws IOException {
    Request request = exchange.request();
    Integer limit = request.query().number("limit");
    List<SearchResult> found =
        services
            .imageRegistries()
            .search(
                request.query().text("term"),
                limit == null ? 0 : limit,
                request.filters(),
                credentials(request));
    exchange.json(JsonOut.array(found, RegistryRoutes::result));
  }

  private static void result(JsonOut out, SearchResult result) {
    out.number("star_count", result.starCount())
        .flag("is_official", result.official())
        .text("name", result.name())
        .flag("is_automated", result.automated())
        .text("description", result.description());
  }

  private void push(Exchange exchange) {
    Request request = exchange.request();
    ImageReference name = ImageReference.parse(request.name("name"));
    String tag = request.query().text("tag");
    if (!tag.isEmpty()) {
      name = tag.indexOf(':') >= 0 ? name.withDigest(Digest.parse(tag)) : name.withTag(tag);
    }
    if (!request.query().text("platform").isEmpty() && request.version().atLeast(46)) {
      PlatformJson.check(services.images().inspect(name.familiar()), request, 46);
    }
    PullStream stream = new PullStream(exchange);
    try (Interruption interruption = new Interruption(exchange)) {
      for (Pushed pushed : services.imageRegistries().push(name, credentials(request), stream)) {
        stream.line(ProgressJson.line(out -> aux(out, pushed)));
      }
    } catch (IOException | RuntimeException e) {
      stream.failed(e);
      return;
    }
    stream.succeeded();
  }

  private static void aux(JsonOut out, Pushed pushed) {
    out.object("progressDetail", none -> {})
        .object(
            "aux",
            aux ->
                aux.text("Tag", pushed.tag())
                    .text("Digest", pushed.manifest().digest().toString())
                    .number("Size", pushed.manifest().size()));
  }

  private void distribution(Exchange exchange) throws IOException {
    Request request = exchange.request();
    Distribution found =
        services
            .imageRegistries()
            .distribution(ImageReference.parse(request.name("name")), credentials(request));
    exchange.json(
        JsonOut.object(
            out ->
                out.object(
                        "Descriptor",
                        descriptor ->
                            descriptor
                                .text("mediaType", found.descriptor().mediaType())
                                .text("digest", found.descriptor().digest().toString())
                                .number("size", found.descriptor().size()))
                    .objects("Platforms", found.platforms(), PlatformJson::write)));
  }

  private void login(Exchange exchange) throws IOException {
    Request request = exchange.request();
    JsonIn in = request.json();
    String token = in.text("identitytoken");
    String identity =
        services
            .imageRegistries()
            .login(
                in.text("serveraddress"),
                new Credentials(
                    in.text("username"),
                    in.text("password"),
                    token.isEmpty() ? null : token,
                    null));
    exchange.json(
        JsonOut.object(
            out ->
                out.text("Status", "Login Succeeded")
                    .text("IdentityToken", identity == null ? "" : identity)));
  }
}
