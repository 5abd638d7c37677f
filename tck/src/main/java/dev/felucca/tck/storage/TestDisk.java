package dev.felucca.tck.storage;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A small file system that is mounted while a test uses it. */
final class TestDisk implements AutoCloseable {
  private static final long IMAGE_BYTES = 400L << 20;

  private final Path place;
  private final Path fill;

  private TestDisk(Path place) {
    this.place = place;
    this.fill = place.resolve("fill");
  }

  static TestDisk tmpfs(Path directory, String size) throws IOException {
    Path place = Files.createTempDirectory(directory, "tmpfs-");
    run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", place.toString());
    return new TestDisk(place);
  }

  /**
   * In a file. The test is skipped where the kernel, or this machine, has no such file system or
   * cannot mount it so. Where the property {@code felucca.test.disks} names a folder with one that
   * is made already, that one is used.
   *
   * @param maker what of mkfs comes between its name and the file's
   */
  static TestDisk of(Path directory, String type, List<String> maker, String options)
      throws IOException {
    Path made = Path.of(System.getProperty("felucca.test.disks", "/nonexistent"), type + ".img");
    if (Files.exists(made)) {
      return mount(directory, type, made, options);
    }
    assumeTrue(Files.exists(Path.of("/sbin/mkfs." + type)), "there is no mkfs." + type + " here");
    Path image = Files.createTempFile(directory, type, ".img");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(IMAGE_BYTES);
    }
    try {
      List<String> words = new ArrayList<>(List.of("/sbin/mkfs." + type, "-q"));
      words.addAll(maker);
      words.add(image.toString());
      run(words.toArray(String[]::new));
      return mount(directory, type, image, options);
    } finally {
      Files.delete(image); // the loop device holds it
    }
  }

  private static TestDisk mount(Path directory, String type, Path image, String options)
      throws IOException {
    Path place = Files.createTempDirectory(directory, type + "-");
    int mounted =
        exit("mount", "-t", type, "-o", "loop," + options, image.toString(), place.toString());
    assumeTrue(mounted == 0, () -> "this kernel does not mount " + type + " with " + options);
    return new TestDisk(place);
  }

  Path place() {
    return place;
  }

  /** Not one byte more can be written. */
  void fill() throws IOException {
    try (OutputStream out = Files.newOutputStream(fill)) {
      for (int size : new int[] {1 << 20, 4096}) {
        try {
          while (true) {
            out.write(new byte[size]);
          }
        } catch (IOException full) {
          assertTrue(isFull(full), full::toString);
        }
      }
    }
  }

  void free() throws IOException {
    Files.delete(fill);
  }

  /** What is taken of it, once all that was written has its place. */
  long used() throws IOException {
    run("sync", "-f", place.toString());
    FileStore store = Files.getFileStore(place);
    return store.getTotalSpace() - store.getUnallocatedSpace();
  }

  static boolean isFull(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String words = String.valueOf(cause.getMessage());
      if (words.contains("No space left on device")
          || words.contains("ENOSPC")
          || words.contains("Disk quota exceeded")
          || words.contains("EDQUOT")) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    run("umount", place.toString());
    Files.delete(place);
  }

  private static void run(String... words) throws IOException {
    int exit = exit(words);
    if (exit != 0) {
      throw new IOException(String.join(" ", words) + ": exit code " + exit);
    }
  }

  private static int exit(String... words) throws IOException {
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", words) + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return process.exitValue();
  }
}
