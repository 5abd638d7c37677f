package dev.felucca.log.json;

import dev.felucca.kernel.log.LogDriver;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The log driver {@code json-file}. Unlike Docker's, a log is bounded unless its container says
 * otherwise: five files of 20 MiB by default.
 */
@Component(configurationPid = "dev.felucca.log.json")
@Designate(ocd = JsonFileLogDriver.Config.class)
public final class JsonFileLogDriver implements LogDriver {
  /** Defaults for containers that give no options. */
  @ObjectClassDefinition(name = "json-file logs")
  public @interface Config {
    @AttributeDefinition(
        description = "size at which a log file is rotated, such as 20m; -1 for never")
    String max_size() default "20m";

    @AttributeDefinition(description = "files kept for each container, the current one included")
    int max_file() default 5;

    @AttributeDefinition(description = "compress rotated files from the second on")
    boolean compress() default false;
  }

  private final JsonFileOptions defaults;
  private final LogSignals signals = new LogSignals();

  @Activate
  public JsonFileLogDriver(Config config) {
    this(
        new JsonFileOptions(
            JsonFileOptions.size(config.max_size()),
            Math.max(1, config.max_file()),
            config.compress()));
  }

  JsonFileLogDriver(JsonFileOptions defaults) {
    this.defaults = defaults;
  }

  @Override
  public String name() {
    return "json-file";
  }

  @Override
  public void validate(Map<String, String> options) {
    JsonFileOptions.parse(options, defaults);
  }

  @Override
  public LogWriter writer(Path directory, String containerId, Map<String, String> options)
      throws IOException {
    return new JsonFileWriter(
        LogFiles.in(directory, containerId), JsonFileOptions.parse(options, defaults), signals);
  }

  @Override
  public boolean readable() {
    return true;
  }

  @Override
  public LogReader reader(
      Path directory, String containerId, Map<String, String> options, LogQuery query)
      throws IOException {
    Files.createDirectories(directory);
    return new JsonFileReader(LogFiles.in(directory, containerId), query, signals);
  }

  @Override
  public String path(Path directory, String containerId) {
    return LogFiles.in(directory, containerId).current().toString();
  }
}
