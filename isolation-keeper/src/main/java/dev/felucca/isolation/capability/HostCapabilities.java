package dev.felucca.isolation.capability;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this host can grant.
 *
 * @param known what the kernel has
 * @param available what the engine may hand on: known and in its own bounding set, which is less
 *     when the engine itself runs in a container
 */
public record HostCapabilities(Capabilities known, Capabilities available) {

  public HostCapabilities {
    available = available.and(known);
  }

  /** Reads {@code sys/kernel/cap_last_cap} and the bounding set of this process. */
  public static HostCapabilities probe() throws IOException {
    return read(Path.of("/proc"));
  }

  static HostCapabilities read(Path proc) throws IOException {
    // Not readString, which asks for a single byte of a file that says its size is 0: of a sysctl
    // that is a number, the kernel gives nothing after the first read.
    String number = Files.readAllLines(proc.resolve("sys/kernel/cap_last_cap")).get(0);
    int last = Integer.parseInt(number.trim());
    long known = last >= 63 ? -1 : (1L << (last + 1)) - 1;
    Path status = proc.resolve("self/status");
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("CapBnd:")) {
        long bounding = Long.parseUnsignedLong(line.substring(7).trim(), 16);
        return new HostCapabilities(new Capabilities(known), new Capabilities(bounding));
      }
    }
    throw new IOException("no CapBnd line in " + status);
  }
}
