package dev.felucca.isolation.seccomp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/** System call numbers by name, for each architecture; those of Linux 6.17. */
final class SyscallTable {
  private static final Map<SeccompArch, Map<String, Integer>> TABLES = load("syscalls.txt");

  private SyscallTable() {}

  /** The number as the filter sees it (x32 with its bit); empty where the call doesn't exist. */
  static OptionalInt number(SeccompArch arch, String name) {
    Integer number = names(arch).get(name);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  static Map<String, Integer> names(SeccompArch arch) {
    return Objects.requireNonNull(TABLES.get(arch));
  }

  private static Map<SeccompArch, Map<String, Integer>> load(String resource) {
    Map<SeccompArch, Map<String, Integer>> tables = new EnumMap<>(SeccompArch.class);
    for (SeccompArch arch : SeccompArch.values()) tables.put(arch, new HashMap<>());
    try (InputStream in = SyscallTable.class.getResourceAsStream(resource)) {
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  Objects.requireNonNull(in, resource), StandardCharsets.US_ASCII));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("#")) continue;
        String[] columns = line.split(" ", -1);
        for (SeccompArch arch : SeccompArch.values()) {
          String number = columns[1 + arch.ordinal()];
          if (number.equals("-")) continue;
          Objects.requireNonNull(tables.get(arch))
              .put(columns[0], Integer.parseInt(number) + arch.firstNumber());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("read " + resource, e);
    }
    return tables;
  }
}
