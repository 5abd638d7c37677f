package dev.felucca.linux.layer;

/** How a tree keeps what a layer says is gone. */
public enum Whiteouts {
  /**
   * As overlay's upper directory has it: character devices 0:0 and {@code trusted.overlay.opaque}.
   */
  KEPT,
  /** The tree holds the lower layers' files as well: they are removed. */
  CARRIED_OUT,
  /** The tar is an archive of files and no layer: {@code .wh.} in a name means nothing. */
  NONE
}
