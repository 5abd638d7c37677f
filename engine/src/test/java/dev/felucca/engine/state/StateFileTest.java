package dev.felucca.engine.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.Platform;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {
  @TempDir Path directory;

  /** With what state holds: words of the kernel, nesting, and methods that are no fields. */
  record Thing(
      Digest id, @Nullable String name, List<Part> parts, Map<String, Part> byName, Instant at) {
    boolean isBig() {
      return true;
    }

    String getLabel() {
      return "not a field";
    }
  }

  record Part(Platform platform, boolean first, int count) {}

  private static final Thing THING =
      new Thing(
          Digest.sha256(new byte[1]),
          null,
          List.of(new Part(Platform.parse("linux/arm/v7"), true, 3)),
          Map.of("x", new Part(Platform.parse("linux/amd64"), false, -1)),
          Instant.parse("2026-01-02T03:04:05.678Z"));

  @Test
  void whatIsWrittenIsRead() throws IOException {
    StateFile<Thing> file = file();
    assertEquals(Optional.empty(), file.read());
    file.writeDurably(THING);
    assertEquals(Optional.of(THING), file().read());
    String json = Files.readString(file.path());
    assertTrue(json.contains("\"version\" : 1"), json);
    assertFalse(json.contains("big") || json.contains("label"), json);
  }

  @Test
  void writtenOverALongerOneItIsRead() throws IOException {
    StateFile<Thing> file = file();
    file.write(THING);
    long before = Files.size(file.path());
    Thing less = new Thing(THING.id(), "n", List.of(), Map.of(), THING.at());
    byte[] json = StateJson.bytes(StateJson.toTree(less).put("version", 1));
    DurableFiles.overwrite(file.path(), json, true);
    assertEquals(Optional.of(less), file().read());
    assertEquals(before, Files.size(file.path()));
    byte[] more =
        StateJson.bytes(StateJson.toTree(THING).put("version", 1).put("new", "x".repeat(99)));
    DurableFiles.overwrite(file.path(), more, false);
    assertEquals(Optional.of(THING), file().read());
  }

  @Test
  void fieldsOfANewerEngineAreKept() throws IOException {
    StateFile<Thing> file = file();
    file.write(THING);
    Files.writeString(
        file.path(),
        Files.readString(file.path()).replace("\"version\" : 1", "\"version\" : 1, \"new\" : [7]"));
    StateFile<Thing> again = file();
    again.writeDurably(again.read().orElseThrow());
    assertTrue(Files.readString(file.path()).contains("\"new\" : [ 7 ]"));
  }

  @Test
  void whatDoesNotParseIsMovedAside() throws IOException {
    StateFile<Thing> file = file();
    for (String content :
        List.of("", "{", "[]", "{\"version\":2}", "{\"version\":1,\"id\":\"x\"}")) {
      Files.writeString(file.path(), content);
      DamagedStateException e = assertThrows(DamagedStateException.class, file::read);
      assertEquals(content, Files.readString(e.aside()));
      assertFalse(Files.exists(file.path()));
    }
  }

  @Test
  void whatCannotBeReadIsMovedAside() throws IOException {
    Files.createDirectories(file().path().resolve("directory"));
    DamagedStateException e = assertThrows(DamagedStateException.class, file()::read);
    assertTrue(Files.isDirectory(e.aside()));
    Files.createSymbolicLink(file().path(), file().path());
    List<DamagedStateException> damaged = new ArrayList<>();
    assertEquals(List.of(), StateFile.readAll(directory, Thing.class, damaged::add));
    assertTrue(Files.isSymbolicLink(damaged.get(0).aside()));
    file().write(THING);
    assertEquals(Optional.of(THING), file().read());
  }

  @Test
  void whoCannotReadLeavesTheFile() {
    assertTrue(Aside.isReadersTrouble(new FileSystemException("f", null, "Too many open files")));
    assertTrue(Aside.isReadersTrouble(new ClosedByInterruptException()));
    assertFalse(Aside.isReadersTrouble(new IOException("Input/output error")));
  }

  private StateFile<Thing> file() {
    return new StateFile<>(directory.resolve("thing.json"), Thing.class);
  }
}
