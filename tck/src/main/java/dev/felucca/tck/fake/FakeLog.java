package dev.felucca.tck.fake;

import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.log.LogDriver;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Logs in memory, which the drivers that come after this one have too. Readers don't follow. */
public final class FakeLog implements LogDriver {
  private final String name;
  private final Map<String, Kept> logs;
  private final AtomicInteger open;
  private final Trouble trouble = new Trouble();

  private static final class Kept {
    private final List<LogEntry> entries = new ArrayList<>();
    private OutputPositions positions = OutputPositions.START;
  }

  public FakeLog(String name) {
    this(name, new ConcurrentHashMap<>(), new AtomicInteger());
  }

  private FakeLog(String name, Map<String, Kept> logs, AtomicInteger open) {
    this.name = name;
    this.logs = logs;
    this.open = open;
  }

  /** As a bundle update makes it: another object on the same files. */
  public FakeLog updated() {
    return new FakeLog(name, logs, open);
  }

  public Trouble trouble() {
    return trouble;
  }

  /** Writers that were opened and not closed. */
  public int openWriters() {
    return open.get();
  }

  /** What a container's log holds, as text. */
  public String text(String containerId) {
    Kept kept = logs.computeIfAbsent(containerId, key -> new Kept());
    StringBuilder text = new StringBuilder();
    synchronized (kept) {
      kept.entries.forEach(e -> text.append(new String(e.line(), StandardCharsets.UTF_8)));
    }
    return text.toString();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void validate(Map<String, String> options) {}

  @Override
  public LogWriter writer(Path directory, String containerId, Map<String, String> options)
      throws IOException {
    trouble.enter("writer");
    open.incrementAndGet();
    return new Writer(logs.computeIfAbsent(containerId, key -> new Kept()));
  }

  private final class Writer implements LogWriter {
    private final Kept kept;
    private final List<LogEntry> unseen = new ArrayList<>();
    private boolean closed;

    Writer(Kept kept) {
      this.kept = kept;
    }

    @Override
    public OutputPositions resumeAt() {
      synchronized (kept) {
        return kept.positions;
      }
    }

    @Override
    public void write(LogEntry entry) throws IOException {
      trouble.enter("write");
      if (closed) {
        throw new IOException("the log is closed");
      }
      unseen.add(entry);
    }

    @Override
    public void checkpoint(OutputPositions positions) throws IOException {
      trouble.enter("checkpoint");
      synchronized (kept) {
        kept.entries.addAll(unseen);
        kept.positions = positions;
      }
      unseen.clear();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open.decrementAndGet();
      }
    }
  }

  @Override
  public boolean readable() {
    return true;
  }

  @Override
  public LogReader reader(
      Path directory, String containerId, Map<String, String> options, LogQuery query)
      throws IOException {
    trouble.enter("reader");
    Kept kept = logs.computeIfAbsent(containerId, key -> new Kept());
    List<LogEntry> found = new ArrayList<>();
    synchronized (kept) {
      for (LogEntry entry : kept.entries) {
        if ((entry.stream() == OutputStreamKind.STDOUT ? query.stdout() : query.stderr())
            && (query.until() == null || entry.time().isBefore(query.until()))) {
          found.add(entry);
        }
      }
    }
    Iterator<LogEntry> entries = found.iterator();
    return new LogReader() {
      @Override
      public @Nullable LogEntry next(Duration patience) {
        return entries.hasNext() ? entries.next() : null;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public String path(Path directory, String containerId) {
    return "";
  }
}
