package dev.felucca.isolation.keeper;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.OutputPositions;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One container's files in the run directory: forgotten by a reboot, as its processes are. */
public final class ContainerFiles {
  private static final String STARTED = "started";
  private static final String BASE = "base";

  private final Path directory;

  public ContainerFiles(Path run, ContainerId id) {
    this.directory = run.resolve(id.hex());
  }

  public void make() throws IOException {
    Files.createDirectory(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.createDirectory(target());
  }

  /** Where the root is mounted, in the container's own mount namespace. */
  public Path target() {
    return directory.resolve("root");
  }

  public Path status() {
    return directory.resolve("status");
  }

  public Path output() {
    return directory.resolve("output");
  }

  public Path errors() {
    return directory.resolve("errors");
  }

  public Path filter() {
    return directory.resolve("filter");
  }

  public boolean exists() {
    return Files.isDirectory(directory);
  }

  /** Whole or not at all; nothing here outlasts a power cut, so nothing is flushed. */
  public void write(String name, Properties values) throws IOException {
    StringWriter text = new StringWriter();
    values.store(text, null);
    write(name, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  public void write(String name, byte[] content) throws IOException {
    Path next = directory.resolve(name + ".next");
    Files.write(next, content);
    Files.move(next, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  public Optional<Properties> read(String name) throws IOException {
    try {
      Properties values = new Properties();
      values.load(new StringReader(Files.readString(directory.resolve(name))));
      return Optional.of(values);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The text of a file, where there is one. */
  public Optional<String> text(String name) throws IOException {
    try {
      return Optional.of(Files.readString(directory.resolve(name)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * It is let go now: from here on a later engine finds it as started.
   *
   * @param base what its output counts from, where a follower came before
   */
  public void started(@Nullable OutputPositions base) throws IOException {
    if (base == null) {
      write(STARTED, new byte[0]);
    } else {
      write(STARTED, properties(base));
    }
  }

  public boolean isStarted() {
    return Files.exists(directory.resolve(STARTED));
  }

  /** What the container's output counts from, as its first follower said. */
  public Optional<OutputPositions> base() throws IOException {
    Optional<OutputPositions> later = positions(BASE);
    return later.isPresent() ? later : positions(STARTED);
  }

  private Optional<OutputPositions> positions(String name) throws IOException {
    return read(name)
        .filter(values -> values.containsKey("stdout"))
        .map(
            values ->
                new OutputPositions(
                    Long.parseLong(values.getProperty("stdout")),
                    Long.parseLong(values.getProperty("stderr"))));
  }

  /** The same of a container that was let go before it had a follower. */
  public void base(OutputPositions positions) throws IOException {
    write(BASE, properties(positions));
  }

  private static Properties properties(OutputPositions positions) {
    Properties values = new Properties();
    values.setProperty("stdout", Long.toString(positions.stdout()));
    values.setProperty("stderr", Long.toString(positions.stderr()));
    return values;
  }

  /** Removes everything. Repeats safely. */
  public void delete() throws IOException {
    if (!exists()) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory, 1)) {
      for (Path file : files.toList()) {
        if (!file.equals(directory)) {
          Files.deleteIfExists(file);
        }
      }
    }
    Files.deleteIfExists(directory);
  }
}
