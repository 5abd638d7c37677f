package dev.felucca.engine.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Packs with gzip on all processors: a member for each megabyte, one behind the other, which every
 * reader takes (RFC 1952, 2.2). The same content gives the same bytes on every machine.
 */
final class ParallelGzip extends OutputStream {
  private static final int MEMBER = 1 << 20;
  private static final int SAMPLE = 1 << 15;
  private static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors());
  private final OutputStream out;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(THREADS, Layers.named("gzip-"));
  private final Deque<Future<byte[]>> members = new ArrayDeque<>();
  private final byte[] buffer = new byte[MEMBER];
  private int filled;
  private boolean begun;

  ParallelGzip(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    for (int done = 0; done < length; ) {
      int n = Math.min(length - done, MEMBER - filled);
      System.arraycopy(bytes, from + done, buffer, filled, n);
      filled += n;
      done += n;
      if (filled == MEMBER) {
        member();
      }
    }
  }

  private void member() throws IOException {
    byte[] plain = Arrays.copyOf(buffer, filled);
    filled = 0;
    begun = true;
    members.add(threads.submit(() -> pack(plain)));
    while (members.size() > 2 * THREADS) {
      next();
    }
  }

  private static byte[] pack(byte[] plain) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(plain.length / 2 + 64);
    try (Member gzip = new Member(packed, shrinks(plain))) {
      gzip.write(plain);
    }
    return packed.toByteArray();
  }

  /**
   * What is packed already (pictures, archives, random bytes) is tried on a part, and kept as is.
   */
  private static boolean shrinks(byte[] plain) {
    int part = Math.min(plain.length, SAMPLE);
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      deflater.setInput(plain, (plain.length - part) / 2, part);
      deflater.finish();
      return deflater.deflate(new byte[2 * SAMPLE]) < part - part / 32;
    } finally {
      deflater.end();
    }
  }

  private static final class Member extends GZIPOutputStream {
    Member(OutputStream out, boolean shrinks) throws IOException {
      super(out);
      def.setLevel(shrinks ? Deflater.DEFAULT_COMPRESSION : Deflater.NO_COMPRESSION);
    }
  }

  private void next() throws IOException {
    try {
      out.write(members.remove().get());
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
      if (filled > 0 || !begun) {
        member();
      }
      while (!members.isEmpty()) {
        next();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
