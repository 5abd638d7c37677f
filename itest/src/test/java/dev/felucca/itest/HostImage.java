package dev.felucca.itest;

import dev.felucca.kernel.image.ImageArchives;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImportRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An image of this host's own shell, {@code sleep} and the libraries they need. */
final class HostImage {
  static final String NAME = "felucca/host:latest";

  private static final Pattern LIBRARY = Pattern.compile("/\\S+");

  private HostImage() {}

  static void importInto(ImageArchives images) throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory("felucca-it-image");
    Path root = Files.createDirectories(scratch.resolve("root"));
    for (String program : List.of("/bin/sh", "/bin/sleep")) {
      take(Path.of(program), root);
      Matcher library = LIBRARY.matcher(output("ldd", program));
      while (library.find()) {
        take(Path.of(library.group()), root);
      }
    }
    Path tar = scratch.resolve("root.tar");
    output("tar", "-C", root.toString(), "-cf", tar.toString(), ".");
    try (InputStream in = Files.newInputStream(tar)) {
      images.importTar(
          new ImportRequest(ImageReference.parse(NAME), "-", null, List.of(), null),
          in,
          step -> {});
    } finally {
      Distribution.delete(scratch);
    }
  }

  private static void take(Path file, Path root) throws IOException {
    Path there = root.resolve(file.toString().substring(1));
    if (!Files.exists(there)) {
      Files.createDirectories(there.getParent());
      Files.copy(file.toRealPath(), there);
    }
  }

  private static String output(String... words) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(words).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", words) + " failed");
    }
    return printed;
  }
}
