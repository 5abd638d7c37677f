package dev.felucca.engine.state;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Holds a directory for one engine; the kernel lets go of it when the process ends in any way. */
final class DirectoryLock implements AutoCloseable {
  /** Not closed, not even by a collected reference: see {@link #take}. */
  private static final Queue<FileChannel> KEPT_OPEN = new ConcurrentLinkedQueue<>();

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * CONFLICT, naming the holder, when another engine has it.
   *
   * @param what for the message: {@code data root}
   * @param setting what chooses another
   */
  static DirectoryLock take(Path directory, String what, String setting) throws IOException {
    Path file = Aside.plain(directory.resolve("engine.lock"));
    FileChannel channel = FileChannel.open(file, CREATE, READ, WRITE);
    boolean close = true;
    try {
      FileLock lock;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        // Held by this very process, and closing any descriptor of the file would let go of the
        // lock (fcntl(2)): this one stays open.
        lock = null;
        close = false;
        KEPT_OPEN.add(channel);
      }
      if (lock == null) {
        ByteBuffer holder = ByteBuffer.allocate(32);
        channel.read(holder, 0);
        throw new EngineException(
            EngineException.Kind.CONFLICT,
            what
                + " "
                + directory
                + " is in use by another engine (pid "
                + new String(holder.array(), 0, holder.position(), StandardCharsets.ISO_8859_1)
                    .strip()
                + "): choose another with "
                + setting);
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((pid() + "\n").getBytes(StandardCharsets.UTF_8)));
      close = false;
      return new DirectoryLock(channel);
    } finally {
      if (close) {
        channel.close();
      }
    }
  }

  /** Not by {@code ProcessHandle}, which starts what looks after child processes. */
  private static Path pid() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self"));
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("close the lock of a directory", e);
    }
  }
}
