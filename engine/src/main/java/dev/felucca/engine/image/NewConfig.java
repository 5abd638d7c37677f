package dev.felucca.engine.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.HealthcheckConfig;
import dev.felucca.kernel.image.RunConfig;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes image configurations: OCI's, with the fields that Docker adds. */
final class NewConfig {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private final ObjectNode root = JSON.objectNode();
  private final ArrayNode history;
  private final ArrayNode diffIds;

  /** The beginning of one that stands on nothing. */
  NewConfig(Platform platform) {
    root.put("architecture", platform.architecture());
    if (platform.variant() != null) {
      root.put("variant", platform.variant());
    }
    root.put("os", platform.os());
    history = JSON.arrayNode();
    diffIds = JSON.arrayNode();
  }

  /** The beginning of one that stands on another: its layers, its history and what it runs on. */
  NewConfig(byte[] parent, String name) {
    JsonNode below = Manifests.json(parent, "configuration of " + name);
    for (String field : List.of("architecture", "variant", "os", "os.version", "os.features")) {
      if (below.has(field)) {
        root.set(field, below.get(field));
      }
    }
    history = below.path("history").isArray() ? below.path("history").deepCopy() : JSON.arrayNode();
    diffIds = below.path("rootfs").path("diff_ids").deepCopy();
  }

  /** Adds a step; {@code diffId} is null for one that changes no file. */
  NewConfig step(
      Instant created, String createdBy, String author, String comment, @Nullable Digest diffId) {
    root.put("created", created.toString());
    root.put("author", author).put("comment", comment);
    ObjectNode entry = history.addObject().put("created", created.toString());
    text(entry, "created_by", createdBy);
    text(entry, "author", author);
    text(entry, "comment", comment);
    if (diffId == null) {
      entry.put("empty_layer", true);
    } else {
      diffIds.add(diffId.toString());
    }
    return this;
  }

  byte[] bytes(RunConfig config) throws IOException {
    for (String field : List.of("author", "comment")) {
      if (root.path(field).asText("").isEmpty()) {
        root.remove(field);
      }
    }
    root.set("config", json(config));
    root.set("history", history);
    root.putObject("rootfs").put("type", "layers").set("diff_ids", diffIds);
    return Manifests.bytes(root);
  }

  private static ObjectNode json(RunConfig config) {
    ObjectNode json = JSON.objectNode();
    text(json, "User", config.user());
    keys(json, "ExposedPorts", config.exposedPorts());
    list(json, "Env", config.env());
    list(json, "Entrypoint", config.entrypoint());
    list(json, "Cmd", config.cmd());
    keys(json, "Volumes", config.volumes());
    text(json, "WorkingDir", config.workingDir());
    if (!config.labels().isEmpty()) {
      ObjectNode labels = json.putObject("Labels");
      config.labels().forEach(labels::put);
    }
    text(json, "StopSignal", config.stopSignal());
    list(json, "Shell", config.shell());
    list(json, "OnBuild", config.onBuild());
    HealthcheckConfig check = config.healthcheck();
    if (check != null) {
      ObjectNode health = json.putObject("Healthcheck");
      list(health, "Test", check.test());
      number(health, "Interval", check.interval());
      number(health, "Timeout", check.timeout());
      number(health, "StartPeriod", check.startPeriod());
      number(health, "StartInterval", check.startInterval());
      number(health, "Retries", check.retries());
    }
    return json;
  }

  private static void text(ObjectNode json, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      json.put(name, value);
    }
  }

  private static void number(ObjectNode json, String name, @Nullable Number value) {
    if (value != null && value.longValue() != 0) {
      json.put(name, value.longValue());
    }
  }

  private static void list(ObjectNode json, String name, @Nullable Collection<String> values) {
    if (values != null && !values.isEmpty()) {
      ArrayNode array = json.putArray(name);
      values.forEach(array::add);
    }
  }

  private static void keys(ObjectNode json, String name, Collection<String> keys) {
    if (!keys.isEmpty()) {
      ObjectNode object = json.putObject(name);
      keys.stream().sorted().forEach(object::putObject);
    }
  }
}
