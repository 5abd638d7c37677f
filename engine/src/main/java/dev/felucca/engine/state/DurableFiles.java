package dev.felucca.engine.state;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Writes that are on disk when they return, whatever happens next. */
public final class DurableFiles {
  /** How what is to replace a file ends; it begins with a dot. */
  static final String NEXT = ".next";

  private DurableFiles() {}

  static Path next(Path file) {
    return file.resolveSibling("." + file.getFileName() + NEXT);
  }

  /** Content that lies beside the file it is to replace. */
  public record Replacement(Path next, Path file) {}

  /** Replaces {@code file} whole: readers and a crash see the old content or the new. */
  public static void replace(Path file, byte[] content) throws IOException {
    replace(List.of(prepare(file, content)));
  }

  /** Writes what is to replace {@code file}. */
  public static Replacement prepare(Path file, byte[] content) throws IOException {
    Path next = next(file);
    try {
      Files.write(next, content);
    } catch (IOException e) {
      drop(next, e);
      throw e;
    }
    return new Replacement(next, file);
  }

  /**
   * Replaces several files, in this order for whoever looks and for a crash of the engine. A power
   * cut may find any of them replaced, as long as this has not returned, but none in part.
   */
  public static void replace(List<Replacement> all) throws IOException {
    Set<Path> directories = new LinkedHashSet<>();
    try {
      for (Replacement one : all) {
        try (FileChannel next = FileChannel.open(one.next(), WRITE)) {
          next.force(true);
        }
      }
      for (Replacement one : all) {
        Files.move(one.next(), one.file(), ATOMIC_MOVE);
        directories.add(Objects.requireNonNull(one.file().toAbsolutePath().getParent()));
      }
    } catch (IOException e) {
      all.forEach(one -> drop(one.next(), e));
      throw e;
    }
    for (Path directory : directories) {
      syncDirectory(directory);
    }
  }

  /**
   * Writes over what is in a file that must be there, with blanks up to its old length. It is one
   * write into blocks that the file has already, so that a full disk does not refuse it.
   */
  static void overwrite(Path file, byte[] content, boolean durably) throws IOException {
    try (FileChannel out = FileChannel.open(file, WRITE)) {
      byte[] padded = Arrays.copyOf(content, (int) Math.max(content.length, out.size()));
      Arrays.fill(padded, content.length, padded.length, (byte) ' ');
      if (out.write(ByteBuffer.wrap(padded), 0) < padded.length) {
        throw new IOException("write over " + file + ": not all of it could be written");
      }
      if (durably) {
        out.force(true);
      }
    }
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
