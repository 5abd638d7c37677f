package dev.felucca.kernel.isolation;

import dev.felucca.kernel.storage.Mount;

/**
 * A mount inside the container's root.
 *
 * @param target absolute inside the container; symbolic links in it are resolved inside the root;
 *     made when missing, as a file when the source is one
 */
public record ContainerMount(Mount mount, String target) {}
