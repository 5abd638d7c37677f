package dev.felucca.linux.layer;

import java.util.List;

/**
 * What came of applying a layer. Paths are real ones from the root of the tree, in {@link RawName}
 * form, without a leading slash; the root is the empty path.
 *
 * @param bytes the sizes of the regular files written, holes left out
 * @param entries how many entries the tar had
 * @param implied directories that came to be only because something in them was named, parents
 *     first; they have mode 0755, owner root and the time of the engine until someone who sees the
 *     lower layers knows better
 * @param links hard links whose target is not in this layer
 * @param opaqueRoot whether the layer hides everything below it
 */
public record AppliedLayer(
    long bytes, long entries, List<String> implied, List<PendingLink> links, boolean opaqueRoot) {
  public AppliedLayer {
    implied = List.copyOf(implied);
    links = List.copyOf(links);
  }

  /** A name that is to become a hard link of a file in a lower layer. */
  public record PendingLink(String path, String target) {}
}
