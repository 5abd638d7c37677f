package dev.felucca.registry.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A response body as a stream that notices silence: the JDK's own stream waits for ever on a
 * connection whose other end is gone. It also gives up on one that trickles, which is as good as
 * silent and would hold its place among the downloads for ever.
 */
final class BodyStream extends InputStream implements BodySubscriber<InputStream> {
  /** A batch of buffers, the end, or a failure. */
  private record Event(@Nullable List<ByteBuffer> bytes, @Nullable Throwable failure) {}

  private static final Event END = new Event(null, null);

  /**
   * No more than one: as long as anything is asked for the JDK's client reads on from the socket,
   * and where its own threads come late it keeps a hundred megabytes of what we have not seen. The
   * socket's buffer is what is read ahead.
   */
  private static final int AHEAD = 1;

  /** Bytes that twice the time of silence must bring. */
  private static final long LEAST = 4096;

  private final Duration silence;
  private final BlockingQueue<Event> queue = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  private @Nullable List<ByteBuffer> batch;
  private int index;
  private boolean ended;
  private volatile boolean closed;
  private long windowEnd;
  private long windowBytes;
  private boolean waited;

  BodyStream(Duration silence) {
    this.silence = silence;
    windowEnd = System.nanoTime() + 2 * silence.toNanos();
  }

  @Override
  public CompletionStage<InputStream> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    if (closed || !subscription.complete(given)) {
      given.cancel();
      return;
    }
    given.request(AHEAD);
  }

  @Override
  public void onNext(List<ByteBuffer> item) {
    queue.add(new Event(item, null));
  }

  @Override
  public void onError(Throwable failure) {
    queue.add(new Event(null, failure));
  }

  @Override
  public void onComplete() {
    queue.add(END);
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
    ByteBuffer current = current();
    if (current == null) {
      return -1;
    }
    int n = Math.min(length, current.remaining());
    current.get(into, from, n);
    return n;
  }

  private @Nullable ByteBuffer current() throws IOException {
    while (!ended) {
      List<ByteBuffer> buffers = batch;
      if (buffers != null) {
        for (; index < buffers.size(); index++) {
          if (buffers.get(index).hasRemaining()) {
            return buffers.get(index);
          }
        }
        batch = null;
        subscription.join().request(1);
      }
      Event event = next();
      if (event.failure() != null) {
        throw new IOException(event.failure().getMessage(), event.failure());
      }
      batch = event.bytes();
      index = 0;
      ended = batch == null;
      if (batch != null) {
        refuseTrickle(batch);
      }
    }
    return null;
  }

  /** Counts only while we are the ones who wait: whoever reads slowly is not the registry. */
  private void refuseTrickle(List<ByteBuffer> bytes) throws IOException {
    for (ByteBuffer buffer : bytes) {
      windowBytes += buffer.remaining();
    }
    long now = System.nanoTime();
    if (now < windowEnd) {
      return;
    }
    if (waited && windowBytes < LEAST) {
      close();
      throw new SocketTimeoutException(
          "no more than " + windowBytes + " bytes in " + 2 * silence.toSeconds() + " seconds");
    }
    windowEnd = now + 2 * silence.toNanos();
    windowBytes = 0;
    waited = false;
  }

  private Event next() throws IOException {
    if (closed) {
      throw new IOException("stream is closed");
    }
    Event event = queue.poll();
    if (event != null) {
      return event;
    }
    waited = true;
    try {
      event = queue.poll(silence.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw (IOException) new InterruptedIOException("interrupted while reading").initCause(e);
    }
    if (event == null) {
      close();
      throw new SocketTimeoutException("no data for " + silence.toSeconds() + " seconds");
    }
    return event;
  }

  /** Ends the connection when the body hasn't been read to its end. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      queue.add(new Event(null, new IOException("stream is closed")));
      if (!ended) {
        subscription.whenComplete((given, failure) -> given.cancel());
      }
    }
  }
}
