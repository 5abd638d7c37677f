package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.transport.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads manifests and indexes, Docker's and OCI's; refuses what isn't an image. */
final class Manifests {
  static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
  static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  private static final int MOST_ENTRIES = 4096;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(100).build())
                  .build())
          .build();

  private Manifests() {}

  /** What a manifest turned out to be. */
  sealed interface Content {}

  /** One manifest for each of several platforms. */
  record Index(List<Descriptor> manifests) implements Content {}

  /** An image of one platform; layers from the bottom. */
  record Image(Descriptor config, List<Descriptor> layers) implements Content {}

  static Content parse(Manifest manifest, String name) {
    JsonNode json = json(manifest.bytes(), "manifest of " + name);
    String type = manifest.descriptor().mediaType();
    if (!json.path("mediaType").asText("").isEmpty()) {
      type = json.path("mediaType").asText();
    }
    if (json.path("schemaVersion").asInt() == 1
        || type.contains("docker.distribution.manifest.v1")) {
      throw new EngineException(
          INVALID,
          "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been"
              + " removed. Suggest the author of "
              + name
              + " to upgrade the image to the OCI Format or Docker Image manifest v2, schema 2");
    }
    return switch (type) {
      case "application/vnd.oci.image.index.v1+json",
          "application/vnd.docker.distribution.manifest.list.v2+json" ->
          new Index(descriptors(json.path("manifests"), name));
      case "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.v2+json" ->
          image(json, name);
      default ->
          // The OCI form may be served without any type; its fields tell.
          json.path("manifests").isArray()
              ? new Index(descriptors(json.path("manifests"), name))
              : json.path("layers").isArray() ? image(json, name) : refuse(type, name);
    };
  }

  /** A manifest from the content store, which keeps no media types. */
  static Manifest of(Digest digest, byte[] bytes) {
    JsonNode json = json(bytes, "manifest " + digest);
    String type = json.path("mediaType").asText("");
    if (type.isEmpty()) {
      type = json.path("manifests").isArray() ? OCI_INDEX : OCI_MANIFEST;
    }
    return new Manifest(Descriptor.of(type, digest, bytes.length), bytes);
  }

  private static Content refuse(String type, String name) {
    throw new EngineException(INVALID, name + " has a manifest of unknown type \"" + type + "\"");
  }

  private static Image image(JsonNode json, String name) {
    Descriptor config = descriptor(json.path("config"), name);
    String kind = config.mediaType();
    String artifact = json.path("artifactType").asText("");
    if (!artifact.isEmpty()
        || !(kind.equals("application/vnd.oci.image.config.v1+json")
            || kind.equals("application/vnd.docker.container.image.v1+json")
            || kind.equals("application/json")
            || kind.equals("application/octet-stream")
            || kind.equals("text/html")
            || kind.isEmpty())) {
      throw new EngineException(
          INVALID,
          name
              + " is not a container image: it is \""
              + (artifact.isEmpty() ? kind : artifact)
              + "\"");
    }
    List<Descriptor> layers = descriptors(json.path("layers"), name);
    for (Descriptor layer : layers) {
      String type = layer.mediaType();
      boolean known =
          type.startsWith("application/vnd.oci.image.layer.")
              || type.startsWith("application/vnd.docker.image.rootfs.");
      if (!known || type.contains("encrypted")) {
        throw new EngineException(
            INVALID, "layer " + layer.digest() + " of " + name + " has unsupported type " + type);
      }
    }
    return new Image(config, layers);
  }

  private static List<Descriptor> descriptors(JsonNode array, String name) {
    if (!array.isArray() || array.size() > MOST_ENTRIES) {
      throw new EngineException(
          INVALID, "manifest of " + name + " is damaged: no list, or too long");
    }
    List<Descriptor> found = new ArrayList<>();
    array.forEach(node -> found.add(descriptor(node, name)));
    return found;
  }

  private static Descriptor descriptor(JsonNode node, String name) {
    long size = node.path("size").asLong(-1);
    if (size < 0 || !node.path("digest").isTextual()) {
      throw new EngineException(
          INVALID, "manifest of " + name + " is damaged: a descriptor lacks its size or digest");
    }
    List<String> urls = new ArrayList<>();
    node.path("urls").forEach(url -> urls.add(url.asText()));
    Map<String, String> annotations = new HashMap<>();
    node.path("annotations")
        .properties()
        .forEach(entry -> annotations.put(entry.getKey(), entry.getValue().asText()));
    return new Descriptor(
        node.path("mediaType").asText(""),
        Digest.parse(node.path("digest").asText()),
        size,
        platform(node.path("platform")),
        urls,
        annotations);
  }

  private static @Nullable Platform platform(JsonNode node) {
    String os = node.path("os").asText("");
    String architecture = node.path("architecture").asText("");
    if (os.isEmpty() || architecture.isEmpty()) {
      return null;
    }
    return new Platform(os, architecture, node.path("variant").asText(null));
  }

  static ObjectNode descriptor(ImageRecord.Blob blob) {
    return JSON.createObjectNode()
        .put("mediaType", blob.mediaType())
        .put("digest", blob.digest().toString())
        .put("size", blob.size());
  }

  /** An OCI manifest; Docker's names for layers are put in OCI's. */
  static byte[] oci(ImageRecord.Blob config, List<ImageRecord.Layer> layers) throws IOException {
    ObjectNode manifest =
        JSON.createObjectNode().put("schemaVersion", 2).put("mediaType", OCI_MANIFEST);
    manifest.set("config", descriptor(config));
    ArrayNode list = manifest.putArray("layers");
    for (ImageRecord.Layer layer : layers) {
      ImageRecord.Blob blob = layer.blob();
      String type =
          switch (blob.mediaType()) {
            case "application/vnd.docker.image.rootfs.diff.tar.gzip" ->
                "application/vnd.oci.image.layer.v1.tar+gzip";
            case "application/vnd.docker.image.rootfs.diff.tar" ->
                "application/vnd.oci.image.layer.v1.tar";
            default -> blob.mediaType();
          };
      list.add(descriptor(new ImageRecord.Blob(type, blob.digest(), blob.size())));
    }
    return bytes(manifest);
  }

  static byte[] bytes(JsonNode json) throws IOException {
    return JSON.writeValueAsBytes(json);
  }

  static JsonNode array(byte[] bytes, String what) {
    try {
      JsonNode node = JSON.readTree(bytes);
      if (node != null && node.isArray()) {
        return node;
      }
    } catch (IOException e) {
      throw new EngineException(INVALID, what + " is no JSON", e);
    }
    throw new EngineException(INVALID, what + " is no JSON array");
  }

  static JsonNode json(byte[] bytes, String what) {
    try {
      JsonNode node = JSON.readTree(bytes);
      if (node.isObject()) {
        return node;
      }
    } catch (IOException e) {
      throw new EngineException(INVALID, what + " is no JSON", e);
    }
    throw new EngineException(INVALID, what + " is no JSON object");
  }
}
