package dev.felucca.kernel.isolation;

import dev.felucca.kernel.IdMapping;
import org.jspecify.annotations.Nullable;

/**
 * A container's own users. It owns the container's other namespaces, so that what root may do there
 * it may do nowhere else.
 *
 * @param mapping has the container's root among its ids
 * @param path a file under {@code /proc/PID/ns} to be joined, as whoever shares another container's
 *     network, processes or memory must share its users; null for a namespace of its own
 */
public record UserNamespace(IdMapping mapping, @Nullable String path) {
  public UserNamespace {
    // Whoever has no root cannot be put together.
    mapping.rootUid();
    mapping.rootGid();
  }
}
