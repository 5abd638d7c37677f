package dev.felucca.distro;

import aQute.bnd.osgi.Domain;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which of our packages a module may see: plugins see {@code kernel} and {@code linux}, the engine
 * and the two API plugins {@code kernel} only; nobody sees a plugin or the engine. It is finished
 * manifests that are read, as these are what a framework obeys.
 */
final class ImportDirections {
  private static final Set<String> EXPORTERS = Set.of("kernel", "linux", "logging", "tck");
  private static final Set<String> KERNEL_ONLY = Set.of("engine", "plugin-rest", "plugin-shell");

  private ImportDirections() {}

  /** What is wrong with the manifest of the module in this folder, a sentence each. */
  static List<String> violations(String module, Domain manifest) {
    List<String> found = new ArrayList<>();
    Set<String> own = new TreeSet<>(manifest.getExportPackage().keySet());
    for (String imported : manifest.getImportPackage().keySet()) {
      if (imported.startsWith("dev.felucca.") && !own.contains(imported)) {
        String from = imported.split("\\.", 4)[2];
        if (!visible(module).contains(from)) {
          found.add(
              module
                  + " imports "
                  + imported
                  + ", but may import from "
                  + visible(module)
                  + " only");
        }
      }
      if (imported.startsWith("com.sun.jna") && !module.equals("linux")) {
        found.add(module + " imports " + imported + ", but only linux makes system calls");
      }
    }
    for (String exported : own) {
      if (!EXPORTERS.contains(module)) {
        found.add(
            module + " exports " + exported + ", but only " + new TreeSet<>(EXPORTERS) + " export");
      }
    }
    return found;
  }

  private static Set<String> visible(String module) {
    if (EXPORTERS.contains(module)) {
      return module.equals("tck") ? new TreeSet<>(Set.of("kernel", "linux")) : Set.of("kernel");
    }
    return KERNEL_ONLY.contains(module)
        ? Set.of("kernel")
        : new TreeSet<>(Set.of("kernel", "linux"));
  }
}
