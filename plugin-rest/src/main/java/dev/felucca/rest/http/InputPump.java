package dev.felucca.rest.http;

import dev.felucca.kernel.EngineException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a client's bytes from the event loop to an {@link Input} that may block. Holds a thread
 * only while there are bytes, and stops reading from the client while {@value #MOST} of them wait.
 */
final class InputPump {
  private static final Logger LOG = LoggerFactory.getLogger(InputPump.class);
  private static final int MOST = 256 * 1024;
  private final Channel channel;
  private final Executor threads;
  private final Queue<ByteBuf> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private boolean running;
  private boolean ended;
  private boolean endDelivered;
  private boolean closed;
  private @Nullable Input input;

  InputPump(Channel channel, Executor threads) {
    this.channel = channel;
    this.threads = threads;
  }

  /** What came before is delivered first. */
  synchronized void into(Input target) {
    input = target;
    wake();
  }

  /** Takes over the reference. */
  synchronized void offer(ByteBuf bytes) {
    if (closed || ended) {
      bytes.release();
      return;
    }
    waiting.add(bytes);
    waitingBytes += bytes.readableBytes();
    if (waitingBytes >= MOST) {
      channel.config().setAutoRead(false);
    }
    wake();
  }

  synchronized void end() {
    ended = true;
    wake();
  }

  /** Drops what waits. */
  synchronized void close() {
    closed = true;
    waiting.forEach(ByteBuf::release);
    waiting.clear();
    waitingBytes = 0;
  }

  private void wake() {
    if (running || input == null || (waiting.isEmpty() && (!ended || endDelivered))) {
      return;
    }
    running = true;
    try {
      threads.execute(this::run);
    } catch (RejectedExecutionException e) {
      LOG.warn("no thread left to deliver a client's input; its connection is cut");
      running = false;
      channel.close();
    }
  }

  private void run() {
    Input target = input;
    while (target != null) {
      ByteBuf next;
      synchronized (this) {
        next = waiting.poll();
        if (next == null) {
          if (closed || !ended || endDelivered) {
            running = false;
            return;
          }
          endDelivered = true;
        } else {
          waitingBytes -= next.readableBytes();
          if (waitingBytes < MOST && !channel.config().isAutoRead()) {
            channel.eventLoop().execute(this::readOn);
          }
        }
      }
      deliver(target, next);
    }
  }

  /** On the event loop only. When the client shut its side down there is nothing to read. */
  private synchronized void readOn() {
    if (!ended && !closed && waitingBytes < MOST) {
      channel.config().setAutoRead(true);
    }
  }

  private void deliver(Input target, @Nullable ByteBuf bytes) {
    try {
      if (bytes == null) {
        target.end();
      } else {
        target.write(bytes.nioBuffer());
      }
    } catch (IOException | EngineException e) {
      // The process closed its standard input or ended: its output still goes to the client.
      LOG.debug("a client's input was not taken", e);
      close();
    } catch (RuntimeException e) {
      LOG.warn("a client's input could not be delivered; its connection is cut", e);
      close();
      channel.close();
    } finally {
      if (bytes != null) {
        bytes.release();
      }
    }
  }
}
