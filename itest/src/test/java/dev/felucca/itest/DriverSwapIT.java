package dev.felucca.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.SystemInfo;
import dev.felucca.kernel.image.ImageArchives;
import dev.felucca.kernel.network.Networks;
import dev.felucca.kernel.network.Networks.NetworkRequest;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.ops4j.pax.exam.util.Injector;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;

/** Driver bundles stopped, swapped and updated under running containers. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class DriverSwapIT {
  /**
   * All are in use when their update comes. The API's first two builds are held by Netty: it keeps
   * some exceptions in static fields, and with the trace of each the classes that were on the stack
   * when Netty's own was initialised. It is the third build that shows that nothing of ours holds
   * it.
   */
  private static final List<String> UPDATED =
      List.of(
          "storage-overlay",
          "isolation-linux",
          "isolation-oci",
          "net-bridge",
          "net-host",
          "net-dns",
          "net-link",
          "log-json",
          "volumes",
          "registry-client",
          "shell",
          "console",
          "rest",
          "rest",
          "rest");

  private static final String NAMED = "swapped";

  @Inject BundleContext context;
  @Inject Injector injector;
  @Inject SystemInfo system;
  @Inject ImageArchives images;
  @Inject ConfigurationAdmin settings;
  @Inject Networks networks;

  private final EngineUnderTest engine = new EngineUnderTest();

  @Configuration
  public Option[] distribution() throws IOException {
    return Distribution.options();
  }

  @Before
  public void anImage() throws Exception {
    injector.injectFields(engine);
    HostImage.importInto(images);
  }

  @After
  public void noContainer() throws Exception {
    engine.removeAll();
  }

  @Test
  public void storageIsSwappedUnderARunningContainer() throws Exception {
    BundleUpdate bundles = new BundleUpdate(context);
    engine.run("on", "none", List.of(), Map.of());
    int pid = engine.state("on").pid();

    Bundle overlay = bundles.bundle("dev.felucca.plugin-storage-overlay");
    overlay.stop();
    engine.goesOn("on");
    assertEquals(0, engine.exec("on", "/bin/sh", "-c", "exit 0"));
    EngineException refusal =
        assertThrows(
            EngineException.class, () -> engine.run("refused", "none", List.of(), Map.of()));
    assertEquals(EngineException.Kind.UNAVAILABLE, refusal.kind());
    assertTrue(refusal.getMessage(), refusal.getMessage().contains("storage driver overlay"));
    assertEquals("nothing half-made", List.of("on"), engine.names());

    Path dropped = drop("dev.felucca.plugin-storage-vfs");
    Until.holds("vfs is here", () -> present("vfs"));
    // The image was never unpacked for vfs, and there is no registry to pull it from.
    engine.run("chosen", "none", List.of(), Map.of("storage", "vfs"));
    engine.goesOn("chosen");
    setDefaultStorage("vfs");
    engine.run("default", "none", List.of(), Map.of());
    assertEquals("vfs", engine.queries.inspect("default", false).drivers().storage());
    engine.goesOn("default");

    overlay.start();
    WeakReference<ClassLoader> old = bundles.toNewerBuild(overlay);
    setDefaultStorage("overlay");
    engine.goesOn("on");
    assertEquals(pid, engine.state("on").pid());
    engine.containers.restart("on", 0, null);
    engine.goesOn("on");
    Until.holds(
        "the old build's classes are collected",
        () -> {
          System.gc();
          return old.refersTo(null);
        });

    engine.containers.remove("chosen", true, true);
    engine.containers.remove("default", true, true);
    Files.delete(dropped);
    Until.holds("vfs is gone", () -> !present("vfs"));
  }

  @Test
  public void whatAnUpdateReplacesIsCollected() throws Exception {
    BundleUpdate bundles = new BundleUpdate(context);
    Path socket = Path.of(context.getProperty("felucca.socket"));
    networks.create(NetworkRequest.of(NAMED, ""));
    engine.run("on", "bridge", List.of("data:/data"), Map.of());
    int pid = engine.state("on").pid();
    Map<String, Integer> others = new HashMap<>();
    for (String runtime : runtimes()) {
      engine.run(runtime, NAMED, List.of(), Map.of("isolation", runtime));
      others.put(runtime, engine.state(runtime).pid());
    }
    Map<String, WeakReference<ClassLoader>> replaced = new HashMap<>();
    for (String plugin : UPDATED) {
      Bundle bundle = bundles.bundle("dev.felucca.plugin-" + plugin);
      WeakReference<ClassLoader> old = bundles.toNewerBuild(bundle);
      assertEquals(plugin, Bundle.ACTIVE, bundle.getState());
      Until.holds(plugin + " is back in use", () -> works(socket));
      engine.goesOn("on", "after the update of " + plugin);
      assertEquals(plugin, pid, engine.state("on").pid());
      for (String runtime : others.keySet()) {
        engine.goesOn(runtime, "after the update of " + plugin);
        assertEquals(plugin, others.get(runtime), (Integer) engine.state(runtime).pid());
      }
      replaced.put(plugin, old);
    }
    Until.isEmpty(
        "old builds that something holds",
        () -> {
          System.gc();
          replaced.values().removeIf(old -> old.refersTo(null));
          return replaced.keySet();
        });
    others.put("on", pid);
    for (String name : others.keySet()) {
      engine.containers.stop(name, 0, null);
      assertEquals(137, engine.state(name).exitCode());
    }
    engine.removeAll();
    networks.remove(NAMED);
  }

  /** The OCI runtimes of this host; each is an isolation driver. */
  private List<String> runtimes() {
    return system.drivers().stream()
        .filter(each -> each.kind().equals("isolation") && !each.name().equals("linux"))
        .map(each -> each.name())
        .toList();
  }

  /** Everything that was updated is used: drivers by a container, the API by a client. */
  private boolean works(Path socket) throws Exception {
    try {
      List<String> drivers = new ArrayList<>(List.of("linux"));
      drivers.addAll(runtimes());
      for (String network : List.of("bridge", "none", NAMED)) {
        String isolation = drivers.get(0);
        Collections.rotate(drivers, 1);
        List<String> links = network.equals("bridge") ? List.of("on:first") : List.of();
        String id =
            engine.run(
                "again", network, List.of("data:/data"), links, Map.of("isolation", isolation));
        assertEquals(0, engine.exec(id, "/bin/sh", "-c", ": >/data/file"));
        engine.containers.remove(id, true, true);
      }
      return EngineUnderTest.ping(socket).endsWith("OK");
    } catch (EngineException | IOException notYet) {
      if (engine.names().contains("again")) {
        engine.containers.remove("again", true, true);
      }
      return false;
    }
  }

  private Path drop(String symbolicName) throws IOException {
    Path available = Path.of(context.getProperty("felucca.home")).resolve("bundles-available");
    Path dropped =
        Path.of(context.getProperty("felucca.data-root"), "deploy", symbolicName + ".jar");
    try (Stream<Path> jars = Files.list(available)) {
      Path jar =
          jars.filter(each -> each.getFileName().toString().startsWith(symbolicName))
              .findFirst()
              .orElseThrow();
      return Files.copy(jar, dropped);
    }
  }

  private boolean present(String storage) {
    return system.drivers().stream()
        .anyMatch(
            each -> each.kind().equals("storage") && each.name().equals(storage) && each.present());
  }

  private void setDefaultStorage(String name) throws Exception {
    var configuration = settings.getConfiguration("dev.felucca.engine", "?");
    var properties = configuration.getProperties();
    var changed = properties == null ? new Hashtable<String, Object>() : properties;
    changed.put("storageDriver", name);
    configuration.update(changed);
    Until.holds(
        name + " is the default",
        () ->
            system.drivers().stream()
                .anyMatch(each -> each.isDefault() && each.name().equals(name)));
  }
}
