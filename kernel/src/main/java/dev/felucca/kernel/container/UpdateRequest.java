package dev.felucca.kernel.container;

import dev.felucca.kernel.isolation.Resources;
import org.jspecify.annotations.Nullable;

/**
 * What of a container is to change; null, and an empty list, leave what is there.
 *
 * @param nanoCpus as {@link HostConfig#nanoCpus}
 */
public record UpdateRequest(
    Resources resources, @Nullable Long nanoCpus, @Nullable RestartPolicy restartPolicy) {}
