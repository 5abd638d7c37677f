package dev.felucca.registry.client;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAUTHORIZED;

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
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/** The registry protocol over the JDK's HTTP client; HTTP/2 where the registry speaks it. */
@Component(configurationPid = "transport.registry", service = RegistryTransport.class)
@Designate(ocd = RegistryConfig.class)
public final class RegistryClient implements RegistryTransport, AutoCloseable {
  private static final int MOST_MOUNTS = 3;

  /** Of all tags of a repository as JSON: they are in memory at once. */
  private static final long LONGEST_TAGS = 8 << 20;

  private final HttpDoor door;
  private final Requests requests;
  private final Endpoints endpoints;
  private final Tokens tokens;
  private final Authorizations authorizations;
  private final Sessions sessions;
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
    sessions = new Sessions(requests, endpoints, authorizations);
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

  @Override
  public Manifest resolve(ImageReference reference, @Nullable Credentials who) throws IOException {
    return sessions.nearest(reference, who, session -> new Manifests(session).get(reference));
  }

  @Override
  public Descriptor head(ImageReference reference, @Nullable Credentials who) throws IOException {
    return sessions.nearest(reference, who, session -> new Manifests(session).head(reference));
  }

  @Override
  public BlobStream pull(
      ImageReference repository, Descriptor blob, long offset, @Nullable Credentials who)
      throws IOException {
    return sessions.nearest(
        repository, who, session -> new Blobs(session, repository).open(blob.digest(), offset));
  }

  @Override
  public boolean has(ImageReference repository, Digest blob, @Nullable Credentials who)
      throws IOException {
    return new Blobs(sessions.toPull(repository, who), repository).has(blob);
  }

  @Override
  public Upload pushBlob(
      ImageReference repository,
      Descriptor blob,
      BlobSource content,
      List<String> mountFrom,
      @Nullable Credentials who)
      throws IOException {
    Session session = sessions.toPush(repository, who);
    if (new Blobs(session, repository).has(blob.digest())) {
      return new Upload(Upload.Kind.EXISTED, null);
    }
    for (String path : mountFrom.subList(0, Math.min(MOST_MOUNTS, mountFrom.size()))) {
      Uploads uploads = uploads(sessions.toMount(repository, path, who));
      if (uploads.mount(repository, blob.digest(), path)) {
        return new Upload(Upload.Kind.MOUNTED, path);
      }
    }
    uploads(session).blob(repository, blob, content);
    return new Upload(Upload.Kind.SENT, null);
  }

  @Override
  public Digest pushManifest(ImageReference reference, Manifest manifest, @Nullable Credentials who)
      throws IOException {
    return uploads(sessions.toPush(reference, who)).manifest(reference, manifest);
  }

  private Uploads uploads(Session session) {
    return new Uploads(door, requests, settings, session);
  }

  @Override
  public List<String> tags(ImageReference repository, @Nullable Credentials who)
      throws IOException {
    return sessions.nearest(repository, who, session -> tags(session, repository));
  }

  private static List<String> tags(Session session, ImageReference repository) throws IOException {
    Pages pages = new Pages(session, repository, repository.path() + "/tags/list");
    List<String> tags = new ArrayList<>();
    long length = 0;
    for (int n = 0; n < Pages.MOST; n++) {
      JsonNode page = pages.next();
      if (page == null) {
        return tags;
      }
      for (JsonNode tag : page.path("tags")) {
        tags.add(tag.asText());
        length += tag.asText().length() + "\"\",".length();
      }
      if (length > LONGEST_TAGS) {
        break;
      }
    }
    throw new EngineException(
        INVALID, repository.familiarName() + " has tags without end on its registry");
  }

  @Override
  public List<SearchResult> search(String domain, String term, int limit, @Nullable Credentials who)
      throws IOException {
    return new Search(requests, endpoints, sessions).find(domain, term, limit, who);
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
}
