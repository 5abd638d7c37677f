package dev.felucca.kernel.image;

import dev.felucca.kernel.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Images as files: whole ones in archives, and file systems that become images. */
public interface ImageArchives {
  /**
   * Writes one tar that is a Docker archive ({@code manifest.json}) and an OCI image layout at
   * once, each blob in it once. Layers are written in the form in which they are here, manifests
   * that came from a registry byte for byte. Memory does not grow with the images. NOT_FOUND,
   * before anything is written, for an image that isn't here.
   *
   * @param references names, ids or repositories; a repository without tag stands for all its tags
   * @param platform refuses images of another with NOT_FOUND; null takes each as it is
   */
  void save(List<String> references, @Nullable Platform platform, OutputStream tar)
      throws IOException;

  /**
   * Loads every image of a Docker archive or OCI layout, packed or not, and gives each the names it
   * has in there; a name that another image had moves. INVALID for what is neither and for content
   * that isn't what it claims; images before a damaged one stay loaded. Interrupting the calling
   * thread cancels it. Repeating it changes nothing.
   *
   * @param platform which one to take from an index of several; null chooses the host's own
   * @param progress hears of layers as {@code Loading layer}; a line of its own says what was
   *     loaded
   */
  List<ImageDetails> load(
      InputStream archive, @Nullable Platform platform, ProgressListener progress)
      throws IOException;

  /**
   * Makes an image of one layer from the tar of a file system, plain or packed with gzip, bzip2, xz
   * or zstd. INVALID for what is no tar and for changes that cannot be read.
   *
   * @param tar null fetches the request's source, an http or https address
   */
  ImageDetails importTar(
      ImportRequest request, @Nullable InputStream tar, ProgressListener progress)
      throws IOException;
}
