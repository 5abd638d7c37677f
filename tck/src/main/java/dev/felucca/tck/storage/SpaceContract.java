package dev.felucca.tck.storage;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.tck.storage.TarBytes.file;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.layer.Trees;
import dev.felucca.linux.quota.ProjectQuota;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link dev.felucca.kernel.storage.Snapshotter} makes of the room there is: a disk that
 * is full, files that can be cloned, limits.
 */
public abstract class SpaceContract extends StorageContract {
  private static final int MB = 1 << 20;

  private interface Work {
    void on(TestDisk disk) throws IOException;
  }

  /** With the driver on a disk of its own. */
  private void on(TestDisk opened, Work work) throws IOException {
    Path before = root;
    try (TestDisk disk = opened) {
      root = Files.createTempDirectory(disk.place(), "root-");
      start();
      assertEquals(Optional.empty(), snapshots.unusable());
      work.on(disk);
      new Trees(linux).remove(root);
    } finally {
      root = before;
    }
  }

  private static TestDisk limitable(Path directory, String type) throws IOException {
    return type.equals("xfs")
        ? TestDisk.of(directory, type, List.of(), "pquota")
        : TestDisk.of(
            directory,
            type,
            List.of("-O", "quota,project", "-E", "quotatype=prjquota"),
            "prjquota");
  }

  @Test
  void onAFullDiskNothingIsLostAndNothingHalfMade() throws IOException {
    on(TestDisk.tmpfs(root, "24m"), this::fullDisk);
  }

  private void fullDisk(TestDisk disk) throws IOException {
    layer("base", null, TarBytes.of(file("a", "base")));
    String below = snapshots.rebases() ? null : "base";
    snapshots.prepare("box", "base");
    snapshots.prepare("big", below);
    snapshots.prepare("small", below);
    layers.apply("small", TarBytes.of(file("b", "small")).stream());
    try (SeenTree seen = see("box")) {
      Files.writeString(seen.path("mine"), "mine");
    }

    disk.fill();
    Set<String> there = there();
    full(() -> snapshots.prepare("more", "base"));
    full(() -> snapshots.view("look", "base"));
    full(() -> layers.apply("big", TarBytes.of(file("big", "x".repeat(MB))).stream()));
    assertEquals(Set.of("base", "box", "big", "small"), keys());
    assertEquals(there, there());
    snapshots.commit("upper", "small", "base");
    full(() -> snapshots.settle());
    snapshots.remove("big");
    disk.fill();
    start();
    assertEquals(Optional.empty(), snapshots.unusable());
    // Not settled: whatever ends the engine undoes the commit.
    assertEquals(Set.of("base", "box", "small"), keys());
    try (SeenTree seen = see("box")) {
      assertEquals("mine", seen.read("mine"));
      assertEquals("base", seen.read("a"));
    }

    disk.free();
    snapshots.commit("upper", "small", "base");
    snapshots.settle();
    start();
    snapshots.prepare("more", "upper");
    try (SeenTree seen = see("more")) {
      assertEquals("small", seen.read("b"));
      assertEquals("base", seen.read("a"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"xfs", "btrfs"})
  void whereFilesCanBeClonedAChildTakesNoRoom(String type) throws IOException {
    on(TestDisk.of(root, type, List.of(), "noatime"), this::clones);
  }

  private void clones(TestDisk disk) throws IOException {
    byte[] content = new byte[32 * MB];
    new Random(1).nextBytes(content);
    snapshots.prepare("new", null);
    try (SeenTree seen = see("new")) {
      Files.write(seen.path("big"), content);
      Files.createLink(seen.path("same"), seen.path("big"));
    }
    snapshots.commit("base", "new", null);
    snapshots.settle();
    long before = disk.used();
    snapshots.prepare("box", "base");
    long taken = disk.used() - before;
    assertTrue(taken < 4 * MB, "a child of 32 MB takes " + taken + " bytes");
    try (SeenTree seen = see("box")) {
      assertArrayEquals(content, Files.readAllBytes(seen.path("big")));
      try (FileChannel file = FileChannel.open(seen.path("big"), StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap("changed".getBytes("UTF-8")), 5 * MB);
      }
    }
    snapshots.view("look", "base");
    try (SeenTree seen = see("look")) {
      assertArrayEquals(content, Files.readAllBytes(seen.path("same")));
    }
    snapshots.remove("look");
    snapshots.remove("box");
    assertTrue(disk.used() - before < 4 * MB, "removed, it gives back what it took");
  }

  @Test
  void aLimitIsRefusedWhereTheFileSystemHasNone() throws IOException {
    on(
        TestDisk.tmpfs(root, "24m"),
        disk -> {
          layer("base", null, TarBytes.of(file("a", "base")));
          Set<String> there = there();
          refused(INVALID, () -> snapshots.prepare("box", "base", 4L * MB));
          assertEquals(Set.of("base"), keys());
          assertEquals(there, there());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"xfs", "ext4"})
  void aLimitHoldsForOneSnapshotAloneAndGoesWithIt(String type) throws IOException {
    on(limitable(root, type), this::limits);
  }

  private void limits(TestDisk disk) throws IOException {
    ProjectQuota quota = new ProjectQuota(linux);
    layer("base", null, TarBytes.of(file("a", "base")));
    snapshots.prepare("box", "base", 4L * MB);
    snapshots.prepare("other", "base");
    assertEquals(1, quota.inUse(root).size());
    for (int round = 0; round < 2; round++) {
      try (SeenTree box = see("box");
          SeenTree other = see("other")) {
        full(() -> Files.write(box.path("big"), new byte[8 * MB]));
        Files.delete(box.path("big"));
        Files.write(other.path("big"), new byte[8 * MB]);
        Files.write(box.path("fits"), new byte[2 * MB]);
        Files.delete(box.path("fits"));
      }
      start(); // and once more with a driver that comes new
    }
    snapshots.commit("free", "box", "base");
    snapshots.prepare("again", "free", 2L * MB);
    snapshots.prepare("third", "base", 2L * MB);
    try (SeenTree third = see("third")) {
      full(() -> Files.write(third.path("big"), new byte[3 * MB]));
    }
    for (String key : List.of("third", "again", "free", "other", "base")) {
      snapshots.remove(key);
    }
    // xfs gives back what deleted files took a moment later (its inodegc).
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!quota.inUse(root).isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    assertEquals(List.of(), quota.inUse(root));
  }

  private Set<String> keys() throws IOException {
    Set<String> keys = new TreeSet<>();
    snapshots.walk(info -> keys.add(info.key()));
    return keys;
  }

  /** Every directory and file that the driver itself keeps. */
  private Set<String> there() throws IOException {
    try (var all = Files.walk(root, 2)) {
      return all.map(Path::toString).collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static void full(Executable call) {
    Exception failure = assertThrows(Exception.class, call);
    assertTrue(TestDisk.isFull(failure), failure::toString);
  }
}
