package dev.felucca.shell;

import dev.felucca.kernel.container.SystemInfo;
import dev.felucca.kernel.container.SystemInfo.DriverInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code driver [list | containers NAME]}. */
@Command(description = "list drivers, or which containers use one")
final class DriverCommand extends ShellCommand {
  @Parameters(index = "0", arity = "0..1", paramLabel = "list|containers", defaultValue = "list")
  private String verb = "list";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME")
  private @Nullable String name;

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
      default -> {
        console().print("Error: driver knows list and containers, not " + verb);
        return 2;
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
      console().print("Error: no driver is named " + name);
    }
    return known;
  }
}
