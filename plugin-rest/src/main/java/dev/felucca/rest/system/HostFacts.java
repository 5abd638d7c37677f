package dev.felucca.rest.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What {@code info} says of the host and no service knows: read from /proc and /sys. */
final class HostFacts {
  private HostFacts() {}

  static boolean forwarding() {
    return read(Path.of("/proc/sys/net/ipv4/ip_forward")).equals("1");
  }

  /** Open file descriptors of this process. */
  static int descriptors() {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return (int) files.count();
    } catch (IOException e) {
      return 0;
    }
  }

  /** An environment variable in either case. */
  static String environment(String name) {
    String value = System.getenv(name);
    if (value == null) {
      value = System.getenv(name.toLowerCase(java.util.Locale.ROOT));
    }
    return value == null ? "" : value;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    } catch (IOException absent) {
      return "";
    }
  }
}
