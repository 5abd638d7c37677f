package dev.felucca.registry.client;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAUTHORIZED;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.BlobSource;
import dev.felucca.kernel.transport.BlobStream;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.Manifest;
import dev.felucca.kernel.transport.RegistryTransport;
import dev.felucca.kernel.transport.SearchResult;
import dev.felucca.kernel.transport.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The registry protocol over the JDK's HTTP client; HTTP/2 where the registry speaks it. */
@Component(configurationPid = "transport.registry", service = RegistryTransport.class)
@Designate(ocd = RegistryConfig.class)
public final class RegistryClient implements RegistryTransport, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryClient.class);
  private static final int MOST_MOUNTS = 3;
  private static final int MOST_PAGES = 1000;
  private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;.*rel=\"?next\"?.*");
  private static final List<String> MANIFEST_TYPES =
      List.of(
          "application/vnd.oci.image.index.v1+json",
          "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.list.v2+json",
          "application/vnd.docker.distribution.manifest.v2+json",
          "application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1",
          "*/*;q=0.1");

  private final HttpDoor door;
  private final Requests requests;
  private final Endpoints endpoints;
  private final Tokens tokens;
  private final Authorizations authorizations;
  private final RegistrySettings settings;

  @Activate
  public RegistryClient(BundleContext context, RegistryConfig config) {
    this(
        RegistrySettings.of(config),
        context.getBundle().getVersion().toString(),
        Clock.systemUTC());
  }

  /** For use without OSGi. */
  public RegistryClient(RegistrySettings settings, String version) {
    this(settings, version, Clock.systemUTC());
  }

  RegistryClient(RegistrySettings settings, String version, Clock clock) {
    this.settings = settings;
    door = new HttpDoor(settings, "felucca/" + version);
    requests = new Requests(door, settings);
    endpoints = new Endpoints(requests, settings);
    tokens = new Tokens(requests, door, settings, clock);
    authorizations = new Authorizations(tokens);
  }

  @Override
  public String name() {
    return "registry";
  }

  @Deactivate
  @Override
  public void close() {
    door.close();
  }

  private Session session(ImageReference repository, String actions, @Nullable Credentials who)
      throws IOException {
    return session(repository.domain(), scope(repository.path(), actions), who);
  }

  private Session session(String domain, String scope, @Nullable Credentials who)
      throws IOException {
    return new Session(requests, endpoints, authorizations, endpoints.of(domain), scope, who);
  }

  private static String scope(String path, String actions) {
    return "repository:" + path + ":" + actions;
  }

  /** Something to be read from a registry, or from one of its mirrors. */
  private interface Reading<R> {
    R from(Session session) throws IOException;
  }

  /** From the first mirror that has it, else from the registry, whose refusal is what counts. */
  private <R> R nearest(ImageReference repository, @Nullable Credentials who, Reading<R> reading)
      throws IOException {
    for (Endpoints.Endpoint mirror : endpoints.mirrors(repository.domain())) {
      // Without credentials: they are for the registry, and its mirrors are somebody else's.
      String scope = scope(repository.path(), "pull");
      try {
        return reading.from(new Session(requests, endpoints, authorizations, mirror, scope, null));
      } catch (IOException | EngineException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LOG.info("mirror {} has no {}: {}", mirror.base(), repository.familiar(), e.getMessage());
      }
    }
    return reading.from(session(repository, "pull", who));
  }

  @Override
  public Manifest resolve(ImageReference reference, @Nullable Credentials who) throws IOException {
    return nearest(reference, who, session -> resolve(session, reference));
  }

  private static Manifest resolve(Session session, ImageReference reference) throws IOException {
    Answer answer = HttpDoor.read(session.ask(manifestPath(reference), b -> accept(b.GET())));
    if (answer.status() != 200) {
      throw RegistryErrors.of(answer, reference);
    }
    return new Manifest(
        Descriptor.of(mediaType(answer), verified(reference, answer), answer.body().length),
        answer.body());
  }

  @Override
  public Descriptor head(ImageReference reference, @Nullable Credentials who) throws IOException {
    return nearest(
        reference,
        who,
        session -> {
          Answer answer =
              HttpDoor.read(
                  session.ask(
                      manifestPath(reference),
                      b -> accept(b.method("HEAD", BodyPublishers.noBody()))));
          String digest = answer.header("Docker-Content-Digest", "");
          long size = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
          String type = answer.header("Content-Type", "").replaceFirst("\\s*;.*", "").strip();
          boolean told = answer.status() == 200 && size >= 0 && !type.isEmpty();
          return told && digest.startsWith("sha256:")
              ? Descriptor.of(type, Digest.parse(digest), size)
              // Whatever is wrong, an answer with a body says it better.
              : resolve(session, reference).descriptor();
        });
  }

  private static String manifestPath(ImageReference reference) {
    Digest digest = reference.digest();
    String name = digest != null ? digest.toString() : String.valueOf(reference.tag());
    return reference.path() + "/manifests/" + name;
  }

  private static HttpRequest.Builder accept(HttpRequest.Builder request) {
    return request.setHeader("Accept", String.join(", ", MANIFEST_TYPES));
  }

  private static Digest verified(ImageReference reference, Answer answer) {
    Digest claimed = reference.digest();
    String header = answer.header("Docker-Content-Digest", "");
    if (claimed == null && header.startsWith("sha256:")) {
      claimed = Digest.parse(header);
    }
    if (claimed == null) {
      return Digest.sha256(answer.body());
    }
    Digest actual =
        new Digest(
            claimed.algorithm(),
            java.util.HexFormat.of().formatHex(claimed.newHash().digest(answer.body())));
    if (!actual.equals(claimed)) {
      throw new EngineException(
          INVALID,
          "manifest of "
              + reference.familiar()
              + " is not what it claims: expected "
              + claimed
              + ", got "
              + actual);
    }
    return actual;
  }

  private static String mediaType(Answer answer) {
    String type = answer.header("Content-Type", "").replaceFirst("\\s*;.*", "").strip();
    if (!type.isEmpty() && !type.equals("application/json") && !type.startsWith("text/")) {
      return type;
    }
    try {
      return Json.parse(answer.body()).path("mediaType").asText(type);
    } catch (JsonProcessingException e) {
      return type; // whoever parses the manifest says what is wrong with it
    }
  }

  @Override
  public BlobStream pull(
      ImageReference repository, Descriptor blob, long offset, @Nullable Credentials who)
      throws IOException {
    return nearest(repository, who, session -> pull(session, repository, blob, offset));
  }

  private static BlobStream pull(
      Session session, ImageReference repository, Descriptor blob, long offset) throws IOException {
    UnaryOperator<HttpRequest.Builder> shape =
        b -> offset > 0 ? b.GET().setHeader("Range", "bytes=" + offset + "-") : b.GET();
    HttpResponse<InputStream> response = session.ask(blobPath(repository, blob.digest()), shape);
    return switch (response.statusCode()) {
      case 200 ->
          new BlobStream(
              response.body(), 0, response.headers().firstValueAsLong("Content-Length").orElse(-1));
      case 206 -> partial(response, offset);
      default -> throw RegistryErrors.of(HttpDoor.read(response), repository);
    };
  }

  private static BlobStream partial(HttpResponse<InputStream> response, long offset)
      throws IOException {
    String range = response.headers().firstValue("Content-Range").orElse("");
    Matcher matcher = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)").matcher(range);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) != offset) {
      response.body().close();
      throw new IOException(
          response.uri() + " answered a request from byte " + offset + " with range " + range);
    }
    String total = matcher.group(2);
    return new BlobStream(response.body(), offset, total.equals("*") ? -1 : Long.parseLong(total));
  }

  @Override
  public boolean has(ImageReference repository, Digest blob, @Nullable Credentials who)
      throws IOException {
    return has(session(repository, "pull", who), repository, blob);
  }

  private static boolean has(Session session, ImageReference repository, Digest blob)
      throws IOException {
    Answer answer =
        HttpDoor.read(
            session.ask(
                blobPath(repository, blob), b -> b.method("HEAD", BodyPublishers.noBody())));
    if (answer.status() == 200) {
      return true;
    }
    if (answer.status() == 404) {
      return false;
    }
    throw RegistryErrors.of(answer, repository);
  }

  @Override
  public Upload pushBlob(
      ImageReference repository,
      Descriptor blob,
      BlobSource content,
      List<String> mountFrom,
      @Nullable Credentials who)
      throws IOException {
    Session session = session(repository, "pull,push", who);
    if (has(session, repository, blob.digest())) {
      return new Upload(Upload.Kind.EXISTED, null);
    }
    for (String path : mountFrom.subList(0, Math.min(MOST_MOUNTS, mountFrom.size()))) {
      String both = scope(repository.path(), "pull,push") + " " + scope(path, "pull");
      Uploads uploads =
          new Uploads(door, requests, settings, session(repository.domain(), both, who));
      if (uploads.mount(repository, blob.digest(), path)) {
        return new Upload(Upload.Kind.MOUNTED, path);
      }
    }
    new Uploads(door, requests, settings, session).blob(repository, blob, content);
    return new Upload(Upload.Kind.SENT, null);
  }

  @Override
  public Digest pushManifest(ImageReference reference, Manifest manifest, @Nullable Credentials who)
      throws IOException {
    Uploads uploads = new Uploads(door, requests, settings, session(reference, "pull,push", who));
    return uploads.manifest(reference, manifest);
  }

  @Override
  public List<String> tags(ImageReference repository, @Nullable Credentials who)
      throws IOException {
    return nearest(repository, who, session -> tags(session, repository));
  }

  private static List<String> tags(Session session, ImageReference repository) throws IOException {
    List<String> tags = new ArrayList<>();
    String path = repository.path() + "/tags/list";
    for (int pages = 0; path != null; pages++) {
      if (pages == MOST_PAGES) {
        throw new EngineException(
            INVALID, repository.familiarName() + " has tags without end on its registry");
      }
      Answer answer = HttpDoor.read(session.ask(path, b -> b.GET()));
      if (answer.status() != 200) {
        throw RegistryErrors.of(answer, repository);
      }
      Json.parse(answer.body()).path("tags").forEach(tag -> tags.add(tag.asText()));
      path = next(session, answer);
    }
    return tags;
  }

  /** The next page, as a path under {@code /v2/}; pages of another host are not followed. */
  private static @Nullable String next(Session session, Answer answer) throws IOException {
    Matcher link = NEXT.matcher(answer.header("Link", ""));
    if (!link.matches()) {
      return null;
    }
    URI to = answer.uri().resolve(link.group(1));
    String prefix = session.at("").toString();
    if (!to.toString().startsWith(prefix) || to.equals(answer.uri())) {
      throw new IOException(answer.uri() + " continues at " + to);
    }
    return to.toString().substring(prefix.length());
  }

  @Override
  public List<SearchResult> search(String domain, String term, int limit, @Nullable Credentials who)
      throws IOException {
    boolean hub = domain.equals(ImageReference.DEFAULT_DOMAIN);
    URI base = hub ? URI.create("https://index.docker.io/") : endpoints.of(domain).base();
    URI uri =
        base.resolve(
            "v1/search?q=" + URLEncoder.encode(term, StandardCharsets.UTF_8) + "&n=" + limit);
    String basic = who == null ? null : Authorizations.basic(who);
    Answer answer =
        HttpDoor.read(
            requests.retrying("GET", uri, () -> requests.follow(uri, basic, b -> b.GET())));
    if (answer.status() == 200) {
      return found(answer);
    }
    if (hub || answer.status() >= 500) {
      throw new IOException("search on " + uri.getRawAuthority() + ": status " + answer.status());
    }
    return catalog(domain, term, limit, who);
  }

  private static List<SearchResult> found(Answer answer) throws IOException {
    List<SearchResult> found = new ArrayList<>();
    for (JsonNode result : Json.parse(answer.body()).path("results")) {
      found.add(
          new SearchResult(
              result.path("name").asText(),
              result.path("description").asText(""),
              result.path("star_count").asInt(),
              result.path("is_official").asBoolean(),
              result.path("is_automated").asBoolean()));
    }
    return found;
  }

  private List<SearchResult> catalog(
      String domain, String term, int limit, @Nullable Credentials who) throws IOException {
    Session session = session(domain, "registry:catalog:*", who);
    List<SearchResult> found = new ArrayList<>();
    String path = "_catalog?n=1000";
    for (int pages = 0; path != null && found.size() < limit && pages < MOST_PAGES; pages++) {
      Answer answer = HttpDoor.read(session.ask(path, b -> b.GET()));
      if (answer.status() != 200) {
        throw RegistryErrors.of(answer, new ImageReference(domain, "catalog", null, null));
      }
      for (JsonNode name : Json.parse(answer.body()).path("repositories")) {
        if (name.asText().contains(term) && found.size() < limit) {
          // With its registry, so that it can be pulled by this name.
          found.add(new SearchResult(domain + "/" + name.asText(), "", 0, false, false));
        }
      }
      path = next(session, answer);
    }
    return found;
  }

  @Override
  public @Nullable String login(String domain, Credentials who) throws IOException {
    Endpoints.Endpoint endpoint = endpoints.of(domain);
    Challenge bearer = Challenge.of(endpoint.challenges(), "bearer").orElse(null);
    if (bearer != null) {
      return tokens.login(bearer, who);
    }
    URI uri = endpoint.at("");
    String header = authorizations.header(endpoint.challenges(), "", who);
    Answer answer =
        HttpDoor.read(
            requests.retrying("GET", uri, () -> requests.follow(uri, header, b -> b.GET())));
    if (answer.status() == 401 || answer.status() == 403) {
      throw new EngineException(
          UNAUTHORIZED,
          "login attempt to "
              + uri
              + " failed with status: "
              + (answer.status() == 401 ? "401 Unauthorized" : "403 Forbidden"));
    }
    if (answer.status() != 200) {
      throw RegistryErrors.of(answer, new ImageReference(domain, "login", null, null));
    }
    return null;
  }

  private static String blobPath(ImageReference repository, Digest blob) {
    return repository.path() + "/blobs/" + blob;
  }
}
