package dev.felucca.registry.client;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNREACHABLE;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageReference;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a registry is and how it wants to be spoken to, found out once by asking its {@code /v2/}.
 */
final class Endpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);
  private static final long MIRROR_PATIENCE = TimeUnit.SECONDS.toNanos(30);

  /**
   * @param base scheme and authority, ending in a slash
   * @param challenges what it asks of whoever comes without credentials; empty when nothing
   */
  record Endpoint(String domain, URI base, List<Challenge> challenges) {
    URI at(String path) {
      return base.resolve("v2/" + path);
    }
  }

  private final Requests requests;
  private final RegistrySettings settings;
  private final Map<String, Endpoint> known = new ConcurrentHashMap<>();
  private final Map<String, Long> unreachable = new ConcurrentHashMap<>();

  Endpoints(Requests requests, RegistrySettings settings) {
    this.requests = requests;
    this.settings = settings;
  }

  /** UNREACHABLE, with address and reason, when the registry cannot be reached. */
  Endpoint of(String domain) throws IOException {
    Endpoint there = known.get(domain);
    if (there == null) {
      there = find(domain);
      known.put(domain, there);
    }
    return there;
  }

  /** The mirrors of a registry that can be reached, in the order in which they are configured. */
  List<Endpoint> mirrors(String domain) throws IOException {
    List<Endpoint> found = new ArrayList<>();
    for (URI base : settings.mirrors().getOrDefault(domain, List.of())) {
      String key = "mirror " + base;
      Endpoint there = known.get(key);
      Long failed = unreachable.get(key);
      if (there == null && (failed == null || System.nanoTime() - failed > MIRROR_PATIENCE)) {
        try {
          there = ping(key, base);
        } catch (EngineException e) {
          LOG.warn("mirror {} of {} is passed over: {}", base, domain, e.getMessage());
        }
        if (there == null) {
          unreachable.put(key, System.nanoTime());
        } else {
          known.put(key, there);
        }
      }
      if (there != null) {
        found.add(there);
      }
    }
    return found;
  }

  /** Forgets it, so that the next request asks again: it could not be reached. */
  void forget(Endpoint endpoint) {
    known.remove(endpoint.domain(), endpoint);
  }

  private Endpoint find(String domain) throws IOException {
    String host = domain.equals(ImageReference.DEFAULT_DOMAIN) ? "registry-1.docker.io" : domain;
    List<String> schemes =
        RegistrySettings.loopback(host)
            ? List.of("http", "https")
            : settings.plainAllowed(host) ? List.of("https", "http") : List.of("https");
    EngineException failure = null;
    for (String scheme : schemes) {
      URI base = address(scheme, host);
      try {
        Endpoint endpoint = ping(domain, base);
        if (endpoint != null) {
          return endpoint;
        }
      } catch (EngineException e) {
        // The first word is the one that counts: nothing listening is the same by either scheme.
        failure = failure == null ? e : failure;
      }
    }
    throw failure != null
        ? failure
        : new EngineException(UNREACHABLE, host + " is not a registry of version 2");
  }

  private static URI address(String scheme, String host) {
    URI address;
    try {
      address = new URI(scheme + "://" + host + "/");
    } catch (URISyntaxException e) {
      throw new EngineException(INVALID, "invalid registry address: " + host, e);
    }
    if (address.getHost() == null) {
      throw new EngineException(INVALID, "invalid registry address: " + host);
    }
    return address;
  }

  private @org.jspecify.annotations.Nullable Endpoint ping(String domain, URI base)
      throws IOException {
    URI uri = base.resolve("v2/");
    Answer answer;
    try {
      // Not tried again: somebody is waiting to hear that the address is wrong.
      HttpResponse<java.io.InputStream> response = requests.follow(uri, null, b -> b.GET());
      answer = HttpDoor.read(response);
    } catch (IOException e) {
      throw Requests.failed("GET", uri, e);
    }
    // A TLS server answers plain http with 400; some registries answer their root with 404 or 403.
    if (answer.status() == 400 && base.getScheme().equals("http")) {
      return null;
    }
    return new Endpoint(domain, base, answer.status() == 401 ? answer.challenges() : List.of());
  }
}
