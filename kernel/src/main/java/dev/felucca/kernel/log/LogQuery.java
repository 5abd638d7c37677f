package dev.felucca.kernel.log;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a log is to be read.
 *
 * @param tail how many of the last lines to begin with, -1 for all
 * @param since entries at or after it, or null
 * @param until entries before it, or null
 * @param follow stay for what comes, until the log ends
 */
public record LogQuery(
    boolean stdout,
    boolean stderr,
    int tail,
    @Nullable Instant since,
    @Nullable Instant until,
    boolean follow) {}
