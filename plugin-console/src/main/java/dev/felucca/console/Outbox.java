package dev.felucca.console;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a channel from a thread of its own. The shell interrupts its threads at Ctrl-C, and a
 * thread that is interrupted while it writes to a channel closes that channel.
 */
final class Outbox implements AutoCloseable {
  private static final ByteBuffer LAST = ByteBuffer.allocate(0);

  private final WritableByteChannel channel;
  private final BlockingQueue<ByteBuffer> waiting = new ArrayBlockingQueue<>(64);
  private final Thread writer = new Thread(this::write, "console-writer");
  private volatile @Nullable IOException broken;

  Outbox(WritableByteChannel channel) {
    this.channel = channel;
    writer.start();
  }

  /**
   * Waits while 64 are under way. Refuses once the channel has broken. An interrupt is kept for the
   * caller, who goes on waiting.
   */
  void send(ByteBuffer message) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        IOException failure = broken;
        if (failure != null) {
          throw new IOException("the console connection broke", failure);
        }
        try {
          if (waiting.offer(message, 100, TimeUnit.MILLISECONDS)) {
            return;
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void write() {
    try {
      for (ByteBuffer next; (next = waiting.take()) != LAST; ) {
        while (next.hasRemaining()) {
          channel.write(next);
        }
      }
    } catch (IOException e) {
      broken = e;
    } catch (InterruptedException e) {
      broken = new IOException(e);
    }
  }

  /** Returns when all that was sent is written, or cannot be any more. */
  @Override
  public void close() throws IOException {
    if (broken == null) {
      send(LAST);
    }
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
