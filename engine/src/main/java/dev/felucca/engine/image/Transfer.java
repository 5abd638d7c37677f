package dev.felucca.engine.image;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Ingest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A blob between its writer and readers that follow it: the file is the buffer, so that neither
 * waits for the other, a broken connection is the writer's matter alone, and memory stays the same
 * however large a layer is.
 */
final class Transfer {
  /** Opens the bytes that are there so far. */
  interface Opener {
    SeekableByteChannel open() throws IOException;
  }

  private long size;
  private @Nullable Opener opener;
  private long available;
  private boolean complete;
  private @Nullable Throwable failure;

  /**
   * @param size of the whole blob; -1 where only the end will tell
   */
  Transfer(long size) {
    this.size = size;
  }

  /** A transfer that is over: the blob is in the store. */
  static Transfer of(ContentStore store, Digest digest, long size) {
    Transfer transfer = new Transfer(size);
    transfer.finish(() -> store.open(digest));
    return transfer;
  }

  synchronized void begin(Ingest ingest) {
    opener = ingest::reader;
    available = ingest.offset();
    notifyAll();
  }

  synchronized void advance(long to) {
    available = to;
    notifyAll();
  }

  /** The blob is whole and verified. */
  synchronized void finish(Opener whole) {
    finish(whole, size);
  }

  synchronized void finish(Opener whole, long length) {
    size = length;
    opener = whole;
    available = size;
    complete = true;
    notifyAll();
  }

  synchronized void fail(Throwable cause) {
    if (!complete && failure == null) {
      failure = cause;
      notifyAll();
    }
  }

  synchronized long size() {
    return size;
  }

  synchronized boolean isComplete() {
    return complete;
  }

  /** Waits until the blob is whole and verified, or throws what went wrong with it. */
  synchronized void awaitComplete() throws IOException, InterruptedException {
    while (!complete && failure == null) {
      wait();
    }
    if (failure != null) {
      throw Failures.rethrow(failure);
    }
  }

  private synchronized Opener awaitOpener() throws IOException, InterruptedException {
    while (opener == null && failure == null) {
      wait();
    }
    if (failure != null) {
      throw Failures.rethrow(failure);
    }
    return Objects.requireNonNull(opener);
  }

  /**
   * Waits until there are bytes after {@code position} or the end is reached; answers where it is.
   */
  private long awaitMore(long position, Slots.Slot slot) throws IOException, InterruptedException {
    if (!readable(position)) {
      // Whoever waits for a network leaves its place to those who have work.
      slot.release();
      synchronized (this) {
        while (!readable(position)) {
          wait();
        }
      }
      slot.acquire();
    }
    synchronized (this) {
      if (failure != null) {
        throw Failures.rethrow(failure);
      }
      return available;
    }
  }

  private synchronized boolean readable(long position) {
    return available > position || complete || failure != null;
  }

  /**
   * Reads along from the beginning; the end is the blob's own, not the writer's place. {@code slot}
   * is held by the caller and given back while there is nothing to read.
   */
  FollowStream follow(Slots.Slot slot) throws IOException, InterruptedException {
    SeekableByteChannel channel;
    try {
      channel = awaitOpener().open();
    } catch (NoSuchFileException e) {
      awaitComplete(); // it was committed, and so renamed, between the two
      channel = awaitOpener().open();
    }
    return new FollowStream(channel, slot);
  }

  final class FollowStream extends InputStream {
    private final SeekableByteChannel channel;
    private final Slots.Slot slot;
    private long position;

    FollowStream(SeekableByteChannel channel, Slots.Slot slot) {
      this.channel = channel;
      this.slot = slot;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      long end;
      try {
        end = awaitMore(position, slot);
      } catch (InterruptedException e) {
        throw Failures.interrupted("reading a layer");
      }
      if (position >= end) {
        return -1;
      }
      int n = channel.read(ByteBuffer.wrap(into, from, (int) Math.min(length, end - position)));
      if (n < 0) {
        throw new IOException("blob ends at byte " + position + " of " + end);
      }
      position += n;
      return n;
    }

    /** Never 0 before the end: java.util.zip takes 0 for the end of a gzip's last member. */
    @Override
    public int available() {
      return (int) Math.min(Integer.MAX_VALUE, Math.max(0, size() - position));
    }

    long position() {
      return position;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
