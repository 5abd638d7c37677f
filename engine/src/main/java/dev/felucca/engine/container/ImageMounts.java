package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.image.ImageSnapshots;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images that containers have mounted: each is a view in the storage driver of its container, and
 * that container's alone. A view holds the image's layers, so that a mount outlasts an image that
 * is removed by force.
 */
final class ImageMounts {
  static final String TYPE = "image";

  private static final Logger LOG = LoggerFactory.getLogger(ImageMounts.class);
  private static final int PLACE_DIGITS = 16;

  private final Core core;
  private final Subpaths subpaths;

  ImageMounts(Core core) {
    this.core = core;
    this.subpaths = new Subpaths(core);
  }

  static boolean is(MountPoint mount) {
    return mount.type().equals(TYPE);
  }

  /** The names of a container's views. */
  static Set<String> keys(ContainerRecord record) {
    return record.mounts().stream()
        .filter(ImageMounts::is)
        .map(mount -> key(record.id(), mount))
        .collect(Collectors.toSet());
  }

  private static String key(ContainerId id, MountPoint mount) {
    Digest place = Digest.sha256(mount.destination().getBytes(StandardCharsets.UTF_8));
    return ContainerRecord.snapshotKey(id) + "." + place.hex().substring(0, PLACE_DIGITS);
  }

  /** By its id from now on, whatever its name comes to mean. */
  MountPoint resolve(MountPoint mount) {
    String asked = mount.source().isEmpty() ? mount.name() : mount.source();
    try {
      return mount.ofImage(core.images.inspect(asked).id().toString());
    } catch (EngineException e) {
      // A client takes NOT_FOUND for the image of the container itself, and pulls that.
      throw e.kind() == NOT_FOUND ? new EngineException(INVALID, e.getMessage(), e) : e;
    }
  }

  /** For a container that is being created; what is none of ours is answered as it is. */
  List<MountPoint> make(ContainerId id, String storage, List<MountPoint> mounts, Undo undo)
      throws IOException {
    List<MountPoint> made = new ArrayList<>();
    for (MountPoint mount : mounts) {
      if (is(mount)) {
        MountPoint resolved = resolve(mount);
        make(id, storage, resolved);
        undo.with(() -> remove(id, storage, resolved));
        made.add(resolved);
      } else {
        made.add(mount);
      }
    }
    return made;
  }

  private void make(ContainerId id, String storage, MountPoint mount) throws IOException {
    ImageDetails image = core.images.inspect(mount.source());
    String key = key(id, mount);
    try (ImageSnapshots.Top top = core.snapshots.hold(image, storage)) {
      String layers = top.key();
      core.drivers
          .snapshotters()
          .run(
              storage,
              driver -> {
                if (layers == null) {
                  driver.prepare(key, null);
                } else {
                  driver.view(key, layers);
                }
              });
    }
  }

  /** Before a container's mounts are made. */
  void ready(ContainerDetails details) throws IOException {
    for (MountPoint mount : details.mounts()) {
      if (is(mount)) {
        ready(details, mount);
      }
    }
  }

  /** Makes a view that is not there: the record of a mount is written first. */
  void ready(ContainerDetails details, MountPoint mount) throws IOException {
    String storage = details.drivers().storage();
    String key = key(details.id(), mount);
    if (core.drivers.snapshotters().use(storage, driver -> driver.stat(key)).isEmpty()) {
      make(details.id(), storage, mount);
    }
    isDirectory(details, mount);
  }

  boolean isDirectory(ContainerDetails details, MountPoint mount) throws IOException {
    return mount.subpath().isEmpty()
        || subpaths.isDirectory(view(details, mount), mount.name(), mount.subpath());
  }

  /** In the words of whoever mounts it. */
  Mount shown(ContainerDetails details, MountPoint mount) throws IOException {
    List<Mount> views = MountWords.owned(view(details, mount), details.hostConfig().users());
    if (views.size() != 1) {
      throw new IOException("a view made of " + views.size() + " mounts cannot be mounted");
    }
    Mount view = views.get(0);
    List<String> options = new ArrayList<>(view.options());
    if (!options.contains("ro")) {
      options.add("ro"); // an image without layers has nothing to look at
    }
    if (mount.subpath().isEmpty()) {
      return new Mount(view.type(), view.source(), options, view.base());
    }
    if (view.type().equals("bind")) {
      return Mount.bindBelow(Path.of(view.source()), mount.subpath(), options);
    }
    options.add("below=" + mount.subpath());
    return new Mount(view.type(), view.source(), options, view.base());
  }

  private List<Mount> view(ContainerDetails details, MountPoint mount) throws IOException {
    String key = key(details.id(), mount);
    return core.drivers
        .snapshotters()
        .use(details.drivers().storage(), driver -> driver.mounts(key));
  }

  /** What can't be removed now is left to the next sweep. */
  void remove(ContainerId id, String storage, MountPoint mount) {
    String key = key(id, mount);
    try {
      core.drivers.snapshotters().run(storage, driver -> driver.remove(key));
    } catch (IOException | EngineException e) {
      LOG.warn("snapshot {} is left to the next sweep: {}", key, e.getMessage());
    }
  }

  void removeAll(ContainerRecord record) {
    record.mounts().stream()
        .filter(ImageMounts::is)
        .forEach(mount -> remove(record.id(), record.drivers().storage(), mount));
  }
}
