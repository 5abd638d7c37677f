package dev.felucca.kernel.volume;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A volume as clients see it.
 *
 * @param mountpoint the directory on the host; empty while its driver is not there to ask
 * @param users ids of the containers that mount it, running or not
 */
public record VolumeDetails(
    String name,
    String driver,
    String mountpoint,
    Instant created,
    Map<String, String> labels,
    Map<String, String> options,
    boolean anonymous,
    List<String> users) {
  public VolumeDetails {
    labels = Map.copyOf(labels);
    options = Map.copyOf(options);
    users = List.copyOf(users);
  }
}
