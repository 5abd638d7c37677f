package dev.felucca.rest.container;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a port that is published at every address can be had by IPv6, too. */
public final class HostIpv6 {
  private static final Path ADDRESSES = Path.of("/proc/net/if_inet6");
  private static final String LOOPBACK = "0".repeat(31) + "1 ";

  private HostIpv6() {}

  /** Asked of {@code ::1}, as Docker does: a host may have the protocol and no address. */
  public static boolean there() {
    try {
      return Files.readString(ADDRESSES, StandardCharsets.ISO_8859_1)
          .lines()
          .anyMatch(line -> line.startsWith(LOOPBACK));
    } catch (IOException none) {
      return false;
    }
  }
}
