package dev.felucca.kernel.container;

/** A mount of a container as it was resolved. */
public record MountPoint(
    String type,
    String name,
    String source,
    String destination,
    String driver,
    String mode,
    boolean writable,
    String propagation) {}
