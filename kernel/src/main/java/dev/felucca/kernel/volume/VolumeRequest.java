package dev.felucca.kernel.volume;

import java.util.Map;

/**
 * A volume that a client wants.
 *
 * @param name empty for an anonymous one
 * @param driver empty for {@code local}
 */
public record VolumeRequest(
    String name, String driver, Map<String, String> options, Map<String, String> labels) {
  public VolumeRequest {
    options = Map.copyOf(options);
    labels = Map.copyOf(labels);
  }
}
