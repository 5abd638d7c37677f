package dev.felucca.kernel.image;

import dev.felucca.kernel.storage.Change;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file systems of containers as images and archives. A container is named by its id, the
 * beginning of it, or its name; NOT_FOUND in Docker's words.
 */
public interface ContainerImages {
  /** Makes an image of a container's changes on top of the image it was made from. */
  ImageDetails commit(CommitRequest request) throws IOException;

  /**
   * An image that is to be made of a container.
   *
   * @param name what the image is to be called, or null for none
   * @param changes Dockerfile instructions that shape its configuration
   * @param config what replaces the container's own configuration, or null
   * @param pause whether its processes stand still meanwhile, so that files are not torn
   */
  record CommitRequest(
      String container,
      @Nullable ImageReference name,
      String message,
      String author,
      List<String> changes,
      @Nullable RunConfig config,
      boolean pause) {}

  /** Paths that differ from the image, sorted. */
  List<Change> changes(String container) throws IOException;

  /** Writes the container's whole file system as one tar; volumes are left out. */
  void export(String container, OutputStream tar) throws IOException;
}
