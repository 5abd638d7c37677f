package dev.felucca.engine.driver;

import dev.felucca.engine.state.Settings;
import dev.felucca.kernel.Driver;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The driver of each kind that is taken where nobody asks for another. */
@Component(service = DefaultDrivers.class)
public final class DefaultDrivers {
  /**
   * Best first; the last is named when none is here, so that its absence is what is complained of.
   */
  private static final List<String> STORAGE = List.of("overlay", "vfs");

  private final Drivers drivers;
  private final Settings settings;

  @Activate
  public DefaultDrivers(@Reference Drivers drivers, @Reference Settings settings) {
    this.drivers = drivers;
    this.settings = settings;
  }

  /** The configured one, else overlay where it is here and works, else another that does. */
  public String storage() {
    return configuredOr(settings.now().storageDriver(), drivers.snapshotters(), STORAGE);
  }

  public String isolation() {
    return configuredOr(settings.now().isolationDriver(), drivers.isolation(), List.of("linux"));
  }

  public String log() {
    return configuredOr(settings.now().logDriver(), drivers.logs(), List.of("json-file"));
  }

  /** By kind, as {@code info} shows them. */
  public Map<String, String> all() {
    return Map.of("storage", storage(), "isolation", isolation(), "log", log());
  }

  private static <D extends Driver> String configuredOr(
      String configured, DriverTable<D> table, List<String> preferred) {
    if (!configured.isEmpty()) {
      return configured;
    }
    // One after the other, best first: a driver that hangs is no business of who has a better one.
    return Stream.concat(preferred.stream(), table.names().stream())
        .filter(table::usable)
        .findFirst()
        .orElse(preferred.get(0));
  }
}
