package dev.felucca.engine.state;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One thing's JSON file, holding one record and {@code "version": 1}; replaced whole. Fields that a
 * newer engine added are kept on rewrite. Not for two threads at once.
 */
public final class StateFile<T extends Record> {
  private static final int VERSION = 1;

  private final Path file;
  private final Class<T> type;
  private @Nullable ObjectNode unknown;

  public StateFile(Path file, Class<T> type) {
    this.file = file;
    this.type = type;
  }

  public Path path() {
    return file;
  }

  /**
   * The record, or empty when there is no file.
   *
   * @throws DamagedStateException when it cannot be read or makes no sense; it is then moved aside
   */
  public Optional<T> read() throws IOException {
    byte[] json;
    try {
      json = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (Aside.isReadersTrouble(e)) {
        throw e;
      }
      throw new DamagedStateException(file, Aside.move(file, e), e);
    }
    try {
      ObjectNode tree = StateJson.parse(json);
      int version = tree.path("version").asInt();
      if (version != VERSION) {
        throw new IOException("version " + tree.path("version") + " is unknown");
      }
      tree.remove("version");
      T value = StateJson.fromTree(tree, type);
      unknown = UnknownFields.of(tree, type);
      return Optional.of(value);
    } catch (IOException | RuntimeException e) {
      throw new DamagedStateException(file, Aside.move(file, e), e);
    }
  }

  /**
   * All records of a directory; half a replacement, which a crash left, is deleted.
   *
   * @param damaged hears of files that make no sense; they are kept, moved aside
   */
  public static <T extends Record> List<T> readAll(
      Path directory, Class<T> type, Consumer<DamagedStateException> damaged) throws IOException {
    List<Path> files = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(directory)) {
      entries.forEach(files::add);
    }
    List<T> found = new ArrayList<>();
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.startsWith(".") && name.endsWith(DurableFiles.NEXT)) {
        Files.delete(file);
      } else if (!name.startsWith(".") && name.endsWith(".json")) {
        try {
          new StateFile<>(file, type).read().ifPresent(found::add);
        } catch (DamagedStateException e) {
          damaged.accept(e);
        }
      }
    }
    return found;
  }

  /** Writes it; on disk when this returns. */
  public void writeDurably(T value) throws IOException {
    DurableFiles.replace(file, bytes(value));
  }

  /** Writes it beside the file, to take its place together with others. */
  public DurableFiles.Replacement prepare(T value) throws IOException {
    return DurableFiles.prepare(file, bytes(value));
  }

  /**
   * Writes it so that it survives the engine's end at any instant, but not that of the machine: for
   * the run directory, and for what a power cut may set back.
   */
  public void write(T value) throws IOException {
    Path next = DurableFiles.next(file);
    try {
      Files.write(next, bytes(value));
    } catch (IOException e) {
      DurableFiles.drop(next, e);
      throw e;
    }
    Files.move(next, file, ATOMIC_MOVE);
  }

  /**
   * As the two others; where there is no room for a second file beside it, over what is there: for
   * what has happened and is told only once. Then a power cut within the write may damage it.
   */
  public void writeEvenWhenFull(T value, boolean durably) throws IOException {
    try {
      if (durably) {
        writeDurably(value);
      } else {
        write(value);
      }
    } catch (IOException e) {
      if (!DiskFull.is(e)) {
        throw e;
      }
      try {
        DurableFiles.overwrite(file, bytes(value), durably);
      } catch (IOException again) {
        e.addSuppressed(again);
        throw e;
      }
    }
  }

  private byte[] bytes(T value) throws IOException {
    ObjectNode tree = StateJson.toTree(value);
    ObjectNode whole = tree.objectNode().put("version", VERSION);
    whole.setAll(tree);
    if (unknown != null) {
      UnknownFields.restore(whole, unknown);
    }
    return StateJson.bytes(whole);
  }

  /** Deletes it; one that isn't there is no error. */
  public void delete() throws IOException {
    Files.deleteIfExists(file);
  }
}
