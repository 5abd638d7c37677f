package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.engine.state.StateFile;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start finds when the engine before it ended between two files. */
class ImageStoreTest {
  private static final ImageReference NAME = ImageReference.parse("app:v1");
  private static final ImageReference OTHER = ImageReference.parse("app:v2");

  @TempDir Path root;
  private final ImageRecord old = image("old");
  private final ImageRecord next = image("next");
  private ImageStore store;

  @BeforeEach
  void open() throws IOException {
    store =
        new ImageStore(
            root,
            damaged -> {
              throw new IllegalStateException(damaged);
            });
  }

  private static ImageRecord image(String content) {
    Digest id = Digest.sha256(content.getBytes(StandardCharsets.UTF_8));
    return new ImageRecord(id, null, null, List.of(), Instant.EPOCH);
  }

  private static ReferenceRecord name(ImageReference name, ImageRecord image) {
    return new ReferenceRecord(name, image.id(), null);
  }

  private Map<String, Digest> names() {
    Map<String, Digest> names = new TreeMap<>();
    store.references().forEach(name -> names.put(name.name(), name.image()));
    return names;
  }

  private Path file(ImageRecord image) {
    return root.resolve("images").resolve(image.id().hex() + ".json");
  }

  /** As a crash leaves it that comes after the names of an image and before itself. */
  private void crashBeforeTheImage(ImageReference... names) throws IOException {
    for (ImageReference name : names) {
      String hash = Digest.sha256(name.toString().getBytes(StandardCharsets.UTF_8)).hex();
      new StateFile<>(root.resolve("references").resolve(hash + ".json"), ReferenceRecord.class)
          .writeDurably(name(name, next).instead(store.reference(name).orElse(null)));
    }
    open();
  }

  @Test
  void aNameOfAnImageThatNeverCameToBeStandsForWhatItStoodForBefore() throws IOException {
    store.put(old, List.of(name(NAME, old)));
    crashBeforeTheImage(NAME, OTHER);
    assertEquals(Map.of(NAME.toString(), old.id()), names());
    // And for good: it is not the next image's that happens to be the same.
    store.put(next, List.of());
    open();
    assertEquals(Map.of(NAME.toString(), old.id()), names());
  }

  @Test
  void aMovedNameIsNotGivenBackWhenItsImageIsRemoved() throws IOException {
    store.put(old, List.of(name(NAME, old)));
    // The crash comes after the image, and before its name has forgotten what it stood for.
    crashBeforeTheImage(NAME);
    store.unname(NAME);
    new StateFile<>(file(next), ImageRecord.class).writeDurably(next);
    String hash = Digest.sha256(NAME.toString().getBytes(StandardCharsets.UTF_8)).hex();
    Path reference = root.resolve("references").resolve(hash + ".json");
    new StateFile<>(reference, ReferenceRecord.class)
        .writeDurably(name(NAME, next).instead(name(NAME, old)));
    open();
    assertEquals(Map.of(NAME.toString(), next.id()), names());
    // As a crash leaves it that comes after the image's removal and before its name's.
    Files.delete(file(next));
    open();
    assertEquals(Map.of(), names());
  }

  @Test
  void aNameOfAnImageWhoseFileIsDamagedIsKeptForItsRepair() throws IOException {
    store.put(old, List.of(name(NAME, old)));
    byte[] whole = Files.readAllBytes(file(old));
    Files.write(file(old), new byte[0]);
    List<Path> aside = new ArrayList<>();
    store = new ImageStore(root, damaged -> aside.add(damaged.aside()));
    assertEquals(Map.of(), names());
    Files.delete(aside.get(0));
    Files.write(file(old), whole);
    open();
    assertEquals(Map.of(NAME.toString(), old.id()), names());
  }

  @Test
  void aMovedNameForgetsWhatItStoodFor() throws IOException {
    store.put(old, List.of(name(NAME, old)));
    store.put(next, List.of(name(NAME, next)));
    Files.delete(file(next));
    open();
    assertEquals(Map.of(), names());
  }

  @Test
  void namesOfAnImageThatCannotBeWrittenAreTakenBack() throws IOException {
    store.put(old, List.of(name(NAME, old)));
    Files.createDirectories(file(next).resolve("in the way"));
    List<ReferenceRecord> names = List.of(name(NAME, next), name(OTHER, next));
    assertThrows(IOException.class, () -> store.put(next, names));
    assertEquals(Map.of(NAME.toString(), old.id()), names());
    Files.delete(file(next).resolve("in the way"));
    Files.delete(file(next));
    store.put(next, List.of());
    open();
    assertEquals(Map.of(NAME.toString(), old.id()), names());
  }

  @Test
  void anImageIsRemovedWithTheNamesThatWereMeantOnly() throws IOException {
    store.put(old, List.of(name(NAME, old), name(OTHER, old)));
    assertEquals(Optional.empty(), store.remove(old.id(), List.of(NAME)));
    assertEquals(2, names().size());
    store.put(next, List.of(name(OTHER, next)));
    assertEquals(1, store.remove(old.id(), List.of(NAME, OTHER)).orElseThrow().size());
    assertEquals(Optional.empty(), store.remove(old.id(), List.of()));
    open();
    assertEquals(Map.of(OTHER.toString(), next.id()), names());
  }

  @Test
  void aNameThatIsTheBeginningOfAnIdIsRefused() throws IOException {
    ImageReference ambiguous = ImageReference.parse("sha256:abc");
    EngineException put =
        assertThrows(EngineException.class, () -> store.put(old, List.of(name(ambiguous, old))));
    assertEquals(
        "refusing to create an ambiguous tag using digest algorithm as name", put.getMessage());
    store.put(old, List.of());
    EngineException named =
        assertThrows(EngineException.class, () -> store.name(name(ambiguous, old)));
    assertEquals(put.getMessage(), named.getMessage());
    assertEquals(Map.of(), names());
  }
}
