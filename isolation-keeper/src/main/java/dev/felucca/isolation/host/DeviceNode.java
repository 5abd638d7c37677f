package dev.felucca.isolation.host;

/** A device node inside the container; {@code mode} carries the type. */
public record DeviceNode(String path, int mode, int major, int minor, int uid, int gid) {}
