package dev.felucca.isolation.keeper;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.OutputPositions;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One container's files in the run directory: forgotten by a reboot, as its processes are. */
public final class ContainerFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerFiles.class);
  private static final String COPY = ".copy";
  private static final String ASIDE = ".damaged-";
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
  public void write(String name, byte[] content) throws IOException {
    Path next = directory.resolve(name + ".next");
    Files.write(next, content);
    Files.move(next, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** As {@link #write}, with a copy of it: for what no container can be kept without. */
  public void writeTwice(String name, byte[] content) throws IOException {
    write(name + COPY, content);
    write(name, content);
  }

  /** What a file's content stands for. */
  public interface Meaning<T> {
    /** Throws for content that makes no sense. */
    T of(byte[] content) throws IOException;
  }

  /**
   * What stands in a file that was written twice. One that is damaged is moved aside, and its copy
   * takes its place.
   *
   * @return empty where there is no such file
   * @throws IOException when both are damaged
   */
  public <T> Optional<T> either(String name, Meaning<T> meaning) throws IOException {
    Path file = directory.resolve(name);
    Path copy = directory.resolve(name + COPY);
    try {
      return Optional.of(meaning.of(Files.readAllBytes(file)));
    } catch (IOException | RuntimeException e) {
      boolean gone = e instanceof NoSuchFileException;
      if (gone && !Files.exists(copy)) {
        return Optional.empty();
      }
      try {
        byte[] content = Files.readAllBytes(copy);
        T found = meaning.of(content);
        if (!gone) { // else an engine was killed right behind this line
          aside(file, "its copy takes its place: " + e.getMessage());
        }
        write(name, content);
        return Optional.of(found);
      } catch (IOException | RuntimeException neither) {
        e.addSuppressed(neither);
        throw new IOException(file + " is damaged, and has no good copy: " + e.getMessage(), e);
      }
    }
  }

  /** The path of a file that is written on: what lies there and is none is moved aside. */
  public Path plain(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      aside(file, "it is no file");
    }
    return file;
  }

  /** Out of the way, and gone with the rest. */
  public void aside(Path file, String why) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ASIDE + System.nanoTime());
    Files.move(file, aside);
    LOG.error("{} is damaged and was moved to {}: {}", file, aside.getFileName(), why);
  }

  /** Of {@link Properties}, as bytes. */
  public static byte[] bytes(Properties values) throws IOException {
    StringWriter text = new StringWriter();
    values.store(text, null);
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** What {@link #bytes} made. */
  public static Properties properties(byte[] content) throws IOException {
    Properties values = new Properties();
    values.load(new StringReader(new String(content, StandardCharsets.UTF_8)));
    return values;
  }

  /** The text of a file, where there is one; any bytes are some. */
  public Optional<String> text(String name) throws IOException {
    try {
      byte[] content = Files.readAllBytes(plain(directory.resolve(name)));
      return Optional.of(new String(content, StandardCharsets.UTF_8));
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
      write(STARTED, bytes(properties(base)));
    }
  }

  public boolean isStarted() {
    return Files.exists(directory.resolve(STARTED), LinkOption.NOFOLLOW_LINKS);
  }

  /** What the container's output counts from, as its first follower said. */
  public Optional<OutputPositions> base() throws IOException {
    Optional<OutputPositions> later = positions(BASE);
    return later.isPresent() ? later : positions(STARTED);
  }

  private Optional<OutputPositions> positions(String name) throws IOException {
    Path file = directory.resolve(name);
    try {
      byte[] content = Files.readAllBytes(file);
      if (content.length == 0 && name.equals(STARTED)) {
        return Optional.empty(); // it had no follower then
      }
      Properties values = properties(content);
      return Optional.of(
          new OutputPositions(
              Long.parseLong(KeptState.text(values, "stdout")),
              Long.parseLong(KeptState.text(values, "stderr"))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      String why = "output that is kept may come twice: " + e.getMessage();
      if (name.equals(BASE)) {
        aside(file, why);
      } else {
        LOG.error("{} is damaged: {}", file, why); // and stays: without it nothing was started
      }
      return Optional.empty();
    }
  }

  /** The same of a container that was let go before it had a follower. */
  public void base(OutputPositions positions) throws IOException {
    write(BASE, bytes(properties(positions)));
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
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.contains(ASIDE) || name.equals(STARTED)) {
          deleteTree(file);
        } else {
          Files.deleteIfExists(file);
        }
      }
    }
    Files.deleteIfExists(directory);
  }

  /** Of what was damaged alone: elsewhere in here something may be mounted. */
  private static void deleteTree(Path root) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
