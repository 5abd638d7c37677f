package dev.felucca.kernel.image;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Images as clients ask for them. References are as people type them: names, tags, digests, ids and
 * their prefixes.
 */
public interface Images {
  /**
   * Pulls what the request names and tags it; returns when it is whole. Nothing half-made is
   * visible when it fails. NOT_FOUND, UNAUTHORIZED and UNREACHABLE as the registry answered,
   * INVALID for content that isn't what it claims. Interrupting the calling thread cancels it.
   */
  ImageDetails pull(PullRequest request, ProgressListener progress) throws IOException;

  /** NOT_FOUND with Docker's words {@code No such image: …}; CONFLICT for an ambiguous prefix. */
  ImageDetails inspect(String reference);

  /**
   * Newest first; {@code filters} are those of the API's image list: each key with its accepted
   * values.
   */
  List<ImageDetails> list(boolean all, Map<String, List<String>> filters);

  /** Gives the image another name; the name moves when another image had it. */
  void tag(String reference, ImageReference name) throws IOException;

  /**
   * Removes a name, and the image with its last name. CONFLICT while a container needs it, with
   * Docker's words.
   *
   * @return what was done, in order, as {@code Untagged} and {@code Deleted} values
   */
  List<Removed> remove(String reference, boolean force, boolean prune) throws IOException;

  /** One step of a removal: exactly one of the two is not null. */
  record Removed(@Nullable String untagged, @Nullable String deleted) {}
}
