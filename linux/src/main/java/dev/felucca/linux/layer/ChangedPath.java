package dev.felucca.linux.layer;

/** A path in {@link RawName} form, from the root of the tree without a leading slash. */
public record ChangedPath(Kind kind, String path) {
  /** What became of it. */
  public enum Kind {
    MODIFIED,
    ADDED,
    DELETED
  }
}
