package dev.felucca.engine.image;

import dev.felucca.kernel.Digest;
import java.util.List;

/** Tells which containers need an image; the container side of the engine answers. */
@FunctionalInterface
public interface ImageUsers {
  /**
   * The containers made from image {@code id}, or that have it mounted; reads memory only, never
   * blocks.
   */
  List<User> of(Digest id);

  /** A container that needs an image. */
  record User(String containerId, boolean running) {}
}
