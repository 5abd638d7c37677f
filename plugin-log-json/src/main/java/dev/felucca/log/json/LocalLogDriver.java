package dev.felucca.log.json;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.log.LogDriver;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/**
 * The log driver {@code local}, whose files are its own business: here lines as json-file's, in
 * Docker's place and within Docker's bounds.
 */
@Component
public final class LocalLogDriver implements LogDriver {
  private static final JsonFileOptions DEFAULTS = new JsonFileOptions(20 << 20, 5, true);

  private final LogSignals signals = new LogSignals();

  @Override
  public String name() {
    return "local";
  }

  @Override
  public void validate(Map<String, String> options) {
    parse(options);
  }

  /** Docker's rules: each option has its default, whatever the others are. */
  static JsonFileOptions parse(Map<String, String> options) {
    JsonFileOptions parsed = JsonFileOptions.parse("log driver local", options, DEFAULTS, DEFAULTS);
    if (parsed.maxSize() == 0) {
      throw new EngineException(INVALID, "max size should be a positive number");
    }
    if (parsed.compress() && parsed.maxFiles() == 1) {
      throw new EngineException(INVALID, "compression cannot be enabled when max file count is 1");
    }
    return parsed;
  }

  @Override
  public LogWriter writer(Path directory, String containerId, Map<String, String> options)
      throws IOException {
    return new JsonFileWriter(files(directory), parse(options), signals);
  }

  @Override
  public boolean readable() {
    return true;
  }

  @Override
  public LogReader reader(
      Path directory, String containerId, Map<String, String> options, LogQuery query)
      throws IOException {
    return new JsonFileReader(files(directory), query, signals);
  }

  private static LogFiles files(Path directory) throws IOException {
    Path own = directory.resolve("local-logs");
    Files.createDirectories(own);
    return new LogFiles(own.resolve("container.log"));
  }

  /** As in Docker nobody is told where. */
  @Override
  public String path(Path directory, String containerId) {
    return "";
  }
}
