package dev.felucca.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The three files that Docker makes for each container and mounts into it. */
final class EtcFiles {
  static final List<String> NAMES = List.of("hosts", "hostname", "resolv.conf");

  private EtcFiles() {}

  static Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    for (String name : NAMES) {
      Files.writeString(directory.resolve(name), "127.0.0.1 localhost\n");
    }
    return directory;
  }
}
