package dev.felucca.storage.snapshots;

import static dev.felucca.kernel.storage.SnapshotInfo.Kind.ACTIVE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found after a crash at any point, made by hand. */
class SnapshotTableTest {
  private static final DiskSync NO_DISK = new DiskSync(() -> {});

  @TempDir Path root;
  private SnapshotTable table;

  @BeforeEach
  void open() throws IOException {
    table = SnapshotTable.open(root, SnapshotTableTest::delete);
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private SnapshotRow make(String key, String... parent) throws IOException {
    return table.create(
        key,
        parent.length == 0 ? null : parent[0],
        ACTIVE,
        (directory, json) -> Files.createDirectory(directory.resolve("fs")));
  }

  private List<String> keys() {
    return table.all().stream().map(row -> row.info().key()).toList();
  }

  @Test
  void contentWithoutAFileIsSwept() throws IOException {
    SnapshotRow kept = make("kept");
    SnapshotRow lost = make("lost");
    Files.delete(root.resolve("snapshots/" + lost.directory() + ".json"));
    Files.createDirectories(root.resolve("probe-17/fs"));
    open();
    assertEquals(List.of("kept"), keys());
    assertTrue(Files.exists(kept.in(root)));
    assertFalse(Files.exists(lost.in(root)));
    assertFalse(Files.exists(root.resolve("probe-17")));
    assertTrue(make("next").id() > lost.id(), "a number is never used twice");
  }

  @Test
  void aHalfWrittenFileIsAsIfItHadNeverBeen() throws IOException {
    SnapshotRow kept = make("kept");
    Path next = root.resolve("snapshots/" + kept.directory() + ".next");
    Files.writeString(next, "{\"version\":1,\"key\":\"oth");
    SnapshotRow empty = make("empty");
    Files.write(root.resolve("snapshots/" + empty.directory() + ".json"), new byte[0]);
    open();
    assertEquals(List.of("kept"), keys());
    assertFalse(Files.exists(next));
    assertFalse(Files.exists(empty.in(root)));
  }

  @Test
  void aDamagedFileIsMovedAsideAndItsContentKept() throws IOException {
    SnapshotRow hurt = make("hurt");
    Files.writeString(root.resolve("snapshots/" + hurt.directory() + ".json"), "{\"version\":7}");
    open();
    open();
    assertEquals(List.of(), keys());
    assertTrue(Files.exists(hurt.in(root).resolve("fs")));
    try (Stream<Path> files = Files.list(root.resolve("snapshots"))) {
      assertTrue(files.allMatch(file -> file.toString().contains(".json.damaged-")));
    }
  }

  @Test
  void aFileWithoutContentIsMovedAside() throws IOException {
    SnapshotRow gone = make("gone");
    delete(gone.in(root));
    open();
    assertEquals(List.of(), keys());
  }

  @Test
  void contentThatFailsLeavesNothing() throws IOException {
    make("base");
    table.commit("layer", "base", null, (directory, json) -> {});
    assertThrows(
        IOException.class,
        () ->
            table.create(
                "box",
                "layer",
                ACTIVE,
                (directory, json) -> {
                  Files.createDirectory(directory.resolve("fs"));
                  throw new IOException("disk full");
                }));
    try (Stream<Path> files = Files.list(root)) {
      assertEquals(2, files.count(), "the layer and the files' directory");
    }
    make("box", "layer");
    table.remove("box");
    table.remove("layer");
  }

  @Test
  void aCommitThatFailsLeavesTheSnapshotActive() throws IOException {
    make("box");
    assertThrows(
        IOException.class,
        () ->
            table.commit(
                "layer",
                "box",
                null,
                (directory, json) -> {
                  throw new IOException("no space");
                }));
    assertEquals(ACTIVE, table.row("box").info().kind());
    assertTrue(table.find("layer").isEmpty());
    table.commit("layer", "box", null, (directory, json) -> json.put("own", 5));
    table.settle(NO_DISK);
    open();
    assertEquals(5, table.row("layer").json().path("own").asInt());
  }

  @Test
  void fieldsOfALaterVersionOfTheDriverAreKept() throws IOException {
    SnapshotRow row = make("box");
    Path file = root.resolve("snapshots/" + row.directory() + ".json");
    Files.writeString(file, Files.readString(file).replace("{", "{\"later\":[1,2],"));
    open();
    table.commit("layer", "box", null, (directory, json) -> {});
    table.settle(NO_DISK);
    assertTrue(Files.readString(file).contains("\"later\":[1,2]"));
  }

  @Test
  void aCommitThatNobodySettledIsUndoneByTheEnd() throws IOException {
    make("one");
    make("two");
    table.commit("first", "one", null, (directory, json) -> {});
    table.settle(NO_DISK);
    table.commit("second", "two", "first", (directory, json) -> {});
    assertEquals(List.of("first", "second"), keys());
    open();
    assertEquals(List.of("first", "two"), keys());
    assertEquals(ACTIVE, table.row("two").info().kind());
  }

  @Test
  void whatIsRemovedWhileTheDiskIsWaitedForStaysRemoved() throws IOException {
    SnapshotRow row = make("one");
    table.commit("layer", "one", null, (directory, json) -> {});
    table.settle(
        new DiskSync(
            () -> {
              if (table.find("layer").isPresent()) {
                table.remove("layer");
              }
            }));
    assertFalse(Files.exists(root.resolve("snapshots/" + row.directory() + ".json")));
    open();
    assertEquals(List.of(), keys());
  }

  @Test
  void oneFlushServesAllWhoWaitedTogether() throws Exception {
    List<String> flushes = new ArrayList<>();
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    DiskSync disk =
        new DiskSync(
            () -> {
              synchronized (flushes) {
                flushes.add(Thread.currentThread().getName());
              }
              first.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
            });
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  disk.sync();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      thread.start();
      threads.add(thread);
      first.await();
    }
    for (Thread thread : threads.subList(1, 9)) {
      while (thread.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }
    go.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(2, flushes.size());
  }
}
