package dev.felucca.engine.container;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.DriverNames;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.MountPoint;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a container is, from its creation on: the content of its {@code config.json}.
 *
 * @param path the program, and {@code args} its words
 * @param config merged with the image's
 * @param hostConfig with the engine's defaults filled in
 * @param networks by network name
 * @param mounts what is mounted besides the root, decided at creation
 * @param logPath empty where the log driver keeps no file
 * @param links the containers it is linked to, by alias
 */
record ContainerRecord(
    ContainerId id,
    String name,
    Instant created,
    String path,
    List<String> args,
    String imageId,
    Platform platform,
    ContainerConfig config,
    HostConfig hostConfig,
    DriverNames drivers,
    Map<String, EndpointConfig> networks,
    List<MountPoint> mounts,
    String logPath,
    Map<String, ContainerId> links) {
  ContainerRecord {
    // Absent in files of engines that knew no links.
    links = links == null ? Map.of() : Map.copyOf(links);
  }

  ContainerRecord withName(String other) {
    return new ContainerRecord(
        id,
        other,
        created,
        path,
        args,
        imageId,
        platform,
        config,
        hostConfig,
        drivers,
        networks,
        mounts,
        logPath,
        links);
  }

  ContainerRecord withNetworks(Map<String, EndpointConfig> other) {
    return new ContainerRecord(
        id,
        name,
        created,
        path,
        args,
        imageId,
        platform,
        config,
        hostConfig,
        drivers,
        other,
        mounts,
        logPath,
        links);
  }

  ContainerRecord withMounts(List<MountPoint> other) {
    return new ContainerRecord(
        id,
        name,
        created,
        path,
        args,
        imageId,
        platform,
        config,
        hostConfig,
        drivers,
        networks,
        other,
        logPath,
        links);
  }

  ContainerRecord withHostConfig(HostConfig other) {
    return new ContainerRecord(
        id, name, created, path, args, imageId, platform, config, other, drivers, networks, mounts,
        logPath, links);
  }

  ContainerRecord withLinks(Map<String, ContainerId> other) {
    return new ContainerRecord(
        id,
        name,
        created,
        path,
        args,
        imageId,
        platform,
        config,
        hostConfig,
        drivers,
        networks,
        mounts,
        logPath,
        other);
  }

  /** The name of its writable snapshot. */
  String snapshotKey() {
    return snapshotKey(id);
  }

  static String snapshotKey(ContainerId id) {
    return SNAPSHOT_PREFIX + id.hex();
  }

  /** The id of the container that a snapshot is called after. */
  static String ownerOf(String key) {
    String owner = key.substring(SNAPSHOT_PREFIX.length());
    int dot = owner.indexOf('.');
    return dot < 0 ? owner : owner.substring(0, dot);
  }

  /** Tells a container's snapshots from an image's. */
  static final String SNAPSHOT_PREFIX = "container-";

  boolean autoRemove() {
    return hostConfig.autoRemove();
  }
}
