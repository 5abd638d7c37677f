package dev.felucca.kernel.storage;

import java.time.Instant;

/**
 * One file as a container has it; a symbolic link is told of itself.
 *
 * @param name the last component of its path
 * @param mode type and permission bits, as {@code st_mode}
 * @param linkTarget where a symbolic link leads to in the container, absolute; else empty
 */
public record PathStat(String name, long size, int mode, Instant modified, String linkTarget) {}
