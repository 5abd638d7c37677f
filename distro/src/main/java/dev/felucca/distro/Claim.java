package dev.felucca.distro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * This process's hold on its folders, so that two engines never write to one. A lock of the
 * kernel's: it ends with the process however that ends, so there is no stale one. {@code
 * felucca.pid} and {@code felucca.ready} are for people and scripts; both are in the run directory,
 * as the data root may be full.
 */
final class Claim implements AutoCloseable {
  private final Path pidFile;
  private final Path readyFile;
  private final List<FileLock> locks = new ArrayList<>();

  private Claim(Path runDir) {
    this.pidFile = runDir.resolve("felucca.pid");
    this.readyFile = runDir.resolve("felucca.ready");
  }

  /**
   * Refuses with an {@link IOException} naming the folder and the holder when another engine has
   * one of them.
   */
  static Claim of(Options options) throws IOException {
    Claim claim = new Claim(options.runDir());
    try {
      claim.lock(options.dataRoot());
      claim.lock(options.runDir());
      Files.deleteIfExists(plain(claim.readyFile));
      Files.writeString(plain(claim.pidFile), Self.pid() + "\n");
      return claim;
    } catch (IOException e) {
      claim.release(e);
      throw e;
    }
  }

  private void lock(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path file = plain(folder.resolve("felucca.lock"));
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
    FileLock lock = channel.tryLock();
    if (lock == null) {
      channel.close();
      throw new IOException(
          folder
              + " belongs to a running engine (pid "
              + new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).strip()
              + ")");
    }
    locks.add(lock);
    // Written over what is there and cut then: a full disk has no room for the same bytes anew.
    channel.write(ByteBuffer.wrap(Self.pid().getBytes(StandardCharsets.US_ASCII)));
    channel.truncate(channel.position());
  }

  /** The path of a file that is written: a directory or a bad link there is moved aside. */
  private static Path plain(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
      Path aside = file.resolveSibling(file.getFileName() + ".damaged-" + System.nanoTime());
      Files.move(file, aside);
      System.err.println("felucca: " + file + " is no file and was moved to " + aside);
    }
    return file;
  }

  /** The engine answers; {@code words} say so to who waits for the file. */
  void ready(String words) throws IOException {
    Files.writeString(readyFile, words + "\n");
  }

  private void release(IOException first) {
    try {
      close();
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (locks.size() == 2) {
      Files.deleteIfExists(readyFile);
      Files.deleteIfExists(pidFile);
    }
    for (FileLock lock : locks) {
      lock.acquiredBy().close();
    }
  }
}
