package dev.felucca.distro;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where one engine lives. Two engines share nothing as long as all three folders and the socket
 * differ.
 *
 * @param home the unpacked distribution: bin, bundles, conf, shell
 * @param conf the folder of settings
 * @param dataRoot what outlives a reboot
 * @param runDir what a reboot should forget; short, as sockets are below it and a socket path has
 *     108 bytes
 * @param socket where the Docker Engine API is served
 * @param log where the log goes: {@code console} or {@code file}
 * @param train end when ready and trained: this start is only made for its class archive. What is
 *     named is its log of loaded classes
 */
record Options(
    Path home,
    Path conf,
    Path dataRoot,
    Path runDir,
    Path socket,
    String log,
    @Nullable Path train) {
  private static final int LONGEST_SOCKET_PATH = 107;
  private static final Set<String> NAMES =
      Set.of("--home", "--conf", "--data-root", "--run-dir", "--socket", "--log", "--train");

  Options {
    home = home.toAbsolutePath().normalize();
    conf = conf.toAbsolutePath().normalize();
    dataRoot = dataRoot.toAbsolutePath().normalize();
    runDir = runDir.toAbsolutePath().normalize();
    socket = socket.toAbsolutePath().normalize();
    if (socket.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
      throw new IllegalArgumentException("the socket path has more than 107 bytes: " + socket);
    }
  }

  /** The folder whose bundles are started as they are dropped in; each engine has its own. */
  Path deploy() {
    return dataRoot.resolve("deploy");
  }

  static Options parse(String... words) {
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i < words.length; i += 2) {
      if (!NAMES.contains(words[i])) {
        throw new IllegalArgumentException("no such option: " + words[i]);
      }
      if (i + 1 == words.length) {
        throw new IllegalArgumentException(words[i] + " needs a value");
      }
      given.put(words[i], words[i + 1]);
    }
    String home = given.getOrDefault("--home", ".");
    String runDir = given.getOrDefault("--run-dir", "/run/felucca");
    return new Options(
        Path.of(home),
        Path.of(given.getOrDefault("--conf", home + "/conf")),
        Path.of(given.getOrDefault("--data-root", "/var/lib/felucca")),
        Path.of(runDir),
        Path.of(given.getOrDefault("--socket", runDir + "/felucca.sock")),
        given.getOrDefault("--log", "console"),
        given.containsKey("--train") ? Path.of(given.get("--train")) : null);
  }
}
