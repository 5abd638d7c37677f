package dev.felucca.linux.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The kernel's small files. A test replaces what the kernel fills: directories, and lists of
 * members.
 */
class CgroupFiles {
  private static final Duration GOING = Duration.ofMillis(200);

  void mkdir(Path directory) throws IOException {
    Files.createDirectory(directory);
  }

  void rmdir(Path directory) throws IOException {
    Files.delete(directory);
  }

  final boolean exists(Path path) {
    return Files.exists(path);
  }

  final void write(Path file, String value) throws IOException {
    try {
      Files.writeString(file, value, StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      throw new IOException(
          "write \"" + value + "\" to " + file + ": this kernel has no such setting", e);
    } catch (IOException e) {
      throw new IOException("write \"" + value + "\" to " + file + ": " + reason(e), e);
    }
  }

  /** Not where the group is removed meanwhile. */
  final void writeIfThere(Path file, String value) throws IOException {
    try {
      write(file, value);
    } catch (IOException e) {
      if (stays(file)) throw e;
    }
  }

  /**
   * False when it goes: of a group that is being removed the kernel answers ENODEV a moment before
   * it and its files can't be found any more.
   */
  final boolean stays(Path path) throws IOException {
    return !Members.await(GOING, () -> !exists(path));
  }

  final void write(Path file, long value) throws IOException {
    write(file, Long.toString(value));
  }

  static String reason(IOException e) {
    String reason = e instanceof FileSystemException f ? f.getReason() : null;
    return reason != null ? reason : String.valueOf(e.getMessage());
  }

  /** A group that is removed between open and read answers ENODEV: its file is no longer there. */
  final String read(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.US_ASCII).trim();
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      if (exists(file)) {
        throw e;
      }
      NoSuchFileException gone = new NoSuchFileException(file.toString());
      gone.initCause(e);
      throw gone;
    }
  }

  /** 0 when there is no such file; {@link CgroupStats#UNLIMITED} for {@code max}. */
  final long number(Path file) throws IOException {
    try {
      String text = read(file);
      return text.equals("max") ? CgroupStats.UNLIMITED : Long.parseLong(text);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  final List<String> lines(Path file) throws IOException {
    String text = read(file);
    return text.isEmpty() ? List.of() : Arrays.asList(text.split("\n"));
  }

  /** Lines of a name and a number; empty when there is no such file. */
  final Map<String, Long> table(Path file) throws IOException {
    Map<String, Long> table = new LinkedHashMap<>();
    try {
      for (String line : lines(file)) {
        int space = line.lastIndexOf(' ');
        if (space < 0) continue;
        String value = line.substring(space + 1);
        if (!value.equals("max")) table.put(line.substring(0, space), Long.parseLong(value));
      }
    } catch (NoSuchFileException e) {
      return Map.of();
    }
    return table;
  }

  /** The directory and all below it, deepest first. One that vanishes meanwhile is passed over. */
  final List<Path> tree(Path directory) throws IOException {
    List<Path> found = new ArrayList<>();
    collect(directory, found);
    return found;
  }

  private static void collect(Path directory, List<Path> found) throws IOException {
    List<Path> children;
    if (childless(directory)) {
      found.add(directory);
      return;
    }
    try (Stream<Path> entries = Files.list(directory)) {
      children = entries.filter(Files::isDirectory).toList();
    } catch (NoSuchFileException e) {
      return;
    }
    for (Path child : children) collect(child, found);
    found.add(directory);
  }

  /**
   * Told by the number of links, where the file system counts them: a listing would look at each of
   * the dozens of files.
   */
  private static boolean childless(Path directory) throws IOException {
    try {
      return Files.getAttribute(directory, "unix:nlink") instanceof Integer links && links == 2;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** The pids in {@code cgroup.procs} of the directory and all below it. */
  List<Integer> pids(Path directory) throws IOException {
    List<Integer> pids = new ArrayList<>();
    for (Path each : tree(directory)) {
      try {
        for (String line : lines(each.resolve("cgroup.procs"))) pids.add(Integer.valueOf(line));
      } catch (NoSuchFileException e) {
        continue; // removed by the container between the two looks
      } catch (IOException e) {
        if (!threaded(each)) throw e; // which answers EOPNOTSUPP
      }
    }
    return pids;
  }

  private boolean threaded(Path directory) throws IOException {
    Path type = directory.resolve("cgroup.type");
    return exists(type) && read(type).equals("threaded");
  }
}
