package dev.felucca.kernel.image;

import dev.felucca.kernel.Platform;
import dev.felucca.kernel.transport.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * An image that is to be had from a registry.
 *
 * @param platform null chooses the host's own
 * @param credentials null pulls anonymously
 */
public record PullRequest(
    ImageReference reference, @Nullable Platform platform, @Nullable Credentials credentials) {}
