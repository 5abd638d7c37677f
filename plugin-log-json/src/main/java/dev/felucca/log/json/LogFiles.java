package dev.felucca.log.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of one log: {@code ID-json.log}, then {@code .1}, {@code .2}… the older ones, from
 * {@code .2} on compressed where asked for: the newest rotated file stays plain so that a follower
 * can finish it.
 */
record LogFiles(Path current) {
  private static final Logger LOG = LoggerFactory.getLogger(LogFiles.class);

  static LogFiles in(Path directory, String containerId) {
    return new LogFiles(directory.resolve(containerId + "-json.log"));
  }

  /** Where the position of the log is kept. */
  Path sidecar() {
    return sibling(".pos");
  }

  Path rotated(int number) {
    return sibling("." + number);
  }

  /** Files that are there, oldest first, the current one last. */
  List<Path> oldestFirst() {
    List<Path> files = new ArrayList<>();
    for (int number = 1; ; number++) {
      Path file = existing(number);
      if (file == null) {
        break;
      }
      files.add(0, file);
    }
    files.add(current);
    return files;
  }

  /** Moves every file one place on; the oldest beyond {@code keep} files in all is deleted. */
  void shift(int keep, boolean compress) throws IOException {
    int last = 1;
    while (existing(last) != null) {
      last++;
    }
    plain(rotated(last));
    plain(sibling("." + last + ".gz"));
    for (int number = last - 1; number >= 1; number--) {
      Path file = existing(number);
      if (file == null) {
        continue;
      }
      if (number + 1 >= keep) {
        Files.delete(file);
      } else if (compress && !isCompressed(file)) {
        compress(file, sibling("." + (number + 1) + ".gz"));
      } else {
        Files.move(
            file,
            sibling("." + (number + 1) + (isCompressed(file) ? ".gz" : "")),
            StandardCopyOption.ATOMIC_MOVE);
      }
    }
    if (keep > 1) {
      Files.move(current, rotated(1), StandardCopyOption.ATOMIC_MOVE);
    } else {
      Files.delete(current);
    }
  }

  /** The path of a file that is written: a directory or a bad link there is moved aside. */
  static Path plain(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
      Path aside = file.resolveSibling(file.getFileName() + ".damaged-" + System.nanoTime());
      LOG.error("{} is no file and was moved to {}", file, Files.move(file, aside).getFileName());
    }
    return file;
  }

  static boolean isCompressed(Path file) {
    return file.toString().endsWith(".gz");
  }

  /** What tells a file from any other while it exists, or null when it isn't there. */
  static @Nullable Long inode(Path file) throws IOException {
    try {
      return (Long) Files.getAttribute(file, "unix:ino");
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private @Nullable Path existing(int number) {
    Path plain = rotated(number);
    if (Files.isRegularFile(plain)) {
      return plain;
    }
    Path compressed = sibling("." + number + ".gz");
    return Files.isRegularFile(compressed) ? compressed : null;
  }

  private Path sibling(String suffix) {
    return current.resolveSibling(current.getFileName() + suffix);
  }

  private static void compress(Path from, Path to) throws IOException {
    Path unfinished = to.resolveSibling(to.getFileName() + ".tmp");
    try (InputStream in = Files.newInputStream(from);
        OutputStream out = new GZIPOutputStream(Files.newOutputStream(unfinished))) {
      in.transferTo(out);
    }
    Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE);
    Files.delete(from);
  }
}
