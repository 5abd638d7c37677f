package dev.felucca.kernel.image;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@code config} object of an OCI image configuration: what a container of this image is by
 * default.
 */
public record RunConfig(
    @Nullable String user,
    Set<String> exposedPorts,
    List<String> env,
    @Nullable List<String> entrypoint,
    @Nullable List<String> cmd,
    Set<String> volumes,
    @Nullable String workingDir,
    Map<String, String> labels,
    @Nullable String stopSignal,
    @Nullable HealthcheckConfig healthcheck,
    @Nullable List<String> shell,
    List<String> onBuild) {}
