package dev.felucca.distro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import aQute.bnd.osgi.Domain;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ImportDirectionsTest {
  private static final Path TREE = Path.of("").toAbsolutePath().getParent();

  /** Modules that make no bundle of the product. */
  private static final List<String> EXEMPT = List.of("distro", "itest", "bench", "compat");

  @Test
  void everyBundleOfTheReactorKeepsToThem() throws IOException {
    List<String> found = new ArrayList<>();
    int read = 0;
    for (String module : modules()) {
      if (EXEMPT.contains(module)) {
        continue;
      }
      Path manifest = TREE.resolve(module).resolve("target/classes/META-INF/MANIFEST.MF");
      assertTrue(
          Files.exists(manifest),
          () -> module + " has no manifest at " + manifest + ": build it first (-am)");
      Domain finished = read(manifest);
      found.addAll(ImportDirections.violations(module, finished));
      String name = finished.getBundleSymbolicName().getKey();
      if (!name.equals("dev.felucca." + module)) {
        found.add("the bundle of " + module + " is called " + name + ", not dev.felucca." + module);
      }
      read++;
    }
    assertTrue(read >= 3, "read only " + read + " manifests");
    assertTrue(
        found.isEmpty(),
        () -> "import directions (docs/architecture.md):\n  " + String.join("\n  ", found));
  }

  @Test
  void aPluginMayNotSeeAnotherPluginOrTheEngine() {
    assertEquals(
        List.of(
            "plugin-x imports dev.felucca.engine.state, but may import from [kernel, linux] only",
            "plugin-x imports dev.felucca.storage.overlay, but may import from [kernel, linux] only"),
        check(
            "plugin-x",
            "dev.felucca.kernel,dev.felucca.engine.state,dev.felucca.linux,dev.felucca.storage.overlay",
            ""));
  }

  @Test
  void theApiSeesTheKernelOnly() {
    assertEquals(
        List.of("plugin-rest imports dev.felucca.linux, but may import from [kernel] only"),
        check("plugin-rest", "dev.felucca.kernel.container,dev.felucca.linux", ""));
  }

  @Test
  void onlyLinuxMakesSystemCalls() {
    assertEquals(
        List.of("engine imports com.sun.jna, but only linux makes system calls"),
        check("engine", "com.sun.jna", ""));
    assertTrue(check("linux", "com.sun.jna", "dev.felucca.linux").isEmpty());
  }

  @Test
  void aPluginExportsNothing() {
    assertFalse(check("plugin-x", "", "dev.felucca.x").isEmpty());
  }

  private static List<String> check(String module, String imports, String exports) {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Import-Package", imports);
    main.putValue("Export-Package", exports);
    return ImportDirections.violations(module, Domain.domain(manifest)).stream().sorted().toList();
  }

  private static Domain read(Path manifest) throws IOException {
    try (InputStream in = Files.newInputStream(manifest)) {
      return Domain.domain(new Manifest(in));
    }
  }

  private static List<String> modules() throws IOException {
    Matcher module =
        Pattern.compile("<module>([^<]+)</module>")
            .matcher(Files.readString(TREE.resolve("pom.xml")));
    return module.results().map(each -> each.group(1)).toList();
  }
}
