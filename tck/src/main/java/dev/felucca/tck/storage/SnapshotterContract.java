package dev.felucca.tck.storage;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.tck.storage.TarBytes.file;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.SnapshotInfo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every {@link dev.felucca.kernel.storage.Snapshotter} must do. */
public abstract class SnapshotterContract extends StorageContract {
  @Test
  void aSnapshotIsThereUntilItIsRemoved() throws IOException {
    SnapshotInfo made = snapshots.prepare("box", null);
    assertEquals(SnapshotInfo.Kind.ACTIVE, made.kind());
    assertEquals(made, snapshots.stat("box").orElseThrow());
    snapshots.remove("box");
    assertTrue(snapshots.stat("box").isEmpty());
    refused(NOT_FOUND, () -> snapshots.remove("box"));
    refused(NOT_FOUND, () -> snapshots.mounts("box"));
    snapshots.prepare("box", null);
    try (SeenTree seen = see("box")) {
      assertEquals(Set.of(), seen.names(""));
    }
  }

  @Test
  void keysAreChecked() {
    for (String key : List.of("", ".", "..", "a/b", "a b", "ä", "x".repeat(201), "a\n")) {
      refused(INVALID, () -> snapshots.prepare(key, null));
    }
  }

  @Test
  void refusalsSayWhatIsWrong() throws IOException {
    snapshots.prepare("active", null);
    refused(CONFLICT, () -> snapshots.prepare("active", null));
    refused(CONFLICT, () -> snapshots.prepare("child", "active"));
    refused(NOT_FOUND, () -> snapshots.prepare("child", "missing"));
    refused(NOT_FOUND, () -> snapshots.view("child", "missing"));
    refused(NOT_FOUND, () -> snapshots.commit("name", "missing", null));
    snapshots.commit("base", "active", null);
    assertTrue(snapshots.stat("active").isEmpty());
    snapshots.prepare("second", null);
    refused(CONFLICT, () -> snapshots.commit("base", "second", null));
    refused(CONFLICT, () -> snapshots.commit("other", "base", null));
    snapshots.view("look", "base");
    refused(CONFLICT, () -> snapshots.commit("other", "look", "base"));
    assertTrue(snapshots.stat("second").isPresent());
  }

  @Test
  void removalIsRefusedWhileThereAreChildren() throws IOException {
    layer("base", null, TarBytes.of(file("a", "1")));
    snapshots.prepare("one", "base");
    snapshots.view("two", "base");
    EngineException refusal = refused(CONFLICT, () -> snapshots.remove("base"));
    assertTrue(String.valueOf(refusal.getMessage()).contains("2"), refusal::getMessage);
    snapshots.remove("one");
    snapshots.remove("two");
    snapshots.remove("base");
  }

  @Test
  void childrenSeeTheirParentsAndNotEachOther() throws IOException {
    layer("base", null, TarBytes.of(file("a", "base")));
    snapshots.prepare("one", "base");
    snapshots.prepare("two", "base");
    try (SeenTree one = see("one");
        SeenTree two = see("two")) {
      Files.writeString(one.path("a"), "changed");
      Files.writeString(one.path("new"), "new");
      assertEquals("base", two.read("a"));
      assertFalse(two.has("new"));
    }
    snapshots.commit("upper", "one", "base");
    snapshots.view("look", "upper");
    try (SeenTree look = see("look")) {
      assertEquals("changed", look.read("a"));
      assertEquals("new", look.read("new"));
      assertThrows(IOException.class, () -> Files.writeString(look.path("a"), "no"));
    }
  }

  @Test
  void commitNeedsTheParentItWasPreparedOn() throws IOException {
    layer("base", null, TarBytes.of(file("a", "1")));
    layer("other", null, TarBytes.of(file("b", "2")));
    snapshots.prepare("box", "base");
    assertThrows(EngineException.class, () -> snapshots.commit("name", "box", "other"));
    assertThrows(EngineException.class, () -> snapshots.commit("name", "box", null));
    snapshots.commit("name", "box", "base");
    assertEquals("base", snapshots.stat("name").orElseThrow().parent());
  }

  @Test
  void walkShowsParentsBeforeChildren() throws IOException {
    layer("z", null, TarBytes.of(file("a", "1")));
    layer("y", "z", TarBytes.of(file("b", "2")));
    snapshots.prepare("a", "y");
    snapshots.prepare("b", "z");
    List<String> keys = new ArrayList<>();
    snapshots.walk(info -> keys.add(info.key()));
    assertEquals(4, keys.size());
    assertTrue(keys.indexOf("z") < keys.indexOf("y"));
    assertTrue(keys.indexOf("y") < keys.indexOf("a"));
    assertTrue(keys.indexOf("z") < keys.indexOf("b"));
  }

  @Test
  void everythingIsThereAfterARestart() throws IOException {
    layer("base", null, TarBytes.of(file("a", "base")));
    snapshots.prepare("box", "base");
    snapshots.view("look", "base");
    try (SeenTree seen = see("box")) {
      Files.writeString(seen.path("b"), "mine");
    }
    List<SnapshotInfo> before = new ArrayList<>();
    snapshots.walk(before::add);
    start();
    List<SnapshotInfo> after = new ArrayList<>();
    snapshots.walk(after::add);
    assertEquals(Set.copyOf(before), Set.copyOf(after));
    refused(CONFLICT, () -> snapshots.remove("base"));
    try (SeenTree seen = see("box")) {
      assertEquals("base", seen.read("a"));
      assertEquals("mine", seen.read("b"));
    }
  }

  @Test
  void aHundredAndTwentySevenLayersCanBeMounted() throws IOException {
    String parent = "layer:1";
    layer(parent, null, TarBytes.of(file("layer1", "x"), file("last", "1")));
    for (int i = 2; i <= 127; i++) {
      snapshots.prepare("new", parent);
      layers.apply("new", TarBytes.of(file("layer" + i, "x"), file("last", "" + i)).stream());
      snapshots.commit("layer:" + i, "new", parent);
      parent = "layer:" + i;
    }
    snapshots.prepare("box", parent);
    try (SeenTree seen = see("box")) {
      assertEquals("127", seen.read("last"));
      assertEquals(128, seen.names("").size());
      Files.writeString(seen.path("layer1"), "mine");
    }
    snapshots.view("look", parent);
    try (SeenTree seen = see("look")) {
      assertEquals("x", seen.read("layer1"));
    }
  }

  @Test
  void manyThreadsAtOnceKeepTheTableWhole() throws Exception {
    layer("base", null, TarBytes.of(file("a", "base")));
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> work = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String mine = "thread" + i;
        work.add(
            threads.submit(
                () -> {
                  for (int n = 0; n < 10; n++) {
                    snapshots.prepare(mine, "base");
                    layers.apply(mine, TarBytes.of(file(mine, "x")).stream());
                    snapshots.commit(mine + "." + n, mine, "base");
                    snapshots.prepare(mine, mine + "." + n);
                    snapshots.usage(mine);
                    snapshots.remove(mine);
                    snapshots.remove(mine + "." + n);
                  }
                  return null;
                }));
      }
      for (Future<?> each : work) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
    List<String> keys = new ArrayList<>();
    snapshots.walk(info -> keys.add(info.key()));
    assertEquals(List.of("base"), keys);
    snapshots.remove("base");
  }

  @Test
  void ofTwoWhoWantOneNameOneGetsIt() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 20; round++) {
        List<Future<SnapshotInfo>> tries = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          tries.add(threads.submit(() -> snapshots.prepare("one", null)));
        }
        int made = 0;
        for (Future<SnapshotInfo> each : tries) {
          try {
            each.get();
            made++;
          } catch (ExecutionException e) {
            EngineException refusal = assertInstanceOf(EngineException.class, e.getCause());
            assertEquals(CONFLICT, refusal.kind());
          }
        }
        assertEquals(1, made);
        snapshots.remove("one");
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void usageIsWhatTheSnapshotTakesByItself() throws IOException {
    snapshots.prepare("box", null);
    assertEquals(0, snapshots.usage("box").bytes());
    try (SeenTree seen = see("box")) {
      Files.write(seen.path("big"), new byte[(1 << 20) + 1]);
      Files.createLink(seen.path("same"), seen.path("big"));
      Files.createDirectory(seen.path("d"));
      Files.createSymbolicLink(seen.path("link"), Path.of("big"));
      try (RandomAccessFile sparse = new RandomAccessFile(seen.path("d/sparse").toFile(), "rw")) {
        sparse.setLength(1 << 21);
      }
    }
    assertEquals((1 << 20) + 1 + (1 << 21) + "big".length(), snapshots.usage("box").bytes());
    assertEquals(5, snapshots.usage("box").inodes());
  }

  @Test
  void usageLeavesOutWhatItStandsOn() throws IOException {
    layer("base", null, TarBytes.of(file("a", "base"), file("d/b", "12345"), file("d/c", "x")));
    snapshots.prepare("box", "base");
    assertEquals(0, snapshots.usage("box").bytes());
    try (SeenTree seen = see("box")) {
      Files.writeString(seen.path("new"), "123");
      Files.writeString(seen.path("d/b"), "1234567");
      Files.delete(seen.path("d/c"));
    }
    assertEquals(10, snapshots.usage("box").bytes());
    snapshots.commit("top", "box", "base");
    assertEquals(10, snapshots.usage("top").bytes());
    assertEquals(10, snapshots.usage("base").bytes());
  }

  @Test
  void treesOfAnyDepthAndImmutableFilesAreRemoved() throws Exception {
    snapshots.prepare("box", null);
    try (SeenTree seen = see("box")) {
      HardTrees.deep(linux, seen.path(""), 300, "directory-with-a-long-name");
      HardTrees.immutable(linux, seen.path("sealed"));
    }
    assertTrue(snapshots.usage("box").inodes() > 300);
    snapshots.remove("box");
    start();
    assertTrue(snapshots.stat("box").isEmpty());
  }
}
