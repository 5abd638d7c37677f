package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.fasterxml.jackson.databind.JsonNode;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.HealthcheckConfig;
import dev.felucca.kernel.image.RunConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The Dockerfile instructions that {@code commit -c} and {@code import -c} take, as they change a
 * configuration.
 */
final class ConfigChanges {
  private @Nullable String user;
  private final Set<String> ports;
  private final Map<String, String> env = new LinkedHashMap<>();
  private @Nullable List<String> entrypoint;
  private @Nullable List<String> cmd;
  private final Set<String> volumes;
  private @Nullable String workingDir;
  private final Map<String, String> labels;
  private @Nullable String stopSignal;
  private @Nullable HealthcheckConfig healthcheck;
  private @Nullable List<String> shell;
  private final List<String> onBuild;

  private static final Set<String> ONE_ARGUMENT = Set.of("WORKDIR", "USER", "STOPSIGNAL");
  private static final Set<String> INSTRUCTIONS =
      Set.of(
          "CMD",
          "ENTRYPOINT",
          "ENV",
          "LABEL",
          "EXPOSE",
          "VOLUME",
          "WORKDIR",
          "USER",
          "STOPSIGNAL",
          "ONBUILD",
          "HEALTHCHECK");

  private ConfigChanges(RunConfig config) {
    user = config.user();
    ports = new TreeSet<>(config.exposedPorts());
    config.env().forEach(this::setEnv);
    entrypoint = config.entrypoint();
    cmd = config.cmd();
    volumes = new TreeSet<>(config.volumes());
    workingDir = config.workingDir();
    labels = new TreeMap<>(config.labels());
    stopSignal = config.stopSignal();
    healthcheck = config.healthcheck();
    shell = config.shell();
    onBuild = new ArrayList<>(config.onBuild());
  }

  /** INVALID, naming it, for an instruction that cannot be read or is not for configurations. */
  static RunConfig apply(RunConfig config, List<String> changes) {
    ConfigChanges made = new ConfigChanges(config);
    for (String change : changes) {
      for (String line : change.replace("\\\n", " ").split("\n")) {
        if (!line.isBlank()) {
          made.instruction(line.strip());
        }
      }
    }
    return new RunConfig(
        made.user,
        made.ports,
        made.env.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList(),
        made.entrypoint,
        made.cmd,
        made.volumes,
        made.workingDir,
        made.labels,
        made.stopSignal,
        made.healthcheck,
        made.shell,
        made.onBuild);
  }

  private void setEnv(String pair) {
    int equals = pair.indexOf('=');
    env.put(
        equals < 0 ? pair : pair.substring(0, equals),
        equals < 0 ? "" : pair.substring(equals + 1));
  }

  private void instruction(String line) {
    String[] parts = line.split("\\s+", 2);
    String name = parts[0].toUpperCase(Locale.ROOT);
    String rest = parts.length > 1 ? parts[1].strip() : "";
    if (!INSTRUCTIONS.contains(name)) {
      throw new EngineException(INVALID, parts[0] + " is not a valid change command");
    }
    if (rest.isEmpty() && !name.equals("CMD") && !name.equals("ENTRYPOINT")) {
      throw new EngineException(
          INVALID,
          name
              + " requires "
              + (ONE_ARGUMENT.contains(name) ? "exactly" : "at least")
              + " one argument");
    }
    switch (name) {
      case "CMD" -> cmd = command(rest);
      case "ENTRYPOINT" -> {
        entrypoint = command(rest);
      }
      case "ENV" -> env.putAll(pairs(name, rest));
      case "LABEL" -> labels.putAll(pairs(name, rest));
      case "EXPOSE" -> Words.split(rest, env).forEach(this::expose);
      case "VOLUME" -> {
        List<String> list = json(rest);
        volumes.addAll(list == null ? Words.split(rest, env) : list);
      }
      case "WORKDIR" -> workingDir = directory(Words.unquote(rest, env));
      case "USER" -> user = Words.unquote(rest, env);
      case "STOPSIGNAL" -> stopSignal = Words.unquote(rest, env);
      case "ONBUILD" -> onBuild.add(rest);
      case "HEALTHCHECK" -> healthcheck = HealthcheckChange.read(rest, ConfigChanges::json);
      default -> throw new IllegalStateException(name + " is among the instructions");
    }
  }

  /** Nothing is the command of no words, which takes away the one before. */
  private @Nullable List<String> command(String rest) {
    if (rest.isEmpty()) {
      return null;
    }
    List<String> list = json(rest);
    if (list != null) {
      return list;
    }
    List<String> words = new ArrayList<>(shell == null ? List.of("/bin/sh", "-c") : shell);
    words.add(rest);
    return words;
  }

  /** A JSON array of strings, or null: what isn't one is meant for a shell. */
  private static @Nullable List<String> json(String rest) {
    if (!rest.startsWith("[")) {
      return null;
    }
    JsonNode array;
    try {
      array = Manifests.array(rest.getBytes(StandardCharsets.UTF_8), "list");
    } catch (EngineException e) {
      return null;
    }
    List<String> words = new ArrayList<>();
    for (JsonNode word : array) {
      if (!word.isTextual()) {
        return null;
      }
      words.add(word.asText());
    }
    return words;
  }

  private Map<String, String> pairs(String name, String rest) {
    List<String> words = Words.split(rest, env);
    Map<String, String> found = new LinkedHashMap<>();
    if (words.get(0).indexOf('=') < 0) {
      String[] parts = rest.split("\\s+", 2);
      if (parts.length < 2) {
        throw new EngineException(INVALID, name + " must have two arguments");
      }
      found.put(Words.unquote(parts[0], env), Words.unquote(parts[1], env));
      return found;
    }
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new EngineException(
            INVALID,
            "Syntax error - can't find = in \"" + word + "\". Must be of the form: name=value");
      }
      if (equals == 0) {
        throw new EngineException(INVALID, name + " names can not be blank");
      }
      found.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return found;
  }

  private void expose(String word) {
    String[] parts = word.split("/", 2);
    String protocol = parts.length > 1 ? parts[1].toLowerCase(Locale.ROOT) : "tcp";
    String[] range = parts[0].split("-", 2);
    try {
      int from = Integer.parseInt(range[0]);
      int to = range.length > 1 ? Integer.parseInt(range[1]) : from;
      if (from < 1 || to > 65535 || to < from || !protocol.matches("tcp|udp|sctp")) {
        throw new EngineException(INVALID, "invalid containerPort: " + word);
      }
      for (int port = from; port <= to; port++) {
        ports.add(port + "/" + protocol);
      }
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "invalid containerPort: " + word, e);
    }
  }

  private String directory(String path) {
    String whole =
        path.startsWith("/") ? path : (workingDir == null ? "" : workingDir) + "/" + path;
    String clean = ArchiveFiles.clean(whole);
    return "/" + (clean == null ? "" : clean);
  }
}
