package dev.felucca.registry.client;

import dev.felucca.kernel.ListSetting;
import dev.felucca.kernel.image.ImageReference;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How registries are spoken to.
 *
 * @param insecure hosts, with their port if it isn't the usual one, and ranges of addresses, that
 *     plain http may be spoken to and whose certificates aren't checked
 * @param connect how long to wait for a connection
 * @param silence how long a connection may say nothing before it is taken for dead
 * @param attempts how often one request is tried
 * @param backOff the wait before the second attempt; each later one is twice as long
 * @param mirrors by registry, what is asked before it, in order
 * @param certificates directories that hold a directory of certificates for a registry
 * @param proxies by way of whom registries are reached
 * @param chunk bytes of one piece of an upload; 0 sends it in one
 */
public record RegistrySettings(
    Set<String> insecure,
    Duration connect,
    Duration silence,
    int attempts,
    Duration backOff,
    Map<String, List<URI>> mirrors,
    List<Path> certificates,
    Proxies proxies,
    int chunk) {
  public static final RegistrySettings DEFAULTS =
      new RegistrySettings(
          Set.of(), Duration.ofSeconds(15), Duration.ofSeconds(30), 4, Duration.ofMillis(500));

  public RegistrySettings {
    insecure = Set.copyOf(insecure);
    mirrors = Map.copyOf(mirrors);
    certificates = List.copyOf(certificates);
  }

  /** Without mirrors, certificates and proxies. */
  public RegistrySettings(
      Set<String> insecure, Duration connect, Duration silence, int attempts, Duration backOff) {
    this(insecure, connect, silence, attempts, backOff, Map.of(), List.of(), Proxies.NONE, 0);
  }

  static RegistrySettings of(RegistryConfig config) {
    List<Path> certificates = new ArrayList<>();
    for (String directory : ListSetting.of(config.certificates())) {
      certificates.add(Path.of(directory));
    }
    return new RegistrySettings(
        Set.copyOf(ListSetting.of(config.insecure())),
        Duration.ofSeconds(config.connectTimeout()),
        Duration.ofSeconds(config.silenceTimeout()),
        Math.max(1, config.attempts()),
        DEFAULTS.backOff(),
        mirrors(ListSetting.of(config.mirrors()).toArray(String[]::new)),
        certificates,
        Proxies.of(config, System.getenv()),
        Math.max(0, config.uploadChunk()));
  }

  /** {@code URL} is a mirror of Docker's own registry, {@code HOST=URL} one of another. */
  static Map<String, List<URI>> mirrors(String... words) {
    Map<String, List<URI>> mirrors = new LinkedHashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      int colon = word.indexOf("://");
      boolean named = equals > 0 && (colon < 0 || equals < colon);
      String host = named ? word.substring(0, equals) : ImageReference.DEFAULT_DOMAIN;
      String address = named ? word.substring(equals + 1) : word;
      URI uri = URI.create(address.endsWith("/") ? address : address + "/");
      if (uri.getHost() == null
          || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        throw new IllegalArgumentException("mirror " + word + " is no http or https address");
      }
      mirrors.computeIfAbsent(host, key -> new ArrayList<>()).add(uri);
    }
    return mirrors;
  }

  /** True when plain http may be spoken to {@code host}, a name with or without a port. */
  boolean plainAllowed(String host) {
    return unverified(host)
        || mirrors.values().stream()
            .flatMap(List::stream)
            .anyMatch(uri -> uri.getScheme().equals("http") && host.equals(uri.getRawAuthority()));
  }

  /** True when certificates of {@code host}, a name with or without a port, aren't checked. */
  boolean unverified(String host) {
    return insecure.contains(host)
        || insecure.contains(name(host))
        || loopback(host)
        || insecure.stream().anyMatch(word -> Proxies.inRange(name(host), word));
  }

  /** By its spelling: a name that somebody's DNS answers with 127.0.0.1 isn't meant. */
  static boolean loopback(String host) {
    String name = name(host).toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.equals("[::1]")
        || name.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }

  private static String name(String host) {
    return host.replaceFirst(":\\d+$", "");
  }
}
