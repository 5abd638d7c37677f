package dev.felucca.engine.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Packs with gzip on all processors: a member for each megabyte, one behind the other, which every
 * reader takes (RFC 1952, 2.2). The same content gives the same bytes on every machine.
 */
final class ParallelGzip extends OutputStream {
  private static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors());
  private final OutputStream out;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(THREADS, Layers.named("gzip-"));
  private final Deque<Future<GzipMember>> packing = new ArrayDeque<>();
  private final Deque<GzipMember> idle = new ArrayDeque<>();
  private final Deque<GzipMember> all = new ArrayDeque<>();
  private GzipMember filling = made();
  private boolean begun;

  ParallelGzip(OutputStream out) {
    this.out = out;
  }

  private GzipMember made() {
    GzipMember member = new GzipMember();
    all.add(member);
    return member;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    for (int done = 0; done < length; ) {
      done += filling.fill(bytes, from + done, length - done);
      if (filling.isFull()) {
        member();
        filling = next();
      }
    }
  }

  private void member() {
    begun = true;
    packing.add(threads.submit(filling::pack));
  }

  /**
   * An empty one: at most as many are on their way as keep the threads busy while one is filled.
   */
  private GzipMember next() throws IOException {
    while (packing.size() > THREADS) {
      drain();
    }
    GzipMember free = idle.poll();
    return free == null ? made() : free;
  }

  private void drain() throws IOException {
    try {
      GzipMember done = packing.remove().get();
      done.drainTo(out);
      idle.add(done);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while packing").initCause(e);
    } catch (ExecutionException e) {
      throw new IOException("packing: " + e.getCause(), e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (!filling.isEmpty() || !begun) {
        member();
      }
      while (!packing.isEmpty()) {
        drain();
      }
    } finally {
      threads.shutdown();
      release();
    }
  }

  /** Not under a thread that still packs, which it may when somebody has given up. */
  private void release() throws IOException {
    try {
      if (threads.awaitTermination(1, TimeUnit.MINUTES)) {
        all.forEach(GzipMember::close);
      }
    } catch (InterruptedException e) {
      // Their memory goes with them: a Deflater has a cleaner.
      Thread.currentThread().interrupt();
    }
  }
}
