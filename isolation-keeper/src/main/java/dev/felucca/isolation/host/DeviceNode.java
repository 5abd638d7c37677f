package dev.felucca.isolation.host;

/**
 * A device node inside the container; {@code mode} carries the type.
 *
 * @param source the host's own node, for a container that may make none
 */
public record DeviceNode(
    String path, String source, int mode, int major, int minor, int uid, int gid) {}
