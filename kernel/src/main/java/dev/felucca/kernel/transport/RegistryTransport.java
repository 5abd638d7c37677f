package dev.felucca.kernel.transport;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.Driver;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Speaks the OCI distribution protocol (Docker registry v2): single manifests and blobs. Whole
 * images are the engine's. Plain http is spoken only to loopback addresses and to registries
 * configured as insecure.
 *
 * <p>Refusals: NOT_FOUND for what the registry doesn't have, UNAUTHORIZED when it wants other
 * credentials, FORBIDDEN when it denies them, UNREACHABLE when it cannot be reached (with the
 * address and reason); anything the protocol forbids is an IOException.
 */
public interface RegistryTransport extends Driver {
  /** The manifest or index behind a tag or digest, verified by its digest; at most 4 MiB. */
  Manifest resolve(ImageReference reference, @Nullable Credentials credentials) throws IOException;

  /** Opens a blob from {@code offset}; it is the caller's to verify. */
  BlobStream pull(
      ImageReference repository, Descriptor blob, long offset, @Nullable Credentials credentials)
      throws IOException;

  /** Whether the repository has a blob; nothing of it is read. */
  boolean has(ImageReference repository, Digest blob, @Nullable Credentials credentials)
      throws IOException;

  /**
   * What a reference stands for, without its content: registries that count pulls don't count this.
   */
  Descriptor head(ImageReference reference, @Nullable Credentials credentials) throws IOException;

  /**
   * Brings a blob into a repository: not at all when it is there, from another repository of the
   * registry when that has it, else by sending it. A connection that breaks is resumed where the
   * registry allows it.
   *
   * @param mountFrom paths of repositories that may have it, likeliest first
   */
  Upload pushBlob(
      ImageReference repository,
      Descriptor blob,
      BlobSource content,
      List<String> mountFrom,
      @Nullable Credentials credentials)
      throws IOException;

  /**
   * Uploads a manifest under the reference's tag or digest; answers the digest by which it can be
   * pulled.
   */
  Digest pushManifest(
      ImageReference reference, Manifest manifest, @Nullable Credentials credentials)
      throws IOException;

  /** Every tag of the repository, in the registry's order; INVALID where that has no end. */
  List<String> tags(ImageReference repository, @Nullable Credentials credentials)
      throws IOException;

  /**
   * By the registry's search endpoint; where it has none, repositories of its catalog whose names
   * contain the term.
   */
  List<SearchResult> search(
      String domain, String term, int limit, @Nullable Credentials credentials) throws IOException;

  /** Checks credentials with a registry; answers an identity token when the registry gave one. */
  @Nullable String login(String domain, Credentials credentials) throws IOException;
}
