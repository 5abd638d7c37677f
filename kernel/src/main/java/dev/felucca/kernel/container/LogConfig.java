package dev.felucca.kernel.container;

import java.util.Map;

/** Which log driver keeps the output, with its options; an empty type is the engine's default. */
public record LogConfig(String type, Map<String, String> config) {
  public static final LogConfig DEFAULT = new LogConfig("", Map.of());
}
