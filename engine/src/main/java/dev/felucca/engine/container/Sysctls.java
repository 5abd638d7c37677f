package dev.felucca.engine.container;

import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.kernel.isolation.Namespaces.Source;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kernel settings of a container: those asked for, and Docker's own for a network of its own. */
final class Sysctls {
  /** Users other than root may open low ports and send pings in a network that is theirs alone. */
  private static final Map<String, String> OF_A_NETWORK =
      Map.of("net.ipv4.ip_unprivileged_port_start", "0");

  private static final String PING = "net.ipv4.ping_group_range";

  private Sysctls() {}

  static Map<String, String> of(HostConfig host, Source network) {
    Map<String, String> all = new HashMap<>(host.sysctls());
    if (network.kind() == Kind.PRIVATE) {
      Map<String, String> own = new HashMap<>(OF_A_NETWORK);
      own.put(PING, "0 " + lastGroup(host.users()));
      own.forEach(
          (name, value) -> {
            if (Files.exists(Path.of("/proc/sys", name.replace('.', '/')))) {
              all.putIfAbsent(name, value);
            }
          });
    }
    return all;
  }

  /** A range of groups begins and ends with such as there are. */
  private static long lastGroup(@Nullable IdMapping users) {
    return users == null
        ? Integer.MAX_VALUE
        : users.gids().stream()
            .filter(range -> range.container() == 0)
            .mapToLong(range -> range.length() - 1)
            .findFirst()
            .orElse(0);
  }
}
