package dev.felucca.log.json;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends to one log. Entries gather in memory and reach the file at a checkpoint; what lies in the
 * file beyond the last checkpoint is cut off when the log is opened again, since its output is
 * delivered again.
 */
final class JsonFileWriter implements LogWriter {
  private static final Logger LOG = LoggerFactory.getLogger(JsonFileWriter.class);

  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

  private final LogFiles files;
  private final JsonFileOptions options;
  private final LogSignals signals;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private final FileChannel sidecar;
  private FileChannel log;
  private long inode;
  private long length;
  private OutputPositions positions;

  JsonFileWriter(LogFiles files, JsonFileOptions options, LogSignals signals) throws IOException {
    this.files = files;
    this.options = options;
    this.signals = signals;
    Checkpoint last = lastCheckpoint(files);
    positions = last == null ? OutputPositions.START : last.positions();
    log = openLog();
    try {
      inode = inodeOfCurrent();
      // Another inode than the checkpoint's: a crash came between a rotation and its checkpoint,
      // and what the new file
      // holds was never accounted for.
      length =
          last == null
              ? log.size()
              : last.inode() == inode ? Math.min(last.length(), log.size()) : 0;
      log.truncate(length);
      sidecar =
          FileChannel.open(LogFiles.plain(files.sidecar()), Set.of(CREATE, WRITE), OWNER_ONLY);
    } catch (IOException e) {
      log.close();
      throw e;
    }
  }

  private static @Nullable Checkpoint lastCheckpoint(LogFiles files) throws IOException {
    try {
      Checkpoint last = Checkpoint.decode(Files.readAllBytes(LogFiles.plain(files.sidecar())));
      if (last == null) {
        LOG.error("{} makes no sense: output may come twice in this log", files.sidecar());
      }
      return last;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private FileChannel openLog() throws IOException {
    return FileChannel.open(LogFiles.plain(files.current()), Set.of(CREATE, WRITE), OWNER_ONLY);
  }

  private long inodeOfCurrent() throws IOException {
    Long found = LogFiles.inode(files.current());
    if (found == null) {
      throw new NoSuchFileException(files.current().toString());
    }
    return found;
  }

  @Override
  public OutputPositions resumeAt() {
    return positions;
  }

  @Override
  public void write(LogEntry entry) {
    JsonLine.encode(entry, pending);
  }

  @Override
  public void checkpoint(OutputPositions newPositions) throws IOException {
    if (pending.size() > 0) {
      ByteBuffer bytes = ByteBuffer.wrap(pending.toByteArray());
      long end = length;
      while (bytes.hasRemaining()) {
        end += log.write(bytes, end);
      }
      // Kept until all of it is in the file: after a full disk the same entries are written again
      // at the same place.
      pending.reset();
      length = end;
    }
    positions = newPositions;
    record();
    if (options.maxSize() > 0 && length >= options.maxSize()) {
      rotate();
    }
    signals.grown(files.current());
  }

  private void record() throws IOException {
    ByteBuffer bytes = new Checkpoint(inode, length, positions).encode();
    if (sidecar.write(bytes, 0) != Checkpoint.BYTES) {
      throw new IOException("short write to " + files.sidecar());
    }
  }

  private void rotate() throws IOException {
    log.close();
    files.shift(options.maxFiles(), options.compress());
    log = openLog();
    inode = inodeOfCurrent();
    length = 0;
    record();
  }

  @Override
  public void close() throws IOException {
    try (FileChannel first = log;
        FileChannel second = sidecar) {
      signals.grown(files.current());
    }
  }
}
