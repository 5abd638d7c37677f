package dev.felucca.kernel.volume;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/**
 * A volume as its driver knows it.
 *
 * @param path the directory on the host that holds its files while it is mounted; it never changes
 * @param options what it was created with
 */
public record VolumeInfo(String name, Path path, Instant created, Map<String, String> options) {
  public VolumeInfo {
    options = Map.copyOf(options);
  }
}
