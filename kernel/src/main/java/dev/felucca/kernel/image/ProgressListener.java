package dev.felucca.kernel.image;

import org.jspecify.annotations.Nullable;

/** Hears how a pull, push, load or import goes on, from several threads; it must return quickly. */
@FunctionalInterface
public interface ProgressListener {
  /** One step; several about the same {@code id} replace one another. */
  void progress(Progress step);

  /**
   * One line or bar of progress, in the words of the docker CLI.
   *
   * @param id what the line is about: a layer's short digest or a tag; null for a line of its own
   * @param status such as {@code Downloading}, {@code Pull complete} or {@code Digest: sha256:…}
   * @param current bytes done; meaningful when {@code total} is not 0
   * @param total bytes in all, 0 when there is no bar, -1 when the end isn't known
   */
  record Progress(@Nullable String id, String status, long current, long total) {
    /** A line of its own. */
    public static Progress line(String status) {
      return new Progress(null, status, 0, 0);
    }

    /** A line about {@code id}, without a bar. */
    public static Progress of(String id, String status) {
      return new Progress(id, status, 0, 0);
    }
  }
}
