package dev.felucca.net.bridge;

import java.io.IOException;
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

  private Forwarding() {}

  static boolean isOn() throws IOException {
    return Files.readString(IPV4).strip().equals("1");
  }

  /**
   * Switches it on and says so; it is not switched off again, since others may rely on it by then.
   */
  static void on() throws IOException {
    if (!isOn()) {
      Files.writeString(IPV4, "1");
      LOG.warn("switched on net.ipv4.ip_forward: containers need it to reach other hosts");
    }
  }

  /**
   * Lets what the host's own programs send to 127.0.0.1 be redirected to containers of the bridge.
   */
  static void fromLoopback(String bridge) throws IOException {
    Path setting = Path.of("/proc/sys/net/ipv4/conf", bridge, "route_localnet");
    if (!Files.readString(setting).strip().equals("1")) {
      Files.writeString(setting, "1");
    }
  }
}
