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

/** Holds a directory for one engine; the kernel lets go of it when the process ends in any way. */
final class DirectoryLock implements AutoCloseable {
  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /** CONFLICT, naming the holder, when another engine has it. */
  static DirectoryLock take(Path directory) throws IOException {
    Path file = directory.resolve("engine.lock");
    FileChannel channel = FileChannel.open(file, CREATE, READ, WRITE);
    boolean taken = false;
    try {
      FileLock lock;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        lock = null; // held by this very process
      }
      if (lock == null) {
        throw new EngineException(
            EngineException.Kind.CONFLICT,
            "data root "
                + directory
                + " is in use by another engine (pid "
                + Files.readString(file).strip()
                + "): choose another with felucca.data-root");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)));
      taken = true;
      return new DirectoryLock(channel);
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("close the data root's lock", e);
    }
  }
}
