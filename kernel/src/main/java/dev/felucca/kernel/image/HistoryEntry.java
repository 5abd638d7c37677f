package dev.felucca.kernel.image;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One step by which an image came to be; an empty layer changed only the configuration. */
public record HistoryEntry(
    @Nullable Instant created,
    String createdBy,
    String author,
    String comment,
    boolean emptyLayer) {}
