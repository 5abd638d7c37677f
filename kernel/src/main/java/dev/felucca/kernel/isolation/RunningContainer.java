package dev.felucca.kernel.isolation;

import java.time.Instant;

/**
 * A container's first process as the host sees it.
 *
 * @param networkNamespace a path that names the container's network namespace while it lives:
 *     {@code /proc/PID/ns/net}
 */
public record RunningContainer(int pid, String networkNamespace, Instant started) {}
