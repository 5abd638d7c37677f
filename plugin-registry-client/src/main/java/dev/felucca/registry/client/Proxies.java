package dev.felucca.registry.client;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which proxy a registry is reached by, as {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code
 * NO_PROXY} say: words between commas that are a host with what is below it, a range of addresses,
 * or {@code *}. Loopback is never asked through a proxy.
 *
 * @param http {@code http://HOST:PORT} or {@code HOST:PORT} for plain requests, empty for none
 * @param https the same for encrypted ones
 */
public record Proxies(String http, String https, String without) {
  public static final Proxies NONE = new Proxies("", "", "");
  private static final Logger LOG = LoggerFactory.getLogger(Proxies.class);

  /** What is configured, else what the environment says. */
  static Proxies of(RegistryConfig config, Map<String, String> environment) {
    return new Proxies(
        first(config.httpProxy(), environment, "HTTP_PROXY"),
        first(config.httpsProxy(), environment, "HTTPS_PROXY"),
        first(config.noProxy(), environment, "NO_PROXY"));
  }

  private static String first(String configured, Map<String, String> environment, String name) {
    if (!configured.isEmpty()) {
      return configured;
    }
    String upper = environment.getOrDefault(name, "");
    return upper.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : upper;
  }

  ProxySelector selector() {
    return new ProxySelector() {
      @Override
      public List<Proxy> select(URI uri) {
        return List.of(Proxies.this.of(uri));
      }

      @Override
      public void connectFailed(URI uri, SocketAddress proxy, IOException failure) {
        LOG.warn("proxy {} cannot be reached: {}", proxy, failure.getMessage());
      }
    };
  }

  Proxy of(URI uri) {
    String address = "https".equals(uri.getScheme()) ? https : http;
    String host = String.valueOf(uri.getHost());
    if (address.isEmpty() || RegistrySettings.loopback(host) || direct(host, uri.getPort())) {
      return Proxy.NO_PROXY;
    }
    URI proxy = URI.create(address.contains("://") ? address : "http://" + address);
    if (proxy.getHost() == null) {
      throw new EngineException(
          EngineException.Kind.INVALID, "proxy \"" + address + "\" is no address");
    }
    int port = proxy.getPort() >= 0 ? proxy.getPort() : 80;
    return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.getHost(), port));
  }

  private boolean direct(String host, int port) {
    for (String word : without.toLowerCase(Locale.ROOT).split("[,\\s]+")) {
      String name = word.startsWith("*.") ? word.substring(1) : word;
      if (name.equals("*") || inRange(host, name)) {
        return true;
      }
      if (port >= 0 && name.endsWith(":" + port)) {
        name = name.substring(0, name.lastIndexOf(':'));
      }
      String bare = name.startsWith(".") ? name.substring(1) : name;
      String lower = host.toLowerCase(Locale.ROOT);
      if (!bare.isEmpty() && (lower.equals(bare) || lower.endsWith("." + bare))) {
        return true;
      }
    }
    return false;
  }

  /**
   * True when {@code host} is written as an address and lies in {@code range}, such as 10.0.0.0/8.
   */
  static boolean inRange(String host, String range) {
    boolean address = host.matches("[0-9.]+") || (host.startsWith("[") && host.endsWith("]"));
    if (!address || range.indexOf('/') < 0) {
      return false;
    }
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    try {
      return Cidr.parse(range).contains(Cidr.address(bare));
    } catch (EngineException e) {
      return false; // not a range, or not an address after all
    }
  }
}
