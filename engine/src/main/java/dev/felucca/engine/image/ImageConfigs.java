package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.fasterxml.jackson.databind.JsonNode;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.HealthcheckConfig;
import dev.felucca.kernel.image.HistoryEntry;
import dev.felucca.kernel.image.RunConfig;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads image configurations, OCI's and Docker's, which differ in what they leave out. */
final class ImageConfigs {
  private ImageConfigs() {}

  /** An image configuration, read. */
  record ImageConfig(
      @Nullable Instant created,
      String author,
      String comment,
      Platform platform,
      RunConfig config,
      List<Digest> diffIds,
      List<HistoryEntry> history) {}

  /** INVALID, naming {@code name}, for what is no configuration. */
  static ImageConfig parse(byte[] bytes, String name) {
    JsonNode json = Manifests.json(bytes, "configuration of " + name);
    JsonNode rootfs = json.path("rootfs");
    JsonNode ids = rootfs.path("diff_ids");
    // Null is what an image without layers has: labels and the like, and nothing else.
    if (!(ids.isArray() || ids.isNull())
        || !rootfs.path("type").asText("layers").equals("layers")) {
      throw new EngineException(INVALID, "configuration of " + name + " has no rootfs of layers");
    }
    List<Digest> diffIds = new ArrayList<>();
    ids.forEach(id -> diffIds.add(Digest.parse(id.asText())));
    String os = json.path("os").asText("");
    String architecture = json.path("architecture").asText("");
    return new ImageConfig(
        time(json.path("created")),
        json.path("author").asText(""),
        json.path("comment").asText(""),
        new Platform(
            os.isEmpty() ? "linux" : os,
            architecture.isEmpty() ? Platform.host().architecture() : architecture,
            text(json.path("variant"))),
        run(json.path("config")),
        diffIds,
        history(json.path("history")));
  }

  private static RunConfig run(JsonNode json) {
    Map<String, String> labels = new TreeMap<>();
    json.path("Labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asText("")));
    List<String> env = strings(json.path("Env"));
    List<String> onBuild = strings(json.path("OnBuild"));
    return new RunConfig(
        text(json.path("User")),
        keys(json.path("ExposedPorts")),
        env == null ? List.of() : env,
        strings(json.path("Entrypoint")),
        strings(json.path("Cmd")),
        keys(json.path("Volumes")),
        text(json.path("WorkingDir")),
        labels,
        text(json.path("StopSignal")),
        healthcheck(json.path("Healthcheck")),
        strings(json.path("Shell")),
        onBuild == null ? List.of() : onBuild);
  }

  private static @Nullable HealthcheckConfig healthcheck(JsonNode json) {
    if (!json.isObject()) {
      return null;
    }
    return new HealthcheckConfig(
        strings(json.path("Test")),
        number(json.path("Interval")),
        number(json.path("Timeout")),
        number(json.path("StartPeriod")),
        number(json.path("StartInterval")),
        json.path("Retries").isNumber() ? Integer.valueOf(json.path("Retries").asInt()) : null);
  }

  private static List<HistoryEntry> history(JsonNode json) {
    List<HistoryEntry> entries = new ArrayList<>();
    for (JsonNode entry : json) {
      entries.add(
          new HistoryEntry(
              time(entry.path("created")),
              entry.path("created_by").asText(""),
              entry.path("author").asText(""),
              entry.path("comment").asText(""),
              entry.path("empty_layer").asBoolean()));
    }
    return entries;
  }

  private static @Nullable Instant time(JsonNode json) {
    if (!json.isTextual()) {
      return null;
    }
    try {
      return OffsetDateTime.parse(json.asText()).toInstant();
    } catch (DateTimeException e) {
      return null; // a date that is none is the same as no date; some builders write "0"
    }
  }

  private static @Nullable String text(JsonNode json) {
    String text = json.asText("");
    return text.isEmpty() ? null : text;
  }

  private static @Nullable Long number(JsonNode json) {
    return json.isNumber() ? Long.valueOf(json.asLong()) : null;
  }

  private static @Nullable List<String> strings(JsonNode json) {
    if (!json.isArray()) {
      return null;
    }
    List<String> found = new ArrayList<>();
    json.forEach(item -> found.add(item.asText()));
    return found;
  }

  private static Set<String> keys(JsonNode json) {
    Set<String> found = new TreeSet<>();
    json.fieldNames().forEachRemaining(found::add);
    return found;
  }
}
