package dev.felucca.engine.network;

import dev.felucca.kernel.network.Cidr;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The host's routes, from {@code /proc/net/route} and {@code /proc/net/ipv6_route}. */
final class HostRoutes {
  private HostRoutes() {}

  static List<Cidr> read() throws IOException {
    List<Cidr> all = new ArrayList<>(parse(lines("/proc/net/route")));
    all.addAll(parse6(lines("/proc/net/ipv6_route")));
    return all;
  }

  private static List<String> lines(String file) throws IOException {
    try {
      return Files.readAllLines(Path.of(file));
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
      // Both are in the processor's byte order: little-endian on everything Felucca runs on.
      int destination = Integer.reverseBytes(Integer.parseUnsignedInt(fields[1], 16));
      int mask = Integer.reverseBytes(Integer.parseUnsignedInt(fields[7], 16));
      if (mask != 0) {
        BigInteger number = BigInteger.valueOf(Integer.toUnsignedLong(destination));
        routes.add(new Cidr(AddressNumbers.address(number, 4), Integer.bitCount(mask)));
      }
    }
    return routes;
  }

  /** As {@link #parse}, without what is on every host: loopback, link-local, multicast. */
  static List<Cidr> parse6(List<String> lines) {
    List<Cidr> routes = new ArrayList<>();
    for (String line : lines) {
      String[] fields = line.trim().split("\\s+");
      if (fields.length < 10) {
        continue;
      }
      int prefix = Integer.parseInt(fields[1], 16);
      BigInteger number = new BigInteger(fields[0], 16);
      Cidr route = new Cidr(AddressNumbers.address(number, 16), prefix);
      if (prefix != 0
          && !route.address().isLinkLocalAddress()
          && !route.address().isMulticastAddress()
          && !route.address().isLoopbackAddress()) {
        routes.add(route);
      }
    }
    return routes;
  }
}
