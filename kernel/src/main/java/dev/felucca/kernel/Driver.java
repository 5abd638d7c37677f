package dev.felucca.kernel;

import java.util.Map;
import java.util.Optional;

/**
 * What every driver answers, whatever it drives. A driver is reached by its name only; a container
 * remembers the names of its drivers, never the drivers. Constructing one never fails because the
 * host cannot do what it needs: it then answers {@link #unusable}. Drivers are called from many
 * threads at once.
 */
public interface Driver {
  /** In {@link #status}: what an administrator should know; clients show it as a warning. */
  String WARNING = "Warning";

  /**
   * In {@link #status} of a network driver: what filters its packets, as {@code nftables}; facts
   * about that begin with the same word.
   */
  String FIREWALL = "Firewall";

  /**
   * The name by which it is chosen, such as {@code overlay}; constant and unique among drivers of a
   * kind.
   */
  String name();

  /**
   * Why this driver cannot work on this host, or empty when it can. Cheap: probed once, then
   * remembered.
   */
  default Optional<String> unusable() {
    return Optional.empty();
  }

  /** Facts for people, in the order in which they are to be shown by {@code info}. */
  default Map<String, String> status() {
    return Map.of();
  }
}
