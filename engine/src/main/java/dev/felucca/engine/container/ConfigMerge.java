package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.image.HealthcheckConfig;
import dev.felucca.kernel.image.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts what a client asked for on top of what the image says, by Docker's rules. */
final class ConfigMerge {
  private ConfigMerge() {}

  /** INVALID when nothing is left to run, with Docker's words. */
  static ContainerConfig merge(ContainerConfig asked, RunConfig image) {
    ContainerConfig.Builder merged = asked.toBuilder();
    if (asked.user().isEmpty() && image.user() != null) {
      merged.user = image.user();
    }
    merged.exposedPorts = union(asked.exposedPorts(), image.exposedPorts());
    merged.volumes = union(asked.volumes(), image.volumes());
    merged.env = env(asked.env(), image.env());
    Map<String, String> labels = new LinkedHashMap<>(image.labels());
    labels.putAll(asked.labels());
    merged.labels = labels;
    command(asked, image, merged);
    merged.healthcheck = healthcheck(asked.healthcheck(), image.healthcheck());
    if (asked.workingDir().isEmpty() && image.workingDir() != null) {
      merged.workingDir = image.workingDir();
    }
    merged.workingDir =
        merged.workingDir.startsWith("/")
            ? Path.of(merged.workingDir).normalize().toString()
            : merged.workingDir;
    if (asked.stopSignal() == null) {
      merged.stopSignal = image.stopSignal();
    }
    if (asked.shell() == null) {
      merged.shell = image.shell();
    }
    ContainerConfig result = merged.build();
    if (isEmpty(result.entrypoint()) && isEmpty(result.cmd())) {
      throw new EngineException(INVALID, "no command specified");
    }
    return result;
  }

  private static void command(
      ContainerConfig asked, RunConfig image, ContainerConfig.Builder merged) {
    if (isEmpty(asked.entrypoint())) {
      if (isEmpty(asked.cmd())) {
        merged.cmd = image.cmd();
      }
      if (asked.entrypoint() == null) {
        merged.entrypoint = image.entrypoint();
      }
    }
    if (merged.entrypoint != null && merged.entrypoint.equals(List.of(""))) {
      merged.entrypoint = null; // how a client clears the image's
    }
  }

  private static boolean isEmpty(@Nullable List<String> words) {
    return words == null || words.isEmpty();
  }

  private static Set<String> union(Set<String> first, Set<String> second) {
    Set<String> all = new LinkedHashSet<>(first);
    all.addAll(second);
    return all;
  }

  private static List<String> env(List<String> asked, List<String> image) {
    Set<String> names = new HashSet<>();
    asked.forEach(entry -> names.add(name(entry)));
    List<String> all = new ArrayList<>(asked);
    for (String entry : image) {
      if (!names.contains(name(entry))) {
        all.add(entry);
      }
    }
    return all;
  }

  static String name(String entry) {
    int equals = entry.indexOf('=');
    return equals < 0 ? entry : entry.substring(0, equals);
  }

  private static @Nullable HealthcheckConfig healthcheck(
      @Nullable HealthcheckConfig asked, @Nullable HealthcheckConfig image) {
    if (asked == null || image == null) {
      return asked == null ? image : asked;
    }
    return new HealthcheckConfig(
        isEmpty(asked.test()) ? image.test() : asked.test(),
        orElse(asked.interval(), image.interval()),
        orElse(asked.timeout(), image.timeout()),
        orElse(asked.startPeriod(), image.startPeriod()),
        orElse(asked.startInterval(), image.startInterval()),
        asked.retries() == null || asked.retries() == 0 ? image.retries() : asked.retries());
  }

  private static @Nullable Long orElse(@Nullable Long asked, @Nullable Long image) {
    return asked == null || asked == 0 ? image : asked;
  }

  /** The words that are executed: entrypoint, then command. */
  static List<String> words(ContainerConfig config) {
    List<String> words = new ArrayList<>();
    if (config.entrypoint() != null) {
      words.addAll(config.entrypoint());
    }
    if (config.cmd() != null) {
      words.addAll(config.cmd());
    }
    return words;
  }
}
