package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.filter.Filters;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImageRegistries;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.Manifest;
import dev.felucca.kernel.transport.RegistryTransport;
import dev.felucca.kernel.transport.SearchResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What is done with registries. */
@Component(service = ImageRegistries.class)
public final class ImageRegistryService implements ImageRegistries {
  private static final Set<String> SEARCH_FILTERS = Set.of("stars", "is-official", "is-automated");
  private static final int USUAL_RESULTS = 25;
  private static final int MOST_RESULTS = 100;

  private final ImageCore core;
  private final Images images;

  @Activate
  public ImageRegistryService(@Reference ImageCore core, @Reference Images images) {
    this.core = core;
    this.images = images;
  }

  private interface Ask<R> {
    R of(RegistryTransport transport) throws IOException;
  }

  private <R> R ask(Ask<R> ask) throws IOException {
    return core.drivers.transports().use(BlobDownload.TRANSPORT, ask::of);
  }

  @Override
  public List<ImageDetails> pullAllTags(PullRequest request, ProgressListener progress)
      throws IOException {
    ImageReference repository = request.reference();
    List<ImageDetails> pulled = new ArrayList<>();
    for (String tag : ask(t -> t.tags(repository, request.credentials()))) {
      pulled.add(
          images.pull(
              new PullRequest(repository.withTag(tag), request.platform(), request.credentials()),
              progress));
    }
    return pulled;
  }

  @Override
  public List<Pushed> push(
      ImageReference reference, @Nullable Credentials credentials, ProgressListener progress)
      throws IOException {
    return new ImagePush(core, credentials, progress).push(reference);
  }

  @Override
  public Distribution distribution(ImageReference reference, @Nullable Credentials credentials)
      throws IOException {
    ImageReference full = reference.withDefaultTag();
    Manifest top = ask(t -> t.resolve(full, credentials));
    List<Platform> platforms = new ArrayList<>();
    Manifests.Content content = Manifests.parse(top, full.familiar());
    if (content instanceof Manifests.Index index) {
      index.manifests().stream()
          .map(Descriptor::platform)
          .filter(platform -> platform != null && !platform.os().equals("unknown"))
          .forEach(platforms::add);
    } else if (content instanceof Manifests.Image image) {
      platforms.add(platform(full, image.config(), credentials));
    }
    return new Distribution(top.descriptor(), platforms);
  }

  private Platform platform(
      ImageReference reference, Descriptor config, @Nullable Credentials credentials)
      throws IOException {
    if (config.size() > Blobs.LARGEST) {
      throw Blobs.tooLarge("configuration of " + reference.familiar());
    }
    byte[] bytes =
        ask(
            t -> {
              ByteArrayOutputStream out = new ByteArrayOutputStream();
              try (InputStream in = t.pull(reference, config, 0, credentials).stream()) {
                out.write(in.readNBytes((int) config.size()));
              }
              return out.toByteArray();
            });
    return ImageConfigs.parse(bytes, reference.familiar()).platform();
  }

  @Override
  public List<SearchResult> search(
      String term, int limit, Map<String, List<String>> filters, @Nullable Credentials credentials)
      throws IOException {
    int most = limit == 0 ? USUAL_RESULTS : limit;
    if (most < 1 || most > MOST_RESULTS) {
      throw new EngineException(
          INVALID, "limit " + limit + " is outside the range of [1, " + MOST_RESULTS + "]");
    }
    Filters.check(filters, SEARCH_FILTERS);
    int stars = stars(filters.getOrDefault("stars", List.of()));
    Boolean official = flag(filters, "is-official");
    Boolean automated = flag(filters, "is-automated");
    String domain = ImageReference.DEFAULT_DOMAIN;
    String words = term;
    int slash = term.indexOf('/');
    if (slash > 0 && term.substring(0, slash).matches(".*[.:].*|localhost")) {
      domain = term.substring(0, slash);
      words = term.substring(slash + 1);
    }
    String registry = domain;
    String asked = words;
    return ask(t -> t.search(registry, asked, most, credentials)).stream()
        .filter(result -> result.starCount() >= stars)
        .filter(result -> official == null || result.official() == official)
        .filter(result -> automated == null || result.automated() == automated)
        .limit(most)
        .toList();
  }

  private static int stars(List<String> values) {
    int most = Integer.MIN_VALUE;
    for (String value : values) {
      if (!value.matches("-?[0-9]{1,9}")) {
        throw new EngineException(INVALID, "invalid filter 'stars=" + value + "'");
      }
      most = Math.max(most, Integer.parseInt(value));
    }
    return most;
  }

  private static @Nullable Boolean flag(Map<String, List<String>> filters, String key) {
    List<String> values = filters.getOrDefault(key, List.of());
    if (values.isEmpty()) {
      return null;
    }
    return switch (values.get(0)) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw new EngineException(INVALID, "invalid filter '" + key + "=" + values + "'");
    };
  }

  @Override
  public @Nullable String login(String server, Credentials credentials) throws IOException {
    String host = server.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    boolean hub =
        host.isEmpty() || host.equals("index.docker.io") || host.equals("registry-1.docker.io");
    String domain = hub ? ImageReference.DEFAULT_DOMAIN : host;
    return core.drivers
        .transports()
        .use(BlobDownload.TRANSPORT, t -> Optional.ofNullable(t.login(domain, credentials)))
        .orElse(null);
  }
}
