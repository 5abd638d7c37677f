package dev.felucca.kernel.image;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a container's health is checked; durations are in nanoseconds, 0 or null inherits. */
public record HealthcheckConfig(
    @Nullable List<String> test,
    @Nullable Long interval,
    @Nullable Long timeout,
    @Nullable Long startPeriod,
    @Nullable Long startInterval,
    @Nullable Integer retries) {}
