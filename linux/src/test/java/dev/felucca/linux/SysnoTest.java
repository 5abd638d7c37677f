package dev.felucca.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of numbers against the kernel's own headers, where linux-libc-dev has put them. */
class SysnoTest {
  private static final Path X86_64 = Path.of("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
  private static final Path GENERIC = Path.of("/usr/include/asm-generic/unistd.h");
  private static final Pattern NUMBER =
      Pattern.compile("#define __NR(3264)?_(\\w+)\\s+(?:\\(?(\\d+)\\)?|__NR3264_(\\w+))");

  @Test
  void theNumbersOfX86AreTheHeaders() throws IOException {
    compare(X86_64, Arch.X86_64);
  }

  /** asm-generic is what aarch64 has; of names with two widths the 64 bit one counts. */
  @Test
  void theNumbersOfArmAreTheHeaders() throws IOException {
    compare(GENERIC, Arch.AARCH64);
  }

  private static void compare(Path header, Arch arch) throws IOException {
    assumeTrue(Files.exists(header), "no " + header + " here (package linux-libc-dev)");
    Map<String, Integer> there = numbers(header);
    Map<String, String> wrong = new TreeMap<>();
    int compared = 0;
    for (Sysno each : Sysno.values()) {
      Integer number = there.get(each.name().toLowerCase(Locale.ROOT));
      if (number == null) {
        continue; // newer than this header, or not of this architecture
      }
      compared++;
      if (!each.on(arch) || each.number(arch) != number) {
        wrong.put(each.name(), "is " + number + " in the header");
      }
    }
    assertEquals(Map.of(), wrong);
    assertEquals(true, compared > 250, compared + " compared");
  }

  private static Map<String, Integer> numbers(Path header) throws IOException {
    Map<String, Integer> numbers = new HashMap<>();
    Map<String, Integer> widths = new HashMap<>();
    for (String line : Files.readAllLines(header)) {
      Matcher matcher = NUMBER.matcher(line);
      if (!matcher.lookingAt()) continue;
      String name = matcher.group(2);
      if (matcher.group(1) != null) {
        widths.put(name, Integer.valueOf(matcher.group(3)));
      } else if (matcher.group(3) != null) {
        numbers.putIfAbsent(name, Integer.valueOf(matcher.group(3)));
      } else {
        // Both widths define a name each; the first one is that of 64 bits.
        Integer number = widths.get(matcher.group(4));
        if (number != null) numbers.putIfAbsent(name, number);
      }
    }
    return numbers;
  }
}
