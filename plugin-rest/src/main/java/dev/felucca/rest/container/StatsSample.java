package dev.felucca.rest.container;

import dev.felucca.kernel.isolation.ContainerStats;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One reading for the API.
 *
 * @param stats null while the container doesn't run
 */
record StatsSample(
    @Nullable ContainerStats stats,
    long hostCpu,
    int cpus,
    Map<String, HostUse.Interface> interfaces) {
  static final StatsSample NOTHING = new StatsSample(null, 0, 0, Map.of());
}
