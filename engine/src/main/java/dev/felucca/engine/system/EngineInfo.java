package dev.felucca.engine.system;

import dev.felucca.engine.container.AppArmor;
import dev.felucca.engine.container.HostMemory;
import dev.felucca.engine.driver.DefaultDrivers;
import dev.felucca.engine.driver.DriverTable;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.network.AddressPools;
import dev.felucca.engine.state.Directories;
import dev.felucca.engine.state.Settings;
import dev.felucca.kernel.Driver;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.SystemInfo;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.IsolationDriver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** What {@code info} shows. */
@Component
public final class EngineInfo implements SystemInfo {
  /**
   * For what all drivers say of themselves: the docker CLI gives no sign of life while it waits.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final String version;
  private final Build build;
  private final Directories directories;
  private final Settings settings;
  private final Drivers drivers;
  private final DefaultDrivers defaults;
  private final ContainerQueries containers;
  private final Images images;
  private final DriverSurvey survey;

  @Activate
  public EngineInfo(
      BundleContext context,
      @Reference Directories directories,
      @Reference Settings settings,
      @Reference Drivers drivers,
      @Reference DefaultDrivers defaults,
      @Reference ContainerQueries containers,
      @Reference Images images) {
    var bundle = context.getBundle().getVersion();
    this.version = bundle.getMajor() + "." + bundle.getMinor() + "." + bundle.getMicro();
    this.build = build(context.getBundle().getHeaders(""));
    this.directories = directories;
    this.settings = settings;
    this.drivers = drivers;
    this.defaults = defaults;
    this.containers = containers;
    this.images = images;
    this.survey = new DriverSurvey(drivers.tables(), PATIENCE);
  }

  @Deactivate
  void close() {
    survey.close();
  }

  @Override
  public Info info() {
    List<ContainerDetails> all = containers.list(true, 0, false, Map.of());
    Map<String, String> release = release();
    HostLimits limits = limits();
    return new Info(
        directories.id(),
        hostname(),
        version,
        build,
        all.size(),
        count(all, Status.RUNNING) + count(all, Status.RESTARTING),
        count(all, Status.PAUSED),
        all.size()
            - count(all, Status.RUNNING)
            - count(all, Status.PAUSED)
            - count(all, Status.RESTARTING),
        images.list(false, Map.of()).size(),
        directories.dataRoot(),
        directories.runDir(),
        defaults.all(),
        System.getProperty("os.version", ""),
        release.getOrDefault("PRETTY_NAME", "Linux"),
        release.getOrDefault("VERSION_ID", ""),
        machine(),
        Runtime.getRuntime().availableProcessors(),
        HostMemory.bytes(),
        limits,
        AddressPools.of(settings.now()),
        securityOptions(),
        warnings(limits));
  }

  private List<String> securityOptions() {
    List<String> options = new ArrayList<>();
    if (AppArmor.enabledOnHost()) {
      options.add("name=apparmor");
    }
    options.add("name=seccomp,profile=builtin");
    if (!settings.now().usernsRemap().isEmpty()) {
      options.add("name=userns");
    }
    return options;
  }

  /** What the build wrote into this bundle: nothing where there was no repository. */
  private static Build build(Dictionary<String, String> headers) {
    String commit = headers.get("Git-Commit");
    String time = headers.get("Git-Time");
    return new Build(
        commit == null ? "" : commit,
        time == null || time.isEmpty() ? null : OffsetDateTime.parse(time).toInstant());
  }

  private static int count(List<ContainerDetails> all, Status status) {
    return (int) all.stream().filter(details -> details.state().status() == status).count();
  }

  private static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost"; // a host whose name resolves to nothing
    }
  }

  private static String machine() {
    String arch = System.getProperty("os.arch", "");
    return arch.equals("amd64") ? "x86_64" : arch;
  }

  private static Map<String, String> release() {
    Map<String, String> values = new HashMap<>();
    for (String line : lines("/etc/os-release")) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1).replaceAll("^\"|\"$", ""));
      }
    }
    return values;
  }

  private HostLimits limits() {
    String name = defaults.isolation();
    try {
      return drivers.isolation().ask(name, IsolationDriver::limits);
    } catch (IOException | EngineException e) {
      // Its warning says that it is not there or can't be used.
      return new HostLimits(
          Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers")) ? 2 : 1, Set.of(), "", "");
    }
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      return List.of(); // a host without it
    }
  }

  private List<String> warnings(HostLimits limits) {
    List<String> warnings = new ArrayList<>(LimitWarnings.of(limits));
    OpenFiles.warning(lines("/proc/self/limits")).ifPresent(warnings::add);
    for (DriverInfo driver : drivers()) {
      if (driver.isDefault() && !driver.present()) {
        warnings.add(
            "WARNING: no bundle provides the default "
                + driver.kind()
                + " driver "
                + driver.name());
      } else if (driver.isDefault() && driver.unusable() != null) {
        warnings.add(
            "WARNING: the default "
                + driver.kind()
                + " driver "
                + driver.name()
                + " can't be used: "
                + driver.unusable());
      }
      String own = driver.status().get(Driver.WARNING);
      if (own != null) {
        warnings.add("WARNING: " + driver.kind() + " driver " + driver.name() + ": " + own);
      }
    }
    return warnings;
  }

  @Override
  public List<DriverInfo> drivers() {
    Map<String, Map<String, List<String>>> users = users();
    Map<String, String> preferred = defaults.all();
    List<DriverInfo> all = new ArrayList<>();
    drivers.tables().forEach(survey::begin);
    for (DriverTable<? extends Driver> table : drivers.tables()) {
      Map<String, List<String>> using = users.getOrDefault(table.kind(), Map.of());
      Set<String> missing = new TreeSet<>(using.keySet());
      if (preferred.containsKey(table.kind())) {
        missing.add(preferred.get(table.kind()));
      }
      for (DriverTable.Presence driver : survey.of(table).values()) {
        missing.remove(driver.name());
        all.add(
            new DriverInfo(
                table.kind(),
                driver.name(),
                true,
                driver.name().equals(preferred.get(table.kind())),
                driver.unusable().orElse(null),
                driver.status(),
                using.getOrDefault(driver.name(), List.of())));
      }
      for (String name : missing) {
        all.add(
            new DriverInfo(
                table.kind(),
                name,
                false,
                name.equals(preferred.get(table.kind())),
                null,
                Map.of(),
                using.getOrDefault(name, List.of())));
      }
    }
    return all;
  }

  private Map<String, Map<String, List<String>>> users() {
    Map<String, Map<String, List<String>>> users = new HashMap<>();
    for (ContainerDetails container : containers.list(true, 0, false, Map.of())) {
      String id = container.id().hex();
      use(users, "storage", container.drivers().storage(), id);
      use(users, "isolation", container.drivers().isolation(), id);
      use(users, "log", container.drivers().log(), id);
    }
    return users;
  }

  private static void use(
      Map<String, Map<String, List<String>>> users, String kind, String name, String id) {
    users
        .computeIfAbsent(kind, key -> new HashMap<>())
        .computeIfAbsent(name, key -> new ArrayList<>())
        .add(id);
  }
}
