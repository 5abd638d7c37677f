package dev.felucca.engine.state;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Writes that are on disk when they return, whatever happens next. */
public final class DurableFiles {
  private DurableFiles() {}

  /** Replaces {@code file} whole: readers and a crash see the old content or the new. */
  public static void replace(Path file, byte[] content) throws IOException {
    Path next = file.resolveSibling("." + file.getFileName() + ".next");
    try (FileChannel out = FileChannel.open(next, CREATE, TRUNCATE_EXISTING, WRITE)) {
      for (ByteBuffer left = ByteBuffer.wrap(content); left.hasRemaining(); ) {
        out.write(left);
      }
      out.force(true);
    } catch (IOException e) {
      drop(next, e);
      throw e;
    }
    Files.move(next, file, ATOMIC_MOVE);
    syncDirectory(Objects.requireNonNull(file.toAbsolutePath().getParent()));
  }

  /** What could not be written whole, as the disk was full, is not left there. */
  static void drop(Path next, IOException failure) {
    try {
      Files.deleteIfExists(next);
    } catch (IOException left) {
      failure.addSuppressed(left);
    }
  }

  /** Makes the names in a directory durable: a rename alone is forgotten by a power cut. */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, READ)) {
      channel.force(true);
    }
  }
}
