package dev.felucca.tck.storage;

import static dev.felucca.kernel.storage.Change.Kind.ADDED;
import static dev.felucca.kernel.storage.Change.Kind.DELETED;
import static dev.felucca.kernel.storage.Change.Kind.MODIFIED;
import static dev.felucca.tck.storage.TarBytes.directory;
import static dev.felucca.tck.storage.TarBytes.file;
import static dev.felucca.tck.storage.TarBytes.hardLink;
import static dev.felucca.tck.storage.TarBytes.other;
import static dev.felucca.tck.storage.TarBytes.symlink;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.storage.Change;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every {@link dev.felucca.kernel.storage.LayerDiffer} must write, and read again. */
public abstract class LayerRoundTripContract extends StorageContract {
  private static final byte[] CAPABILITY = {
    1, 0, 0, 2, 0, (byte) 0xff, 0, 0, 0, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  private byte[] diff(String key) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    layers.diff(key, tar);
    return tar.toByteArray();
  }

  private void base() throws IOException {
    layer(
        "base",
        null,
        TarBytes.of(
            directory("etc").mtime(1_500_000_000),
            file("etc/keep", "1"),
            file("etc/change", "1"),
            file("etc/gone", "1"),
            file("tree/a/b", "1"),
            file("swap/x", "1"),
            file("file", "1"),
            directory("cleared"),
            file("cleared/old", "1")));
  }

  private void change(String key) throws IOException {
    try (SeenTree seen = see(key)) {
      Files.writeString(seen.path("etc/change"), "22");
      Files.setLastModifiedTime(
          seen.path("etc/change"), FileTime.from(Instant.ofEpochSecond(1_700_000_000, 5)));
      Files.delete(seen.path("etc/gone"));
      Files.writeString(seen.path("etc/new"), "new");
      Files.delete(seen.path("tree/a/b"));
      Files.delete(seen.path("tree/a"));
      Files.delete(seen.path("tree"));
      Files.delete(seen.path("swap/x"));
      Files.delete(seen.path("swap"));
      Files.writeString(seen.path("swap"), "a file now");
      Files.delete(seen.path("file"));
      Files.createDirectory(seen.path("file"));
      Files.delete(seen.path("cleared/old"));
      Files.delete(seen.path("cleared"));
      Files.createDirectory(seen.path("cleared"));
      Files.writeString(seen.path("cleared/fresh"), "1");
      for (String name : List.of("etc", "file", "cleared")) {
        Files.setLastModifiedTime(
            seen.path(name), FileTime.from(Instant.ofEpochSecond(1_700_000_001)));
      }
      for (String name : List.of("etc/new", "swap", "cleared/fresh")) {
        Files.setLastModifiedTime(seen.path(name), FileTime.from(Instant.ofEpochSecond(7)));
      }
    }
  }

  @Test
  void changesAreListedAsDockerDoes() throws IOException {
    base();
    snapshots.prepare("box", "base");
    assertEquals(List.of(), layers.changes("box"));
    change("box");
    assertEquals(
        List.of(
            new Change(MODIFIED, "/cleared"),
            new Change(ADDED, "/cleared/fresh"),
            new Change(DELETED, "/cleared/old"),
            new Change(MODIFIED, "/etc"),
            new Change(MODIFIED, "/etc/change"),
            new Change(DELETED, "/etc/gone"),
            new Change(ADDED, "/etc/new"),
            new Change(MODIFIED, "/file"),
            new Change(MODIFIED, "/swap"),
            new Change(DELETED, "/tree")),
        layers.changes("box"));
  }

  @Test
  void aDiffAppliedToTheParentGivesTheSameTree() throws IOException {
    base();
    snapshots.prepare("box", "base");
    change("box");
    byte[] tar = diff("box");
    assertArrayEquals(tar, diff("box"), "the same twice");
    snapshots.prepare("copy", "base");
    layers.apply("copy", new ByteArrayInputStream(tar));
    try (SeenTree seen = see("copy")) {
      assertEquals(Set.of("cleared", "etc", "file", "swap"), seen.names(""));
      assertEquals(Set.of("fresh"), seen.names("cleared"));
      assertEquals(Set.of("change", "keep", "new"), seen.names("etc"));
      assertEquals("22", seen.read("etc/change"));
      assertEquals(
          FileTime.from(Instant.ofEpochSecond(1_700_000_000, 5)),
          seen.unix("etc/change", "lastModifiedTime"));
      assertEquals("a file now", seen.read("swap"));
      assertTrue(Files.isDirectory(seen.path("file")));
    }
    assertEquals(layers.changes("box"), layers.changes("copy"));
    snapshots.commit("upper", "box", "base");
    snapshots.settle();
    assertArrayEquals(tar, diff("upper"), "the same after commit");
    start();
    assertArrayEquals(tar, diff("upper"), "the same after a restart");
  }

  @Test
  void aSnapshotOfEverythingRoundTripsToTheSameBytes() throws IOException {
    layer(
        "base",
        null,
        TarBytes.of(
            directory("dir").mode(01777).owner(3_000_000, 4),
            file("dir/" + "n".repeat(200), "long").pax("mtime", "1234567890.000000001"),
            file("bad\u00ff\n", "bytes").mode(06711).owner(1, 2).mtime(-100),
            file("cap", "x").xattr("security.capability", CAPABILITY),
            symlink("link", "t".repeat(200)),
            hardLink("other", "cap"),
            other("null", '3').device(1, 3).mode(0666),
            other("disk", '4').device(259, 70000),
            other("pipe", '6')));
    byte[] tar = diff("base");
    snapshots.prepare("copy", null);
    layers.apply("copy", new ByteArrayInputStream(tar));
    assertArrayEquals(tar, diff("copy"));
    snapshots.commit("copied", "copy", null);
    try (SeenTree seen = see("copied")) {
      assertArrayEquals(CAPABILITY, seen.xattr("other", "security.capability"));
      assertEquals(2, seen.unix("cap", "nlink"));
    }
  }

  @Test
  void attributesAloneMakeADifference() throws IOException {
    layer("base", null, TarBytes.of(file("mode", "1"), file("attr", "1"), file("same", "1")));
    snapshots.prepare("box", "base");
    try (SeenTree seen = see("box")) {
      Files.setAttribute(seen.path("mode"), "unix:mode", 0100600);
      Files.setAttribute(seen.path("attr"), "user:k", new byte[] {1});
    }
    assertEquals(
        List.of(new Change(MODIFIED, "/attr"), new Change(MODIFIED, "/mode")),
        layers.changes("box"));
  }

  @Test
  void aChangeThatHidesBehindSizeAndTimeIsFound() throws IOException {
    layer("base", null, TarBytes.of(file("etc/x", "one")));
    snapshots.prepare("box", "base");
    try (SeenTree seen = see("box")) {
      FileTime time = Files.getLastModifiedTime(seen.path("etc/x"));
      Files.writeString(seen.path("etc/x"), "two");
      Files.setLastModifiedTime(seen.path("etc/x"), time);
    }
    assertEquals(
        List.of(new Change(MODIFIED, "/etc"), new Change(MODIFIED, "/etc/x")),
        layers.changes("box"));
  }

  @Test
  void hugeSparseFilesMakeSmallLayersThatOthersCanRead() throws IOException {
    snapshots.prepare("box", null);
    try (SeenTree seen = see("box");
        RandomAccessFile file = new RandomAccessFile(seen.path("disk").toFile(), "rw")) {
      file.setLength(20L << 30);
      file.writeInt(0x01020304);
      file.seek((10L << 30) + 5);
      file.writeInt(0x05060708);
    }
    byte[] tar = diff("box");
    assertTrue(tar.length < 1 << 18, () -> "layer of " + tar.length + " bytes");
    snapshots.prepare("copy", null);
    layers.apply("copy", new ByteArrayInputStream(tar));
    try (SeenTree seen = see("copy");
        RandomAccessFile file = new RandomAccessFile(seen.path("disk").toFile(), "r")) {
      assertEquals(20L << 30, file.length());
      assertEquals(0x01020304, file.readInt());
      file.seek((10L << 30) + 5);
      assertEquals(0x05060708, file.readInt());
      assertTrue(seen.onDisk("disk") < 1 << 20);
    }
    assertArrayEquals(tar, diff("copy"));
  }

  @Test
  void treesDeeperThanAnyPathAreWrittenAndViewsDifferInNothing() throws IOException {
    layer("base", null, TarBytes.of(file("a", "1")));
    snapshots.view("look", "base");
    assertEquals(List.of(), layers.changes("look"));
    assertEquals(1024, diff("look").length);
    snapshots.prepare("box", "base");
    try (SeenTree seen = see("box")) {
      HardTrees.deep(linux, seen.path(""), 150, "directory-with-a-long-name-indeed");
    }
    List<Change> changes = layers.changes("box");
    assertEquals(151, changes.size());
    assertEquals(151, new HashSet<>(changes).size());
    assertTrue(diff("box").length > 150 * 1024);
    snapshots.commit("deep", "box", "base");
    snapshots.prepare("on", "deep");
    assertEquals(List.of(), layers.changes("on"));
  }

  @Test
  void aDifferenceLeavesOutWhatItIsTold() throws IOException {
    layer("base", null, TarBytes.of(file("etc/keep", "1"), file("gone", "2")));
    snapshots.prepare("box", "base");
    try (SeenTree seen = see("box")) {
      Files.writeString(seen.path("etc/made"), "");
      Files.writeString(seen.path("etc/mine"), "3");
      Files.createDirectory(seen.path("place"));
      Files.writeString(seen.path("place/in"), "4");
      Files.delete(seen.path("gone"));
    }
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    layers.diff("box", Set.of("/etc/made", "/place", "/gone"), tar);
    layer("all", null, TarBytes.of(file("etc/made", "old"), file("gone", "2")));
    snapshots.prepare("copy", "all");
    layers.apply("copy", new ByteArrayInputStream(tar.toByteArray()));
    try (SeenTree seen = see("copy")) {
      assertEquals(Set.of("etc", "gone", "place"), seen.names(""));
      assertEquals(Set.of("made", "mine"), seen.names("etc"));
      assertEquals("old", seen.read("etc/made"));
      assertEquals(Set.of("in"), seen.names("place"));
    }
    tar.reset();
    layers.diff(
        "box", Set.of("/etc", "/etc/made", "/etc/mine", "/place", "/place/in", "/gone"), tar);
    // The root itself is not a difference, or it is all that is left.
    assertTrue(tar.size() <= 1536, () -> tar.size() + " bytes");
  }

  @Test
  void anExportIsTheWholeTreeAndNeedsNoOther() throws IOException {
    base();
    snapshots.prepare("box", "base");
    change("box");
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    layers.export("box", tar);
    snapshots.prepare("alone", null);
    layers.apply("alone", new ByteArrayInputStream(tar.toByteArray()));
    snapshots.commit("whole", "alone", null);
    snapshots.view("look", "whole");
    try (SeenTree seen = see("look")) {
      assertEquals(Set.of("cleared", "etc", "file", "swap"), seen.names(""));
      assertEquals(Set.of("fresh"), seen.names("cleared"));
      assertEquals(Set.of("change", "keep", "new"), seen.names("etc"));
      assertEquals("1", seen.read("etc/keep"), "from below");
      assertEquals("22", seen.read("etc/change"));
      assertEquals("a file now", seen.read("swap"));
      assertTrue(Files.isDirectory(seen.path("file")));
    }
  }
}
