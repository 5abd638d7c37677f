package dev.felucca.kernel.image;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.Platform;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image as the engine holds it.
 *
 * @param id the digest of its configuration
 * @param parent the image it was built from here, or null: pulled images have none
 * @param target the manifest (or index) it was pulled by, or null when it was never in a registry
 * @param repoTags familiar references with a tag, sorted
 * @param repoDigests familiar references with a digest, sorted
 * @param diffIds the uncompressed digests of its layers, from the bottom
 * @param size the bytes of its unpacked layers, each counted once
 */
public record ImageDetails(
    Digest id,
    @Nullable Digest parent,
    @Nullable Descriptor target,
    List<String> repoTags,
    List<String> repoDigests,
    @Nullable Instant created,
    String author,
    String comment,
    Platform platform,
    RunConfig config,
    List<Digest> diffIds,
    List<HistoryEntry> history,
    long size,
    @Nullable Instant lastTagged) {}
