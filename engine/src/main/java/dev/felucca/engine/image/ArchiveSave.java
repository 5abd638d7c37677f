package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes images as Docker archive and OCI layout in one. What says what is in it comes first, so
 * that a reader of a stream knows what to expect; each blob is in it once.
 */
final class ArchiveSave {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private final ImageCore core;
  private final Leases.Lease lease;
  private final Map<Digest, Long> blobs = new LinkedHashMap<>();
  private final Map<Digest, byte[]> made = new LinkedHashMap<>();
  private final ArrayNode docker = JSON.arrayNode();
  private final ArrayNode oci = JSON.arrayNode();
  private final ObjectNode repositories = JSON.objectNode();

  ArchiveSave(ImageCore core, Leases.Lease lease) {
    this.core = core;
    this.lease = lease;
  }

  /** Nothing is written before all is known to be here; answers which images it were. */
  Collection<Digest> save(List<String> references, @Nullable Platform platform, OutputStream out)
      throws IOException {
    Map<Digest, List<ImageReference>> wanted = new LinkedHashMap<>();
    for (String reference : references) {
      choose(reference, wanted);
    }
    for (Map.Entry<Digest, List<ImageReference>> one : wanted.entrySet()) {
      ImageRecord image = core.lookup.find(one.getKey().toString());
      refuseOther(image, platform);
      add(image, one.getValue());
    }
    TarOut tar = new TarOut(out);
    tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
    ObjectNode index = JSON.objectNode().put("schemaVersion", 2);
    index.put("mediaType", Manifests.OCI_INDEX).set("manifests", oci);
    tar.file("index.json", Manifests.bytes(index));
    tar.file("manifest.json", Manifests.bytes(docker));
    if (!repositories.isEmpty()) {
      tar.file("repositories", Manifests.bytes(repositories));
    }
    tar.directory("blobs");
    tar.directory("blobs/sha256");
    for (Map.Entry<Digest, byte[]> one : made.entrySet()) {
      tar.file(path(one.getKey()), one.getValue());
    }
    for (Map.Entry<Digest, Long> one : blobs.entrySet()) {
      try (InputStream in = Channels.newInputStream(core.content.open(one.getKey()))) {
        tar.file(path(one.getKey()), one.getValue(), in);
      }
    }
    tar.end();
    return wanted.keySet();
  }

  private void choose(String text, Map<Digest, List<ImageReference>> wanted) {
    ImageReference repository = repository(text);
    if (repository != null) {
      List<ReferenceRecord> all =
          core.images.references().stream()
              .filter(record -> record.name().startsWith(repository.name() + ":"))
              .sorted(Comparator.comparing(ReferenceRecord::name))
              .toList();
      if (!all.isEmpty()) {
        for (ReferenceRecord record : all) {
          wanted
              .computeIfAbsent(record.image(), id -> new ArrayList<>())
              .add(ImageReference.parse(record.name()));
        }
        return;
      }
    }
    ImageRecord image = core.lookup.find(text);
    List<ImageReference> names = wanted.computeIfAbsent(image.id(), id -> new ArrayList<>());
    if (!ImageLookup.isIdPrefix(image.id(), text)) {
      ImageReference name = ImageReference.parse(text);
      if (name.tag() != null && name.digest() == null && !names.contains(name)) {
        names.add(name);
      }
    }
  }

  private static @Nullable ImageReference repository(String text) {
    try {
      ImageReference reference = ImageReference.parse(text);
      return reference.tag() == null && reference.digest() == null ? reference : null;
    } catch (EngineException e) {
      return null; // an id, or nothing at all: the lookup says which
    }
  }

  private void refuseOther(ImageRecord image, @Nullable Platform platform) {
    Platform own = core.descriptions.config(image.id()).platform();
    if (platform != null && !PlatformChoice.matches(own, platform)) {
      throw new EngineException(
          NOT_FOUND, "image " + image.id() + " is for platform " + own + ", not for " + platform);
    }
  }

  private void add(ImageRecord image, List<ImageReference> names) throws IOException {
    List<String> layers = new ArrayList<>();
    ObjectNode sources = JSON.objectNode();
    need(image.id(), core.content.size(image.id()));
    for (ImageRecord.Layer layer : image.layers()) {
      need(layer.blob().digest(), Optional.of(layer.blob().size()));
      layers.add(path(layer.blob().digest()));
      sources.set(layer.diffId().toString(), Manifests.descriptor(layer.blob()));
    }
    ObjectNode item = docker.addObject().put("Config", path(image.id()));
    ArrayNode tags = item.putArray("RepoTags");
    names.forEach(name -> tags.add(name.familiar()));
    ArrayNode paths = item.putArray("Layers");
    layers.forEach(paths::add);
    item.set("LayerSources", sources);
    ObjectNode manifest = manifest(image);
    if (names.isEmpty()) {
      oci.add(manifest);
    }
    for (ImageReference name : names) {
      ObjectNode named = manifest.deepCopy();
      named
          .putObject("annotations")
          .put("io.containerd.image.name", name.toString())
          .put("org.opencontainers.image.ref.name", String.valueOf(name.tag()));
      oci.add(named);
      if (!layers.isEmpty()) {
        JsonNode repository = repositories.get(name.familiarName());
        ObjectNode there =
            repository instanceof ObjectNode object
                ? object
                : repositories.putObject(name.familiarName());
        there.put(
            String.valueOf(name.tag()),
            image.layers().get(image.layers().size() - 1).blob().digest().hex());
      }
    }
  }

  /** As it came, or one made for what never was in a registry. */
  private ObjectNode manifest(ImageRecord image) throws IOException {
    ImageRecord.Blob own = image.manifest();
    if (own != null) {
      need(own.digest(), Optional.of(own.size()));
      return Manifests.descriptor(own);
    }
    long size = core.content.size(image.id()).orElse(0L);
    byte[] bytes =
        Manifests.oci(new ImageRecord.Blob(Manifests.OCI_CONFIG, image.id(), size), image.layers());
    Digest digest = Digest.sha256(bytes);
    made.put(digest, bytes);
    return Manifests.descriptor(new ImageRecord.Blob(Manifests.OCI_MANIFEST, digest, bytes.length));
  }

  private void need(Digest blob, Optional<Long> size) throws IOException {
    lease.hold(Leases.blob(blob));
    if (core.content.size(blob).isEmpty() || size.isEmpty()) {
      throw new EngineException(NOT_FOUND, "content " + blob + " not found");
    }
    blobs.put(blob, size.get());
  }

  private static String path(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }
}
