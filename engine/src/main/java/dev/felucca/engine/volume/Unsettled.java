package dev.felucca.engine.volume;

import java.util.Objects;

/**
 * A volume that is being made; or one that nobody named, while its container is being made, or
 * removed with it: what there is to tell, after a crash, whether it may go.
 *
 * @param container the id of that container; empty for a volume that is made for itself
 */
record Unsettled(String volume, String driver, String container) {
  Unsettled {
    Objects.requireNonNull(volume, "volume");
    Objects.requireNonNull(driver, "driver");
    Objects.requireNonNull(container, "container");
  }
}
