package dev.felucca.log.json;

import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.log.LogDriver;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/**
 * The log driver {@code none}: who is attached sees the output, and nothing is kept of it but how
 * far it went, for an engine that takes the container over must not show it again.
 */
@Component
public final class NoneLogDriver implements LogDriver {
  @Override
  public String name() {
    return "none";
  }

  /** As in Docker any option is taken, for none matters. */
  @Override
  public void validate(Map<String, String> options) {}

  @Override
  public LogWriter writer(Path directory, String containerId, Map<String, String> options)
      throws IOException {
    return new Position(
        FileChannel.open(
            directory.resolve("log.position"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  @Override
  public boolean readable() {
    return false;
  }

  @Override
  public LogReader reader(
      Path directory, String containerId, Map<String, String> options, LogQuery query) {
    throw new EngineException(
        NOT_IMPLEMENTED, "configured logging driver does not support reading");
  }

  @Override
  public String path(Path directory, String containerId) {
    return "";
  }

  /** Two numbers in a file, written in one piece. */
  private record Position(FileChannel file) implements LogWriter {
    private static final int SIZE = 2 * Long.BYTES;

    @Override
    public OutputPositions resumeAt() {
      ByteBuffer numbers = ByteBuffer.allocate(SIZE);
      try {
        return file.read(numbers, 0) < SIZE
            ? OutputPositions.START
            : new OutputPositions(numbers.getLong(0), numbers.getLong(Long.BYTES));
      } catch (IOException e) {
        return OutputPositions.START; // Shown twice is better than not at all.
      }
    }

    @Override
    public void write(LogEntry entry) {}

    @Override
    public void checkpoint(OutputPositions positions) throws IOException {
      file.write(
          ByteBuffer.allocate(SIZE).putLong(positions.stdout()).putLong(positions.stderr()).flip(),
          0);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
