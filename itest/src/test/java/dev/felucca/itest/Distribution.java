package dev.felucca.itest;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.options.UrlProvisionOption;

/**
 * The distribution as Pax Exam options: its folder of bundles, which the run descriptor filled, and
 * the properties of its launcher.
 */
final class Distribution {
  private Distribution() {}

  /** An engine of its own, in a folder that goes when the test's JVM does. */
  static Option[] options() throws IOException {
    // Not in target: the paths of sockets below it have to stay short.
    Path there = Files.createTempDirectory(Path.of("/tmp"), "felucca-it");
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  forgetNetwork(there.resolve("data"));
                  delete(there);
                }));
    Files.createDirectories(there.resolve("data/deploy"));
    return inFolders(there.resolve("data"), there.resolve("run"));
  }

  /**
   * The engine leaves its bridge and table for its next start, named after its data root. Pax
   * Exam's remote framework isn't found from within a network namespace, so they are on the host.
   */
  private static void forgetNetwork(Path dataRoot) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(dataRoot.toString().getBytes(StandardCharsets.UTF_8));
      String mark = HexFormat.of().formatHex(hash).substring(0, 8);
      run("ip", "link", "delete", "fel" + mark);
      run("nft", "delete", "table", "inet", "felucca-" + mark);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every JDK", e);
    }
  }

  private static void run(String... words) {
    try {
      new ProcessBuilder(words).redirectErrorStream(true).start().waitFor();
    } catch (IOException e) {
      System.err.println("not run: " + String.join(" ", words) + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static void delete(Path folder) {
    try (Stream<Path> below = Files.walk(folder)) {
      for (Path each : (Iterable<Path>) below.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(each);
      }
    } catch (IOException e) {
      System.err.println("left behind in " + folder + ": " + e);
    }
  }

  private static Option[] inFolders(Path dataRoot, Path runDir) {
    Path home = Path.of(System.getProperty("felucca.distribution")).normalize();
    List<Option> options = new ArrayList<>();
    for (String[] property :
        new String[][] {
          {"felucca.home", home.toString()},
          {"felucca.data-root", dataRoot.toString()},
          {"felucca.run-dir", runDir.toString()},
          {"felucca.socket", runDir.resolve("felucca.sock").toString()},
          {"felix.fileinstall.dir", home.resolve("conf") + "," + dataRoot.resolve("deploy")},
          {"felix.fileinstall.filter", ".*[.](jar|cfg)"},
          {"felix.fileinstall.poll", "100"},
          {"felix.fileinstall.noInitialDelay", "true"},
          // A test's settings are not for the distribution's files.
          {"felix.fileinstall.enableConfigSave", "false"},
          {"felix.fileinstall.tmpdir", runDir.resolve("dropped").toString()},
          {"felucca.log", "console"},
        }) {
      options.add(frameworkProperty(property[0]).value(property[1]));
      options.add(systemProperty(property[0]).value(property[1]));
    }
    options.add(systemProperty("felucca.distribution").value(home.toString()));
    try (Stream<Path> jars = Files.list(home.resolve("bundles"))) {
      jars.sorted().forEach(jar -> options.add(provision(jar)));
    } catch (IOException e) {
      throw new UncheckedIOException("package distro first", e);
    }
    options.add(junitBundles());
    return options.toArray(Option[]::new);
  }

  private static Option provision(Path jar) {
    UrlProvisionOption option = bundle(jar.toUri().toString());
    String name = jar.getFileName().toString();
    if (name.startsWith("dev.felucca.logging")) {
      option.startLevel(1);
    }
    // As the launcher does: fragments cannot be started, and the activator of that one would open a
    // shell on standard input.
    return isFragment(jar) || name.startsWith("org.apache.felix.gogo.jline")
        ? option.noStart()
        : option;
  }

  private static boolean isFragment(Path jar) {
    try (JarFile file = new JarFile(jar.toFile())) {
      Attributes main = file.getManifest().getMainAttributes();
      return main.getValue("Fragment-Host") != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
