package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.state.DurableFiles;
import dev.felucca.engine.state.StateFile;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Images and their names: a file each, and an index in memory that reads never wait for. An image's
 * own file is what makes it and all its names be there: names are written before it and removed
 * after it, so that a crash in between leaves names of nothing, and never an image without a name
 * that it was to have.
 */
final class ImageStore {
  private final Path images;
  private final Path references;
  private final Map<Digest, ImageRecord> byId = new ConcurrentHashMap<>();
  private final Map<String, ReferenceRecord> byName = new ConcurrentHashMap<>();
  // Held over the writing of small files on purpose: two writers of one name must not mix.
  private final Object writing = new Object();

  /**
   * @param damaged is told of each file that had to be moved aside
   */
  ImageStore(Path root, Consumer<DamagedStateException> damaged) throws IOException {
    images = Files.createDirectories(root.resolve("images"));
    references = Files.createDirectories(root.resolve("references"));
    for (ImageRecord image : StateFile.readAll(images, ImageRecord.class, damaged)) {
      byId.put(image.id(), image);
    }
    for (ReferenceRecord reference :
        StateFile.readAll(references, ReferenceRecord.class, damaged)) {
      settle(reference);
    }
  }

  /** What a name stands for after a crash may have come between its file and its image's. */
  private void settle(ReferenceRecord reference) throws IOException {
    ReferenceRecord before = reference.before();
    // Where one is, it may be what this is a name of, once somebody has repaired it.
    boolean all = !hasDamaged();
    if (byId.containsKey(reference.image())) {
      if (before != null) {
        reference = reference.instead(null);
        file(reference.name()).writeDurably(reference);
      }
      byName.put(reference.name(), reference);
    } else if (before != null && byId.containsKey(before.image())) {
      if (all) {
        file(before.name()).writeDurably(before);
      }
      byName.put(before.name(), before);
    } else if (all) {
      file(reference.name()).delete();
    }
  }

  /**
   * True while there is a file of an image that could not be read: nobody knows what it needs, so
   * nothing may be taken for rubbish until somebody has repaired or deleted it.
   */
  boolean hasDamaged() throws IOException {
    try (var damaged = Files.newDirectoryStream(images, "*.damaged-*")) {
      return damaged.iterator().hasNext();
    }
  }

  Optional<ImageRecord> image(Digest id) {
    return Optional.ofNullable(byId.get(id));
  }

  Collection<ImageRecord> images() {
    return byId.values();
  }

  Optional<ReferenceRecord> reference(ImageReference name) {
    return Optional.ofNullable(byName.get(name.toString()));
  }

  /** The names of an image, sorted as Docker's store sorts them: by their text. */
  List<ImageReference> names(Digest id) {
    return references(id).stream().map(r -> ImageReference.parse(r.name())).toList();
  }

  List<ReferenceRecord> references(Digest id) {
    return byName.values().stream()
        .filter(reference -> reference.image().equals(id))
        .sorted(Comparator.comparing(ReferenceRecord::name))
        .toList();
  }

  Collection<ReferenceRecord> references() {
    return byName.values();
  }

  List<ImageRecord> children(Digest id) {
    return byId.values().stream().filter(image -> id.equals(image.parent())).toList();
  }

  /** Writes an image, unless it is here already, and names it: all of it, or nothing. */
  void put(ImageRecord image, Collection<ReferenceRecord> names) throws IOException {
    names.forEach(ImageStore::refuseAmbiguous);
    synchronized (writing) {
      ImageRecord there = byId.get(image.id());
      if (there != null) {
        ImageRecord learned = there.learning(image);
        if (learned != there) {
          file(image.id()).writeDurably(learned);
          byId.put(image.id(), learned);
        }
        for (ReferenceRecord name : names) {
          file(name.name()).writeDurably(name);
          byName.put(name.name(), name);
        }
        return;
      }
      try {
        List<DurableFiles.Replacement> all = new ArrayList<>();
        for (ReferenceRecord name : names) {
          all.add(file(name.name()).prepare(name.instead(byName.get(name.name()))));
        }
        all.add(file(image.id()).prepare(image));
        DurableFiles.replace(all);
      } catch (IOException | RuntimeException e) {
        takeBack(names, e);
        throw e;
      }
      byId.put(image.id(), image);
      for (ReferenceRecord name : names) {
        if (byName.put(name.name(), name) != null) {
          // Or the image's removal would give the name back to the one before.
          file(name.name()).writeDurably(name);
        }
      }
    }
  }

  /** {@code sha256:abc} is the beginning of an id. */
  private static void refuseAmbiguous(ReferenceRecord reference) {
    if (ImageReference.parse(reference.name()).familiarName().equals("sha256")) {
      throw new EngineException(
          INVALID, "refusing to create an ambiguous tag using digest algorithm as name");
    }
  }

  /** Names of an image that could not be written: it may come another time, under others. */
  private void takeBack(Collection<ReferenceRecord> names, Exception failure) {
    for (ReferenceRecord name : names) {
      try {
        ReferenceRecord before = byName.get(name.name());
        if (before == null) {
          file(name.name()).delete();
        } else {
          file(name.name()).writeDurably(before);
        }
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }

  /** Writes a name; false when the image is gone meanwhile, and nothing was done. */
  boolean name(ReferenceRecord reference) throws IOException {
    refuseAmbiguous(reference);
    synchronized (writing) {
      if (!byId.containsKey(reference.image())) {
        return false;
      }
      file(reference.name()).writeDurably(reference);
      byName.put(reference.name(), reference);
      return true;
    }
  }

  /** Removes a name; false when it wasn't there. */
  boolean unname(ImageReference name) throws IOException {
    synchronized (writing) {
      if (byName.remove(name.toString()) == null) {
        return false;
      }
      file(name.toString()).delete();
      DurableFiles.syncDirectory(references);
      return true;
    }
  }

  /**
   * Removes an image with its names.
   *
   * @param names all it may have
   * @return the names that it had, or empty when it has others too or isn't there: then nothing was
   *     done
   */
  Optional<List<ReferenceRecord>> remove(Digest id, Collection<ImageReference> names)
      throws IOException {
    synchronized (writing) {
      List<ReferenceRecord> gone =
          names.stream()
              .map(name -> byName.get(name.toString()))
              .filter(Objects::nonNull)
              .filter(name -> name.image().equals(id))
              .toList();
      if (!byId.containsKey(id) || gone.size() < references(id).size()) {
        return Optional.empty();
      }
      gone.forEach(name -> byName.remove(name.name()));
      byId.remove(id);
      file(id).delete();
      DurableFiles.syncDirectory(images);
      for (ReferenceRecord name : gone) {
        file(name.name()).delete();
      }
      if (!gone.isEmpty()) {
        DurableFiles.syncDirectory(references);
      }
      return Optional.of(gone);
    }
  }

  /**
   * Notes that somebody needed the image just now: as its file's time, which costs no write to the
   * disk and may be lost with the power.
   */
  void used(Digest id) throws IOException {
    try {
      Files.setLastModifiedTime(file(id).path(), FileTime.from(Instant.now()));
    } catch (NoSuchFileException e) {
      // Removed meanwhile: nobody asks when it was used.
    }
  }

  /** When somebody last needed it, or it came. */
  Instant lastUsed(Digest id) throws IOException {
    try {
      return Files.getLastModifiedTime(file(id).path()).toInstant();
    } catch (NoSuchFileException e) {
      return Instant.now();
    }
  }

  private StateFile<ImageRecord> file(Digest id) {
    return new StateFile<>(images.resolve(id.hex() + ".json"), ImageRecord.class);
  }

  /** Names are longer than file names may be and hold slashes, hence their hash. */
  private StateFile<ReferenceRecord> file(String name) {
    String hash = Digest.sha256(name.getBytes(StandardCharsets.UTF_8)).hex();
    return new StateFile<>(references.resolve(hash + ".json"), ReferenceRecord.class);
  }
}
