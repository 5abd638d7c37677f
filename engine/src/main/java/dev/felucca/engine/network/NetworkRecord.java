package dev.felucca.engine.network;

import dev.felucca.kernel.network.NetworkSpec;
import java.time.Instant;
import java.util.Map;

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
    Map<String, String> labels) {}
