package dev.felucca.kernel.container;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.network.PortBinding;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything known of a container at one moment.
 *
 * @param name without the leading slash
 * @param path the program and {@code args} its words, entrypoint and command put together
 * @param imageId {@code sha256:…}
 * @param networks by network name
 * @param ports as published now
 * @param appArmorProfile empty where the host has no AppArmor, and unless it is inspected
 * @param sizeRw bytes of its own layer, null unless asked for
 * @param sizeRootFs bytes of all its layers, null unless asked for
 */
public record ContainerDetails(
    ContainerId id,
    String name,
    Instant created,
    String path,
    List<String> args,
    ContainerState state,
    String imageId,
    Platform platform,
    ContainerConfig config,
    HostConfig hostConfig,
    DriverNames drivers,
    Map<String, EndpointDetails> networks,
    List<PortBinding> ports,
    String networkNamespace,
    List<MountPoint> mounts,
    List<String> execIds,
    int restartCount,
    String resolvConfPath,
    String hostnamePath,
    String hostsPath,
    String logPath,
    String appArmorProfile,
    Map<String, String> graphData,
    @Nullable Long sizeRw,
    @Nullable Long sizeRootFs) {}
