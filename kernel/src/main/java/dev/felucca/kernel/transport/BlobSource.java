package dev.felucca.kernel.transport;

import java.io.IOException;
import java.io.InputStream;

/** A blob to be sent, as often as it takes. */
@FunctionalInterface
public interface BlobSource {
  /** Opens it from byte {@code offset}; the caller closes it. */
  InputStream open(long offset) throws IOException;
}
