package dev.felucca.kernel.isolation;

import java.time.Instant;

/**
 * How a process ended.
 *
 * @param code its exit code, or 128 plus the signal that ended it
 */
public record ExitStatus(int code, boolean oomKilled, Instant finished) {}
