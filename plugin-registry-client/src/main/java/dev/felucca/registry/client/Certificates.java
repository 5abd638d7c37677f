package dev.felucca.registry.client;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files that an administrator put down for a registry, as Docker's {@code certs.d} has them:
 * {@code HOST:PORT/*.crt} are authorities, {@code *.cert} with {@code *.key} prove who we are.
 * Looked up at every connection, so that no restart is needed for them.
 */
final class Certificates {
  static final Found NONE = new Found(new TreeMap<>());
  private final List<Path> directories;

  Certificates(List<Path> directories) {
    this.directories = directories;
  }

  /** What there is for one registry, with the times that show a change. */
  record Found(Map<Path, FileTime> files) {
    boolean vouches() {
      return !ending(".crt").isEmpty();
    }

    List<Path> ending(String suffix) {
      return files.keySet().stream().filter(f -> f.toString().endsWith(suffix)).toList();
    }
  }

  /** The first directory that has one for this host counts. */
  Found of(String host) throws IOException {
    for (Path directory : directories) {
      Path own = directory.resolve(host);
      if (host.contains("/") || !Files.isDirectory(own)) {
        continue;
      }
      Map<Path, FileTime> files = new TreeMap<>();
      try (DirectoryStream<Path> all = Files.newDirectoryStream(own, "*.{crt,cert,key}")) {
        for (Path file : all) {
          files.put(file, Files.getLastModifiedTime(file));
        }
      }
      return new Found(files);
    }
    return NONE;
  }
}
