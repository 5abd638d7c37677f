package dev.felucca.registry.client;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/**
 * How registries are spoken to.
 *
 * @param insecure hosts, with their port if it isn't the usual one, that plain http may be spoken
 *     to and whose certificates aren't checked
 * @param connect how long to wait for a connection
 * @param silence how long a connection may say nothing before it is taken for dead
 * @param attempts how often one request is tried
 * @param backOff the wait before the second attempt; each later one is twice as long
 */
public record RegistrySettings(
    Set<String> insecure, Duration connect, Duration silence, int attempts, Duration backOff) {
  public static final RegistrySettings DEFAULTS =
      new RegistrySettings(
          Set.of(), Duration.ofSeconds(15), Duration.ofSeconds(30), 4, Duration.ofMillis(500));

  static RegistrySettings of(RegistryConfig config) {
    return new RegistrySettings(
        Set.of(config.insecure()),
        Duration.ofSeconds(config.connectTimeout()),
        Duration.ofSeconds(config.silenceTimeout()),
        Math.max(1, config.attempts()),
        DEFAULTS.backOff());
  }

  /** True when plain http may be spoken to {@code host}, a name with or without a port. */
  boolean plainAllowed(String host) {
    return insecure.contains(host) || insecure.contains(name(host)) || loopback(host);
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
