package dev.felucca.engine.network;

import dev.felucca.kernel.network.NetworkSpec;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * A network as it is kept on disk.
 *
 * @param driver the name of its driver
 */
public record NetworkRecord(
    NetworkSpec spec,
    String driver,
    Instant created,
    boolean attachable,
    Map<String, String> labels,
    Map<String, String> ipamOptions) {
  public NetworkRecord {
    // Absent in files of engines that did not know them.
    ipamOptions = ipamOptions == null ? Map.of() : Map.copyOf(ipamOptions);
  }

  /** {@code bridge}, {@code host} and {@code none}, which are always there. */
  public boolean predefined() {
    return Set.of("bridge", "host", "none").contains(spec.name());
  }
}
