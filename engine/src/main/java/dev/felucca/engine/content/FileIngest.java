package dev.felucca.engine.content;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.Ingest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.function.Function;

/** One blob on its way into a {@link FileContentStore}; for one writing thread at a time. */
final class FileIngest implements Ingest {
  private static final int CHUNK = 1 << 18;

  private final Path file;
  private final Function<Digest, Path> blobs;
  private final Consumer<Digest> published;
  private final Runnable onClose;
  private final FileChannel channel;
  private final Hashes hashes;
  private MessageDigest hash;
  private volatile long offset;
  private boolean closed;

  FileIngest(
      Path file,
      Function<Digest, Path> blobs,
      Hashes hashes,
      Consumer<Digest> published,
      Runnable onClose)
      throws IOException {
    this.file = file;
    this.blobs = blobs;
    this.hashes = hashes;
    this.hash = hashes.sha256();
    this.published = published;
    this.onClose = onClose;
    channel = FileChannel.open(file, CREATE, READ, WRITE);
    try {
      offset = hashFrom(hash);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    hash.update(bytes.duplicate());
    long at = offset;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
    offset = at;
  }

  @Override
  public Digest digest() {
    try {
      return Digest.of(((MessageDigest) hash.clone()).digest());
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("SHA-256 can be cloned", e);
    }
  }

  @Override
  public SeekableByteChannel reader() throws IOException {
    return FileChannel.open(file, READ);
  }

  @Override
  public void truncate() throws IOException {
    channel.truncate(0);
    hash = hashes.sha256();
    offset = 0;
  }

  @Override
  public void commit(long size, Digest expected) throws IOException {
    try {
      verify(size, expected);
      Path blob = blobs.apply(expected);
      if (Files.exists(blob)) {
        Files.deleteIfExists(file);
      } else {
        Files.move(file, blob, ATOMIC_MOVE);
        published.accept(expected);
      }
    } finally {
      close();
    }
  }

  private void verify(long size, Digest expected) throws IOException {
    if (size >= 0 && size != offset) {
      Files.deleteIfExists(file);
      throw new EngineException(
          INVALID, "size of " + expected + " is wrong: expected " + size + " bytes, got " + offset);
    }
    Digest actual;
    if (expected.algorithm().equals("sha256")) {
      actual = Digest.of(hash.digest());
    } else {
      MessageDigest other = expected.newHash();
      hashFrom(other);
      actual = new Digest(expected.algorithm(), HexFormat.of().formatHex(other.digest()));
    }
    if (!actual.equals(expected)) {
      Files.deleteIfExists(file);
      throw new EngineException(
          INVALID, "digest is wrong: expected " + expected + ", got " + actual);
    }
  }

  private long hashFrom(MessageDigest into) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    long at = 0;
    for (int n; (n = channel.read(buffer, at)) > 0; at += n) {
      into.update(buffer.flip());
      buffer.clear();
    }
    return at;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      try {
        channel.close();
      } finally {
        onClose.run();
      }
    }
  }
}
