package dev.felucca.distro;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;

/** One framework with every bundle of the distribution's {@code bundles} folder in it. */
final class Distribution {
  /**
   * Started one after the other before all else: log lines need a place to go, and components that
   * meet their configuration at once are not started twice.
   */
  private static final List<String> FIRST =
      List.of(
          "dev.felucca.logging",
          "org.apache.felix.configadmin",
          "org.apache.felix.fileinstall",
          "org.apache.felix.scr");

  /** A library here: its activator would open a shell on this process's own terminal. */
  private static final Set<String> NEVER = Set.of("org.apache.felix.gogo.jline");

  private final Framework framework;

  private Distribution(Framework framework) {
    this.framework = framework;
  }

  /** Returns when each bundle is started; what did not start is the exception. */
  static Distribution start(Options options) throws BundleException, IOException {
    Framework framework = new FrameworkFactory().newFramework(properties(options));
    Files.createDirectories(options.deploy());
    FrameworkCache.clear(cache(options));
    framework.init();
    List<Bundle> bundles = install(framework.getBundleContext(), options.home().resolve("bundles"));
    framework.start();
    Distribution distribution = new Distribution(framework);
    try {
      distribution.startAll(bundles);
    } catch (BundleException | RuntimeException e) {
      distribution.stop();
      throw e;
    }
    return distribution;
  }

  private static Path cache(Options options) {
    return options.runDir().resolve("osgi");
  }

  private static Map<String, String> properties(Options options) {
    Map<String, String> all = new HashMap<>();
    all.put("felucca.home", options.home().toString());
    all.put("felucca.data-root", options.dataRoot().toString());
    all.put("felucca.run-dir", options.runDir().toString());
    all.put("felucca.socket", options.socket().toString());
    // Bundles are read where they lie and installed anew at each start, so there is no copy that
    // could be out of date.
    all.put(Constants.FRAMEWORK_STORAGE, cache(options).toString());
    all.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    all.put("felucca.log", options.log());
    all.put("ds.loglevel", "2");
    all.put("felix.fileinstall.dir", options.conf() + "," + options.deploy());
    all.put("felix.fileinstall.noInitialDelay", "true");
    all.put("felix.fileinstall.poll", "500");
    all.put("felix.fileinstall.filter", ".*[.](jar|cfg)");
    all.put("felix.fileinstall.enableConfigSave", "false");
    all.put("felix.fileinstall.log.level", "2");
    all.put("felix.fileinstall.tmpdir", options.runDir().resolve("dropped").toString());
    all.put("gosh.home", options.home().resolve("shell").toString());
    // Some bundles read system properties, the components framework properties.
    all.forEach((key, value) -> System.getProperties().putIfAbsent(key, value));
    return all;
  }

  private static List<Bundle> install(BundleContext context, Path folder)
      throws BundleException, IOException {
    List<Callable<Bundle>> installations = new ArrayList<>();
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
      for (Path jar : jars) {
        installations.add(() -> context.installBundle("reference:file:" + jar));
      }
    }
    return together(installations);
  }

  private void startAll(List<Bundle> bundles) throws BundleException {
    Map<String, Bundle> byName = new HashMap<>();
    Set<Bundle> rest = new LinkedHashSet<>();
    for (Bundle bundle : bundles) {
      boolean fragment =
          (bundle.adapt(BundleRevision.class).getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
      if (!fragment && !NEVER.contains(bundle.getSymbolicName())) {
        byName.put(bundle.getSymbolicName(), bundle);
        rest.add(bundle);
      }
    }
    for (String name : FIRST) {
      Bundle bundle = byName.get(name);
      if (bundle != null) {
        rest.remove(bundle);
        bundle.start(Bundle.START_TRANSIENT);
      }
    }
    // In one piece: two bundles that resolve while they start may each wait for what the other
    // holds, and Felix then interrupts one of them. What can't be resolved says why at its start.
    framework.adapt(FrameworkWiring.class).resolveBundles(rest);
    List<Callable<Bundle>> starts = new ArrayList<>();
    for (Bundle bundle : rest) {
      starts.add(
          () -> {
            bundle.start(Bundle.START_TRANSIENT);
            return bundle;
          });
    }
    together(starts);
  }

  /** What bundles do at their start is mostly loading classes, so two processors halve it. */
  private static <T> List<T> together(List<Callable<T>> tasks) throws BundleException {
    ExecutorService workers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<T>> underWay = new ArrayList<>();
      for (Callable<T> task : tasks) {
        underWay.add(workers.submit(task));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> each : underWay) {
        results.add(each.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BundleException refused) {
        throw refused;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      workers.shutdownNow();
    }
  }

  /** See {@link Training#link}. */
  int link(Path loaded) throws IOException {
    return Training.link(loaded, framework.getBundleContext().getBundles());
  }

  boolean runs() {
    return framework.getState() == Bundle.ACTIVE;
  }

  /** Waits for the end of the framework, however it comes. */
  void await() throws InterruptedException {
    framework.waitForStop(0);
  }

  /** Stops every bundle. Containers are not the framework's children and run on. */
  void stop() throws BundleException {
    framework.stop();
    try {
      framework.waitForStop(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
