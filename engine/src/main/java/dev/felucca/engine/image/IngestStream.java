package dev.felucca.engine.image;

import dev.felucca.kernel.image.Ingest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** What is written goes into an ingest, unbuffered. */
final class IngestStream extends OutputStream {
  private final Ingest ingest;

  private final LongConsumer written;

  IngestStream(Ingest ingest) {
    this(ingest, offset -> {});
  }

  /**
   * @param written hears how much is there after each write
   */
  IngestStream(Ingest ingest, LongConsumer written) {
    this.ingest = ingest;
    this.written = written;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    ingest.write(ByteBuffer.wrap(bytes, from, length));
    written.accept(ingest.offset());
  }
}
