package dev.felucca.engine.volume;

import java.time.Instant;
import java.util.Map;

/**
 * What the engine knows of a volume besides its driver: {@code volume-records/NAME.json}.
 *
 * @param anonymous made for a container that gave no name
 */
record VolumeRecord(
    String name,
    String driver,
    Instant created,
    Map<String, String> labels,
    Map<String, String> options,
    boolean anonymous) {}
