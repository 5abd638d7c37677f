package dev.felucca.kernel.storage;

/** One path that differs from the parent snapshot; the path is absolute inside the container. */
public record Change(Kind kind, String path) {
  /** In the order of Docker's API numbers: 0, 1, 2. */
  public enum Kind {
    MODIFIED,
    ADDED,
    DELETED
  }
}
