package dev.felucca.shell;

import dev.felucca.kernel.container.SystemInfo;
import dev.felucca.kernel.container.SystemInfo.DriverInfo;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code driver [list | containers NAME | default KIND NAME]}. */
@Command(description = "list drivers, which containers use one, or choose a default")
final class DriverCommand extends ShellCommand {
  private static final List<String> CHOOSABLE = List.of("storage", "isolation", "log");

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "list|containers|default",
      defaultValue = "list")
  private String verb = "list";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME")
  private @Nullable String name;

  @Parameters(index = "2", arity = "0..1", paramLabel = "NAME")
  private @Nullable String chosen;

  DriverCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    List<DriverInfo> drivers = use(SystemInfo.class, SystemInfo::drivers);
    switch (verb) {
      case "list", "ls" -> list(drivers);
      case "containers" -> {
        if (!containers(drivers)) {
          return 1;
        }
      }
      case "default" -> {
        return choose(drivers);
      }
      default -> {
        return misused("driver knows list, containers and default, not " + verb);
      }
    }
    return 0;
  }

  private void list(List<DriverInfo> drivers) {
    Table table = new Table("KIND", "NAME", "DEFAULT", "STATE", "CONTAINERS");
    for (DriverInfo driver : drivers) {
      table.row(
          driver.kind(),
          driver.name(),
          driver.isDefault() ? "*" : "",
          !driver.present()
              ? "missing"
              : driver.unusable() == null ? "ready" : "unusable: " + driver.unusable(),
          Integer.toString(driver.containers().size()));
    }
    table.lines().forEach(console()::print);
  }

  /**
   * Writes the engine's setting, which new containers follow at once; where it came from a file,
   * the file too.
   */
  private int choose(List<DriverInfo> drivers) throws Exception {
    if (name == null || chosen == null || !CHOOSABLE.contains(name)) {
      return misused("driver default takes one of " + String.join(", ", CHOOSABLE) + " and a name");
    }
    if (drivers.stream()
        .noneMatch(driver -> driver.kind().equals(name) && driver.name().equals(chosen))) {
      complain("Error: no " + name + " driver is named " + chosen);
      return 1;
    }
    String key = name + "Driver";
    String value = chosen;
    tell(
        ConfigurationAdmin.class,
        admin -> {
          Configuration settings = admin.getConfiguration("dev.felucca.engine", "?");
          Dictionary<String, Object> properties = settings.getProperties();
          Dictionary<String, Object> changed = properties == null ? new Hashtable<>() : properties;
          changed.put(key, value);
          settings.update(changed);
        });
    return 0;
  }

  private boolean containers(List<DriverInfo> drivers) {
    boolean known = false;
    for (DriverInfo driver : drivers) {
      if (name == null || driver.name().equals(name)) {
        known = true;
        driver
            .containers()
            .forEach(id -> console().print(driver.kind() + " " + driver.name() + " " + id));
      }
    }
    if (!known) {
      complain("Error: no driver is named " + name);
    }
    return known;
  }
}
