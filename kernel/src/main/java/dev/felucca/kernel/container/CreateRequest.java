package dev.felucca.kernel.container;

import dev.felucca.kernel.Platform;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container that is to be made.
 *
 * @param name null lets the engine choose one
 * @param drivers drivers by kind ({@code storage}, {@code isolation}) where not the engine's
 *     defaults
 */
public record CreateRequest(
    @Nullable String name,
    @Nullable Platform platform,
    ContainerConfig config,
    HostConfig hostConfig,
    Map<String, EndpointConfig> endpoints,
    Map<String, String> drivers) {}
