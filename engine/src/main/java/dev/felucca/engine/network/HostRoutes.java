package dev.felucca.engine.network;

import dev.felucca.kernel.network.Cidr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The host's IPv4 routes, from {@code /proc/net/route} (proc_net(5)). */
final class HostRoutes {
  private HostRoutes() {}

  static List<Cidr> read() throws IOException {
    try {
      return parse(Files.readAllLines(Path.of("/proc/net/route")));
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** Every destination but the default route, which overlaps all. */
  static List<Cidr> parse(List<String> lines) {
    List<Cidr> routes = new ArrayList<>();
    for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      String[] fields = line.trim().split("\\s+");
      if (fields.length < 8) {
        continue;
      }
      // Both are in the processor's byte order, which is little-endian on everything Felucca runs
      // on.
      int destination = Integer.reverseBytes(Integer.parseUnsignedInt(fields[1], 16));
      int mask = Integer.reverseBytes(Integer.parseUnsignedInt(fields[7], 16));
      if (mask != 0) {
        routes.add(new Cidr(Ipv4Range.toAddress(destination), Integer.bitCount(mask)));
      }
    }
    return routes;
  }
}
