package dev.felucca.log.json;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPInputStream;

/**
 * Whole lines of one file, from a position on; a line without its end yet is left for later, and
 * one that is too long to be an entry is passed over.
 */
final class LineSource implements Closeable {
  private static final int MAX_LINE = 1 << 20;
  private static final byte[] NONE = {};

  private final FileChannel channel;
  private final InputStream in;
  private final byte[] buffer = new byte[16 * 1024];
  private int from;
  private int to;
  private boolean tooLong;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);

  private LineSource(FileChannel channel, InputStream in) {
    this.channel = channel;
    this.in = in;
  }

  static LineSource open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      InputStream raw = Channels.newInputStream(channel);
      return new LineSource(channel, LogFiles.isCompressed(file) ? new GZIPInputStream(raw) : raw);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Moves to the start of the last {@code lines} whole lines of a plain file; answers how many
   * there are of them.
   */
  long seekBack(long lines) throws IOException {
    long end = channel.size();
    long found = 0;
    ByteBuffer block = ByteBuffer.allocate(64 * 1024);
    long at = end;
    while (at > 0) {
      int size = (int) Math.min(block.capacity(), at);
      at -= size;
      block.clear().limit(size);
      while (block.hasRemaining() && channel.read(block, at + block.position()) >= 0) {
        // Until the block is whole: the file may be cut short meanwhile, then the rest reads as no
        // line.
      }
      for (int index = block.position() - 1; index >= 0; index--) {
        if (block.get(index) == '\n' && ++found > lines) {
          channel.position(at + index + 1);
          return lines;
        }
      }
    }
    channel.position(0);
    return found;
  }

  /** True when there is a next whole line: then {@link #bytes} and {@link #length} are it. */
  boolean next() throws IOException {
    while (true) {
      for (int index = from; index < to; index++) {
        if (buffer[index] == '\n') {
          line.write(buffer, from, index - from);
          from = index + 1;
          bytes = tooLong ? NONE : line.toByteArray();
          tooLong = false;
          line.reset();
          return true;
        }
      }
      line.write(buffer, from, to - from);
      from = to = 0;
      if (line.size() > MAX_LINE) {
        tooLong = true;
        line.reset();
      }
      int count = in.read(buffer);
      if (count <= 0) {
        return false;
      }
      to = count;
    }
  }

  private byte[] bytes = NONE;

  byte[] bytes() {
    return bytes;
  }

  boolean hasMore() throws IOException {
    return from < to || channel.position() < channel.size();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
