package dev.felucca.engine.image;

/**
 * How far the work on a layer is, for all who wait for it.
 *
 * @param current bytes done, where {@code total} isn't 0
 */
record Step(String status, long current, long total) {
  static Step of(String status) {
    return new Step(status, 0, 0);
  }
}
