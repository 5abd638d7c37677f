package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.storage.SnapshotInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Removes blobs and layer snapshots that no image needs. What is needed is looked up after a thing
 * is condemned: whoever held it until then has written its image by that time.
 */
final class Garbage {
  private final ContentStore content;
  private final Drivers drivers;
  private final Leases leases;
  private final ImageStore images;

  Garbage(ContentStore content, Drivers drivers, Leases leases, ImageStore images) {
    this.content = content;
    this.drivers = drivers;
    this.leases = leases;
    this.images = images;
  }

  /** What an image that is gone was made of, as far as no other needs it. */
  void sweep(ImageRecord gone) throws IOException {
    List<Digest> blobs = new ArrayList<>();
    blobs.add(gone.id());
    if (gone.manifest() != null) {
      blobs.add(gone.manifest().digest());
    }
    gone.layers().forEach(layer -> blobs.add(layer.blob().digest()));
    sweepBlobs(blobs);
    List<String> chain = new ArrayList<>(gone.chain());
    Collections.reverse(chain);
    for (String driver : drivers.snapshotters().names()) {
      try {
        sweepSnapshots(driver, chain);
      } catch (EngineException e) {
        if (e.kind() != EngineException.Kind.UNAVAILABLE) {
          throw e;
        }
      }
    }
  }

  /** Everything, in every storage driver that is here. */
  void sweep() throws IOException {
    if (images.hasDamaged()) {
      return;
    }
    List<Digest> blobs = new ArrayList<>();
    content.walk(blobs::add);
    sweepBlobs(blobs);
    for (String driver : drivers.snapshotters().names()) {
      sweepSnapshots(driver);
    }
  }

  void sweepBlobs(Collection<Digest> candidates) throws IOException {
    Set<Digest> needed = neededBlobs();
    for (Digest blob : candidates) {
      if (!needed.contains(blob) && leases.condemn(Leases.blob(blob))) {
        try {
          if (!neededBlobs().contains(blob)) {
            content.delete(blob);
          }
        } finally {
          leases.spare(Leases.blob(blob));
        }
      }
    }
  }

  /** A driver that is not here, or cannot work, keeps what it has until it comes back. */
  void sweepSnapshots(String driver) throws IOException {
    if (images.hasDamaged()) {
      return;
    }
    List<String> candidates = new ArrayList<>();
    try {
      drivers
          .snapshotters()
          .run(
              driver,
              s ->
                  s.walk(
                      info -> {
                        if (isLayer(info)) {
                          candidates.add(info.key());
                        }
                      }));
    } catch (EngineException e) {
      if (e.kind() == EngineException.Kind.UNAVAILABLE) {
        return;
      }
      throw e;
    }
    Collections.reverse(candidates); // children before parents
    sweepSnapshots(driver, candidates);
  }

  private static boolean isLayer(SnapshotInfo info) {
    return info.kind() == SnapshotInfo.Kind.COMMITTED
        ? info.key().startsWith("sha256:") || info.key().startsWith("sha512:")
        : info.key().startsWith(LayerUnpack.ACTIVE_PREFIX);
  }

  void sweepSnapshots(String driver, List<String> childrenFirst) throws IOException {
    Set<String> needed = neededChains();
    for (String key : childrenFirst) {
      String lease = Leases.snapshot(driver, key);
      if (!needed.contains(key) && leases.condemn(lease)) {
        try {
          if (!neededChains().contains(key)) {
            drivers.snapshotters().run(driver, s -> s.remove(key));
          }
        } catch (EngineException e) {
          // A container stands on it, or on one above it: it goes when that does.
          if (e.kind() != CONFLICT && e.kind() != NOT_FOUND) {
            throw e;
          }
        } finally {
          leases.spare(lease);
        }
      }
    }
  }

  Set<Digest> neededBlobs() {
    Set<Digest> needed = new HashSet<>();
    for (ImageRecord image : images.images()) {
      needed.add(image.id());
      if (image.manifest() != null) {
        needed.add(image.manifest().digest());
      }
      image.layers().forEach(layer -> needed.add(layer.blob().digest()));
    }
    for (ReferenceRecord reference : images.references()) {
      if (reference.target() != null) {
        needed.add(reference.target().digest());
      }
    }
    return needed;
  }

  Set<String> neededChains() {
    Set<String> needed = new HashSet<>();
    images.images().forEach(image -> needed.addAll(image.chain()));
    return needed;
  }
}
