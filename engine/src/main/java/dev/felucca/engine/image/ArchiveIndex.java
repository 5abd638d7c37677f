package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import com.fasterxml.jackson.databind.JsonNode;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What images an archive holds, by Docker's {@code manifest.json} and OCI's {@code index.json}.
 * Where it has both, the first says which images and names there are, the second which manifests
 * they came with.
 */
final class ArchiveIndex {
  private static final String DOCKER_NAME = "io.containerd.image.name";
  private static final String OCI_NAME = "org.opencontainers.image.ref.name";
  private static final int DEEPEST_INDEX = 4;
  private static final int MOST_IMAGES = 10_000;

  private final ArchiveFiles files;
  private final ContentStore store;
  private final @Nullable Platform platform;

  ArchiveIndex(ArchiveFiles files, ContentStore store, @Nullable Platform platform) {
    this.files = files;
    this.store = store;
    this.platform = platform;
  }

  /**
   * One image of an archive.
   *
   * @param layers blobs from the bottom; their media types are empty where the archive doesn't say
   */
  record Archived(
      ImageRecord.Blob config,
      ImageRecord.@Nullable Blob manifest,
      List<ImageRecord.Blob> layers,
      List<ImageReference> names) {}

  /** INVALID when it is no archive of images. */
  List<Archived> images() throws IOException {
    byte[] docker = files.text("manifest.json");
    byte[] oci = files.text("index.json");
    if (docker != null) {
      return docker(docker, oci == null ? List.of() : oci(oci, true));
    }
    if (oci != null) {
      return oci(oci, false);
    }
    throw new EngineException(
        INVALID,
        files.text("repositories") != null
            ? "archives in the format of Docker before 1.10 are not supported"
            : "not an archive of images: it has neither manifest.json nor index.json");
  }

  private List<Archived> docker(byte[] bytes, List<Archived> withManifests) throws IOException {
    JsonNode items = Manifests.array(bytes, "manifest.json");
    Map<Digest, Archived> known = new HashMap<>();
    withManifests.forEach(image -> known.putIfAbsent(image.config().digest(), image));
    List<Archived> found = new ArrayList<>();
    for (JsonNode item : items) {
      refuseMore(found.size());
      ImageRecord.Blob config = files.blob(item.path("Config").asText(""));
      List<ImageRecord.Blob> layers = new ArrayList<>();
      item.path("Layers").forEach(layer -> layers.add(files.blob(layer.asText(""))));
      List<ImageReference> names = new ArrayList<>();
      item.path("RepoTags").forEach(tag -> names.add(name(tag.asText(""))));
      Archived same = known.get(config.digest());
      boolean from =
          same != null
              && same.layers().stream()
                  .map(ImageRecord.Blob::digest)
                  .toList()
                  .equals(layers.stream().map(ImageRecord.Blob::digest).toList());
      found.add(
          same != null && from
              ? new Archived(config, same.manifest(), same.layers(), names)
              : new Archived(config, null, layers, names));
    }
    return found;
  }

  private static ImageReference name(String text) {
    ImageReference name = ImageReference.parse(text);
    if (name.tag() == null) {
      throw new EngineException(INVALID, "invalid tag \"" + text + "\"");
    }
    return name;
  }

  /**
   * @param lenient leaves out what isn't whole: it is only looked at for manifests
   */
  private List<Archived> oci(byte[] bytes, boolean lenient) throws IOException {
    Manifest index =
        new Manifest(Descriptor.of(Manifests.OCI_INDEX, Digest.sha256(bytes), bytes.length), bytes);
    Map<Digest, Archived> found = new LinkedHashMap<>();
    for (Descriptor top : ((Manifests.Index) Manifests.parse(index, "archive")).manifests()) {
      refuseMore(found.size());
      try {
        Archived image = image(top);
        if (image != null) {
          found.merge(image.config().digest(), image, ArchiveIndex::merge);
        }
      } catch (EngineException e) {
        if (!lenient) {
          throw e;
        }
      }
    }
    return List.copyOf(found.values());
  }

  private static Archived merge(Archived one, Archived other) {
    List<ImageReference> names = new ArrayList<>(one.names());
    other.names().stream().filter(name -> !names.contains(name)).forEach(names::add);
    return new Archived(one.config(), one.manifest(), one.layers(), names);
  }

  private @Nullable Archived image(Descriptor top) throws IOException {
    if (attestation(top)) {
      return null;
    }
    Descriptor at = top;
    Manifests.Content content = parse(at);
    for (int depth = 0; content instanceof Manifests.Index index; depth++) {
      if (depth == DEEPEST_INDEX) {
        throw new EngineException(INVALID, "archive has indexes within indexes without end");
      }
      Platform wanted = platform == null ? Platform.host() : platform;
      at =
          PlatformChoice.rank(index.manifests(), wanted).stream()
              .filter(one -> files.blob(one.digest()) != null)
              .findFirst()
              .orElseThrow(
                  () ->
                      new EngineException(
                          NOT_FOUND, "archive has no image for platform " + wanted));
      content = parse(at);
    }
    Manifests.Image image = (Manifests.Image) content;
    List<ImageRecord.Blob> layers = new ArrayList<>();
    for (Descriptor layer : image.layers()) {
      layers.add(new ImageRecord.Blob(layer.mediaType(), there(layer).digest(), layer.size()));
    }
    return new Archived(
        there(image.config()),
        new ImageRecord.Blob(
            Manifests.of(at.digest(), bytes(at)).descriptor().mediaType(), at.digest(), at.size()),
        layers,
        names(top));
  }

  private static boolean attestation(Descriptor descriptor) {
    return descriptor.annotations().containsKey("vnd.docker.reference.type");
  }

  private Manifests.Content parse(Descriptor descriptor) throws IOException {
    return Manifests.parse(new Manifest(descriptor, bytes(descriptor)), "archive");
  }

  private byte[] bytes(Descriptor descriptor) throws IOException {
    return Blobs.read(store, there(descriptor).digest());
  }

  private ImageRecord.Blob there(Descriptor descriptor) {
    ImageRecord.Blob blob = files.blob(descriptor.digest());
    if (blob == null || blob.size() != descriptor.size()) {
      throw new EngineException(
          INVALID,
          "archive has no blob " + descriptor.digest() + " of " + descriptor.size() + " bytes");
    }
    return blob;
  }

  /** A bare tag, as in layouts that hold one image, is no name that could be given. */
  private static List<ImageReference> names(Descriptor top) {
    String name = top.annotations().getOrDefault(OCI_NAME, "");
    // A whole name there is what was given last: other programs copy an entry with the rest.
    if (name.indexOf(':') < 0 && name.indexOf('/') < 0) {
      name = top.annotations().getOrDefault(DOCKER_NAME, "");
    }
    if (name.isEmpty()) {
      return List.of();
    }
    ImageReference reference = ImageReference.parse(name);
    return reference.digest() != null ? List.of() : List.of(reference.withDefaultTag());
  }

  private static void refuseMore(int count) {
    if (count >= MOST_IMAGES) {
      throw new EngineException(INVALID, "archive has more than " + MOST_IMAGES + " images");
    }
  }
}
