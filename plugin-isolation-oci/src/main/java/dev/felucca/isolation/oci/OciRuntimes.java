package dev.felucca.isolation.oci;

import dev.felucca.kernel.ListSetting;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.linux.Syscalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one isolation driver of each OCI runtime. A changed configuration makes them anew:
 * containers run on, and the new drivers are handed them.
 */
@Component(
    service = {},
    configurationPid = "isolation.oci",
    immediate = true)
public final class OciRuntimes {
  private static final Logger LOG = LoggerFactory.getLogger(OciRuntimes.class);
  private static final List<String> KNOWN = List.of("crun", "runc", "youki", "runsc");
  private static final List<String> PLACES =
      List.of("/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin");

  private final List<OciIsolation> drivers = new ArrayList<>();
  private final List<ServiceRegistration<IsolationDriver>> registrations = new ArrayList<>();

  @Activate
  public OciRuntimes(@Reference Syscalls linux, BundleContext context, OciConfig config) {
    String configured = context.getProperty("felucca.run-dir");
    Path run = Path.of(configured == null ? "/run/felucca" : configured);
    Duration patience = Duration.ofSeconds(Math.max(1, config.patience()));
    runtimes(config.runtimes())
        .forEach(
            (name, path) -> {
              OciIsolation driver =
                  new OciIsolation(linux, name, path, run.resolve("isolation-" + name), patience);
              drivers.add(driver);
              registrations.add(
                  context.registerService(
                      IsolationDriver.class, driver, new Hashtable<>(Map.of("runtime", name))));
            });
  }

  /** By name, in the order in which they are written. */
  static Map<String, Path> runtimes(String[] configured) {
    Map<String, Path> found = new LinkedHashMap<>();
    for (String entry : ListSetting.of(configured)) {
      int equals = entry.indexOf('=');
      String name = equals < 0 ? "" : entry.substring(0, equals).strip();
      if (!name.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]*") || name.equals("linux")) {
        LOG.error("\"{}\" is no name=path of an OCI runtime, and is passed over", entry);
        continue;
      }
      found.put(name, Path.of(entry.substring(equals + 1).strip()));
    }
    if (found.isEmpty() && String.join("", configured).isBlank()) {
      for (String name : KNOWN) {
        for (String place : PLACES) {
          Path path = Path.of(place, name);
          if (!found.containsKey(name) && Files.isExecutable(path)) {
            found.put(name, path);
          }
        }
      }
    }
    return found;
  }

  /** First no new calls, then the drivers themselves; every container is left as it is. */
  @Deactivate
  void close() {
    registrations.forEach(ServiceRegistration::unregister);
    drivers.forEach(OciIsolation::close);
  }
}
