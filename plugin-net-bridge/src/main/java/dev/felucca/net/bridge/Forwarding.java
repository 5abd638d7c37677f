package dev.felucca.net.bridge;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's permission to pass packets between interfaces, without which no container reaches
 * beyond it.
 */
final class Forwarding {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarding.class);
  private static final Path IPV4 = Path.of("/proc/sys/net/ipv4/ip_forward");
  private static final Path IPV6_INTERFACES = Path.of("/proc/sys/net/ipv6/conf");
  private static final Path IPV6 = IPV6_INTERFACES.resolve("all/forwarding");

  private Forwarding() {}

  static boolean isOn() throws IOException {
    return holds(IPV4, "1");
  }

  static boolean isOn6() throws IOException {
    return holds(IPV6, "1");
  }

  private static boolean holds(Path setting, String value) throws IOException {
    return Files.exists(setting) && Files.readString(setting).strip().equals(value);
  }

  /**
   * Switches it on and says so; it is not switched off again, since others may rely on it by then.
   */
  static void on(boolean ipv6) throws IOException {
    if (!isOn()) {
      Files.writeString(IPV4, "1");
      LOG.warn("switched on net.ipv4.ip_forward: containers need it to reach other hosts");
    }
    if (ipv6 && !isOn6()) {
      keepAdvertisements();
      Files.writeString(IPV6, "1");
      LOG.warn("switched on net.ipv6.conf.all.forwarding: containers need it to reach other hosts");
    }
  }

  /**
   * A host that forwards takes no more routes from its router, unless told to: it has its own so.
   */
  private static void keepAdvertisements() throws IOException {
    try (DirectoryStream<Path> interfaces = Files.newDirectoryStream(IPV6_INTERFACES)) {
      for (Path one : interfaces) {
        Path accept = one.resolve("accept_ra");
        String name = String.valueOf(one.getFileName());
        if (!name.equals("all") && !name.equals("default") && holds(accept, "1")) {
          Files.writeString(accept, "2");
          LOG.info("set net.ipv6.conf.{}.accept_ra to 2: its routes stay when it forwards", name);
        }
      }
    }
  }

  /**
   * Has the host answer for containers of the bridge that do not see each other, so that what they
   * send each other passes its rules (proxy_arp_pvlan in the kernel's ip-sysctl).
   */
  static void throughHost(String bridge) throws IOException {
    Path setting = Path.of("/proc/sys/net/ipv4/conf", bridge, "proxy_arp_pvlan");
    if (!holds(setting, "1")) {
      Files.writeString(setting, "1");
    }
  }

  /**
   * Lets what the host's own programs send to 127.0.0.1 be redirected to containers of the bridge.
   */
  static void fromLoopback(String bridge) throws IOException {
    Path setting = Path.of("/proc/sys/net/ipv4/conf", bridge, "route_localnet");
    if (!holds(setting, "1")) {
      Files.writeString(setting, "1");
    }
  }
}
