package dev.felucca.net.bridge;

import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.nftables.Family;
import dev.felucca.linux.nftables.Table;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Tells this engine's interfaces and table from those of another engine on the same host: each
 * interface carries the engine's name and the id of what it is for as its alias, which {@code ip
 * link} shows.
 *
 * @param name {@code felucca}, or {@code felucca-} and digits
 */
record Owner(String name) {
  private static final String USUAL_ROOT = "/var/lib/felucca";

  /** The engine with this data root; the usual one has the plain name. */
  static Owner of(String dataRoot) {
    if (dataRoot.isEmpty() || dataRoot.equals(USUAL_ROOT)) {
      return new Owner("felucca");
    }
    byte[] hash =
        dev.felucca.kernel.Digest.newSha256().digest(dataRoot.getBytes(StandardCharsets.UTF_8));
    return new Owner("felucca-" + HexFormat.of().formatHex(hash, 0, 4));
  }

  Table table() {
    return new Table(Family.INET, name);
  }

  String alias(String id) {
    return name + ":" + id;
  }

  /** The id that an interface of ours is for. */
  Optional<String> idOf(Link link) {
    String prefix = name + ":";
    return link.alias().startsWith(prefix)
        ? Optional.of(link.alias().substring(prefix.length()))
        : Optional.empty();
  }

  /** The host's end of a container's veth pair. */
  static String portName(String endpointId) {
    return "fel" + endpointId.substring(0, 12);
  }

  static boolean isPortName(String name) {
    return name.matches("fel[0-9a-f]{12}");
  }
}
