package dev.felucca.engine.image;

import dev.felucca.kernel.image.ImageDetails;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The unpacked layers of an image, for whichever storage driver a container is to stand on. Layers
 * that the driver does not have yet are unpacked from the content store, side by side where the
 * driver can; two callers who need the same layer wait for one unpacking of it.
 */
public interface ImageSnapshots {
  /**
   * Makes sure that all layers of the image are committed in {@code storageDriver} and keeps them
   * from being collected until the answer is closed; a snapshot prepared on {@link Top#key} keeps
   * them from then on. Interrupting the calling thread cancels its part.
   *
   * <p>Refusals: UNAVAILABLE when the driver isn't there, INVALID when a layer isn't what its image
   * says. An InterruptedIOException when interrupted.
   */
  Top hold(ImageDetails image, String storageDriver) throws IOException;

  /** A hold on an image's snapshots; closing it twice is no error. */
  interface Top extends AutoCloseable {
    /** The committed snapshot of the topmost layer, or null for an image without layers. */
    @Nullable String key();

    @Override
    void close();
  }
}
