package dev.felucca.distro;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What one machine is called and where it gets its packages is nobody else's. */
class TrackedFilesTest {
  private static final Path TREE = Path.of("").toAbsolutePath().getParent();
  private static final Pattern HOST =
      Pattern.compile("https?://(?:[^/@\\s\"'<]*@)?([A-Za-z0-9.-]+\\.[a-z]{2,})");

  /** In pieces, so that this file does not name them either. */
  private static final List<String> WELL_KNOWN =
      List.of(
          "repo.maven" + ".apache.org",
          "repo1.maven" + ".org",
          "deb.debian" + ".org",
          "registry.npmjs" + ".org",
          "pypi" + ".org");

  @Test
  void nameNoPathOfThisMachineAndNoPackageHost() throws Exception {
    Process git = new ProcessBuilder("git", "ls-files", "-z").directory(TREE.toFile()).start();
    String listed = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(git.waitFor() == 0, "not a git checkout");
    Set<String> forbidden = new TreeSet<>(WELL_KNOWN);
    forbidden.addAll(configuredHosts());
    forbidden.add(TREE.toString());
    forbidden.add(System.getProperty("user.home") + "/.m2");
    List<String> found = new ArrayList<>();
    for (String name : listed.split("\0")) {
      Path file = TREE.resolve(name);
      if (!Files.isRegularFile(file)) {
        continue; // deleted or a link, and not committed yet
      }
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      forbidden.stream().filter(text::contains).forEach(word -> found.add(name + " names " + word));
    }
    assertTrue(found.isEmpty(), () -> String.join("\n", found));
  }

  /** The hosts from which apt and Maven fetch here. */
  private static Set<String> configuredHosts() throws IOException {
    Set<String> hosts = new TreeSet<>();
    List<Path> files =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("user.home"), ".m2/settings.xml"),
                Path.of("/etc/apt/sources.list")));
    Path more = Path.of("/etc/apt/sources.list.d");
    if (Files.isDirectory(more)) {
      try (Stream<Path> each = Files.list(more)) {
        each.filter(f -> f.toString().matches(".*\\.(list|sources)")).forEach(files::add);
      }
    }
    for (Path file : files) {
      if (Files.isReadable(file)) {
        Matcher host = HOST.matcher(Files.readString(file));
        while (host.find()) {
          hosts.add(host.group(1));
        }
      }
    }
    return hosts;
  }
}
