package dev.felucca.rest.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/** What {@code info} says of the host and no service knows: read from /proc and /sys. */
final class HostFacts {
  private static final Path CGROUP_V2 = Path.of("/sys/fs/cgroup/cgroup.controllers");
  private static final Path CGROUP_V1 = Path.of("/proc/cgroups");
  private static final Path MEMORY_SWAP =
      Path.of("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes");

  private HostFacts() {}

  /** Controllers of this host, of either cgroup version. */
  static Set<String> controllers() {
    Set<String> controllers = new HashSet<>();
    String unified = read(CGROUP_V2);
    if (!unified.isEmpty()) {
      controllers.addAll(Set.of(unified.split("\\s+")));
      return controllers;
    }
    for (String line : read(CGROUP_V1).split("\n")) {
      String[] fields = line.split("\\s+");
      if (fields.length == 4 && !line.startsWith("#") && fields[3].equals("1")) {
        controllers.add(fields[0]);
      }
    }
    return controllers;
  }

  /** True when swap can be limited: always with version 2, by a boot option with version 1. */
  static boolean swapLimit() {
    return Files.exists(CGROUP_V2) ? controllers().contains("memory") : Files.exists(MEMORY_SWAP);
  }

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
