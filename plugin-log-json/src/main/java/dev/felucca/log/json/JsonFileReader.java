package dev.felucca.log.json;

import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one log over all its files, oldest first, and stays for what comes when asked to. */
final class JsonFileReader implements LogReader {
  private static final Logger LOG = LoggerFactory.getLogger(JsonFileReader.class);

  /**
   * A look at the file without a signal, for writers in another process such as a second engine's
   * repair.
   */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  private final LogFiles files;
  private final LogQuery query;
  private final LogSignals signals;
  private @Nullable LineSource source;
  private @Nullable Long inode;
  private Instant seen = Instant.MIN;
  private boolean skipSeen;
  private volatile boolean closed;

  JsonFileReader(LogFiles files, LogQuery query, LogSignals signals) throws IOException {
    this.files = files;
    this.query = query;
    this.signals = signals;
    begin();
  }

  /** Opens the file in which the first wanted line is, at that line. */
  private void begin() throws IOException {
    if (query.tail() < 0) {
      open(files.oldestFirst().get(0));
      return;
    }
    long wanted = query.tail();
    List<Path> all = files.oldestFirst();
    for (int index = all.size() - 1; index >= 0; index--) {
      open(all.get(index));
      if (source == null && inode != null && index < all.size() - 1) {
        open(all.get(index + 1)); // all of it is wanted, and nobody can read what was before
        return;
      }
      if (source == null) {
        continue;
      }
      if (LogFiles.isCompressed(all.get(index))) {
        long lines = 0;
        while (nextLine()) {
          lines++;
        }
        open(all.get(index));
        for (long skip = lines - wanted; skip > 0 && nextLine(); skip--) {
          // Past the lines that are not wanted.
        }
        wanted -= Math.min(lines, wanted);
      } else {
        wanted -= source.seekBack(wanted);
      }
      if (wanted == 0 || index == 0) {
        return;
      }
    }
  }

  private void open(Path file) throws IOException {
    if (source != null) {
      source.close();
    }
    source = null;
    inode = LogFiles.inode(file);
    if (inode == null) {
      return;
    }
    try {
      source = LineSource.open(file);
    } catch (NoSuchFileException e) {
      inode = null;
    } catch (IOException e) {
      LOG.error("{} cannot be read, its log goes on behind it: {}", file, e.getMessage());
    }
  }

  /** To the next line of the open file; one that is damaged from here on has none. */
  private boolean nextLine() throws IOException {
    LineSource from = source;
    if (from == null) {
      return false;
    }
    try {
      return from.next();
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      LOG.error("{} is damaged, and goes on behind that: {}", files.current(), e.getMessage());
      source = null;
      from.close();
      return false;
    }
  }

  @Override
  public @Nullable LogEntry next(Duration patience) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!closed) {
      LogEntry entry;
      try {
        entry = read();
      } catch (ClosedChannelException e) {
        if (closed) {
          return null;
        }
        throw e;
      }
      if (entry != null) {
        if (query.until() != null && !entry.time().isBefore(query.until())) {
          return null;
        }
        if (wanted(entry)) {
          return entry;
        }
        continue;
      }
      long left = deadline - System.nanoTime();
      if (!query.follow() || left <= 0) {
        return null;
      }
      Duration wait = Duration.ofNanos(Math.min(left, LONGEST_WAIT.toNanos()));
      signals.await(files.current(), wait, () -> closed || more());
    }
    return null;
  }

  private boolean wanted(LogEntry entry) {
    return (entry.stream() == OutputStreamKind.STDOUT ? query.stdout() : query.stderr())
        && (query.since() == null || !entry.time().isBefore(query.since()));
  }

  /** The next entry of this file or the one after it, or null at the very end. */
  private @Nullable LogEntry read() throws IOException {
    while (true) {
      if (nextLine()) {
        LineSource from = Objects.requireNonNull(source);
        LogEntry entry = JsonLine.decode(from.bytes(), from.bytes().length);
        if (entry == null || (skipSeen && !entry.time().isAfter(seen))) {
          continue;
        }
        skipSeen = false;
        seen = entry.time();
        return entry;
      }
      if (!advance()) {
        return null;
      }
    }
  }

  /**
   * Opens the file after the one that has been read to its end; false when that was the current
   * one.
   */
  private boolean advance() throws IOException {
    Long current = LogFiles.inode(files.current());
    if (current == null || current.equals(inode)) {
      return false;
    }
    // A rotation came between the last read and now: what it left in the old file comes first.
    if (source != null && source.hasMore()) {
      return true;
    }
    List<Path> all = files.oldestFirst();
    for (int index = 0; index < all.size() - 1; index++) {
      Long candidate = LogFiles.inode(all.get(index));
      if (candidate != null && candidate.equals(inode)) {
        open(all.get(index + 1));
        return inode != null; // also of one that cannot be read: on to the one after it
      }
    }
    // The file was compressed or deleted under a slow reader: go on from the oldest, past what was
    // seen.
    skipSeen = inode != null;
    open(all.get(0));
    return inode != null;
  }

  private boolean more() throws IOException {
    LineSource from = source;
    if (from != null && from.hasMore()) {
      return true;
    }
    Long current = LogFiles.inode(files.current());
    return current != null && !current.equals(inode);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    signals.grown(files.current());
    LineSource from = source;
    if (from != null) {
      from.close();
    }
  }
}
