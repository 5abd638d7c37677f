package dev.felucca.distro;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * What the framework of an earlier start has noted: nothing of it is wanted. Felix empties it too,
 * but fails on what it cannot read.
 */
final class FrameworkCache {
  private FrameworkCache() {}

  /** Deletes it, or moves it aside where that fails. */
  static void clear(Path cache) throws IOException {
    if (!Files.exists(cache, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.walkFileTree(cache, new Deletion());
    } catch (IOException e) {
      Path aside = cache.resolveSibling(cache.getFileName() + ".damaged-" + System.nanoTime());
      Files.move(cache, aside);
      System.err.println("felucca: " + cache + " was moved to " + aside + ": " + e.getMessage());
    }
  }

  /** Follows no links. */
  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes about) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.delete(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
