package dev.felucca.tck.storage;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.tck.storage.TarBytes.directory;
import static dev.felucca.tck.storage.TarBytes.file;
import static dev.felucca.tck.storage.TarBytes.hardLink;
import static dev.felucca.tck.storage.TarBytes.other;
import static dev.felucca.tck.storage.TarBytes.symlink;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.storage.Applied;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every {@link dev.felucca.kernel.storage.LayerDiffer} must unpack. */
public abstract class LayerDifferContract extends StorageContract {
  private static final byte[] CAPABILITY = {
    1, 0, 0, 2, 0, (byte) 0xff, 0, 0, 0, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  @Test
  void everyKindOfFileComesOutAsItWentIn() throws IOException {
    layer(
        "base",
        null,
        TarBytes.of(
            directory("./").mode(0711).owner(5, 6).mtime(1_000_000_000),
            directory("dir/").mode(01777).owner(1, 2).mtime(1_100_000_000),
            file("dir/plain", "text").mode(0640).owner(1000, 1001),
            file("su", "#!").mode(06755).owner(0, 12),
            file("secret", "").mode(0),
            symlink("dir/link", "../su").owner(7, 8).mtime(1_200_000_000),
            hardLink("hard", "dir/plain"),
            other("null", '3').mode(0666).device(1, 3),
            other("disk", '4').mode(0660).owner(0, 6).device(259, 70000),
            other("pipe", '6').mode(0622)));
    snapshots.view("look", "base");
    try (SeenTree seen = see("look")) {
      assertEquals(0040711, seen.mode("."));
      assertEquals(5, seen.unix(".", "uid"));
      assertEquals(0041777, seen.mode("dir"));
      assertEquals(2, seen.unix("dir", "gid"));
      assertEquals(FileTime.from(Instant.ofEpochSecond(1_100_000_000)), time(seen, "dir"));
      assertEquals("text", seen.read("dir/plain"));
      assertEquals(0100640, seen.mode("dir/plain"));
      assertEquals(1001, seen.unix("dir/plain", "gid"));
      assertEquals(FileTime.from(Instant.ofEpochSecond(1_600_000_000)), time(seen, "dir/plain"));
      assertEquals(0106755, seen.mode("su"));
      assertEquals(0100000, seen.mode("secret"));
      assertEquals("../su", Files.readSymbolicLink(seen.path("dir/link")).toString());
      assertEquals(7, seen.unix("dir/link", "uid"));
      assertEquals(FileTime.from(Instant.ofEpochSecond(1_200_000_000)), time(seen, "dir/link"));
      assertEquals(seen.unix("dir/plain", "ino"), seen.unix("hard", "ino"));
      assertEquals(2, seen.unix("hard", "nlink"));
      assertEquals(0020666, seen.mode("null"));
      assertEquals(0x103L, seen.unix("null", "rdev"));
      assertEquals(0060660, seen.mode("disk"));
      assertEquals(0010622, seen.mode("pipe"));
    }
  }

  @Test
  void timesKeepTheirNanosecondsAlsoBefore1970() throws IOException {
    layer(
        "base",
        null,
        TarBytes.of(
            file("new", "").pax("mtime", "1700000000.123456789"),
            file("old", "").pax("mtime", "-1.25"),
            file("far", "").mtime(5_000_000_000L)));
    snapshots.view("look", "base");
    try (SeenTree seen = see("look")) {
      assertEquals(
          FileTime.from(Instant.ofEpochSecond(1_700_000_000, 123_456_789)), time(seen, "new"));
      assertEquals(FileTime.from(Instant.ofEpochSecond(-2, 750_000_000)), time(seen, "old"));
      assertEquals(FileTime.from(Instant.ofEpochSecond(5_000_000_000L)), time(seen, "far"));
    }
  }

  @Test
  void extendedAttributesAndCapabilitiesKeepEveryByte() throws IOException {
    byte[] odd = {0, '=', '\n', (byte) 0xfe};
    layer(
        "base",
        null,
        TarBytes.of(
            file("ping", "x").owner(3, 4).mode(0755).xattr("security.capability", CAPABILITY),
            file("odd", "x").xattr("user.odd", odd),
            directory("dir").xattr("trusted.own", odd),
            symlink("link", "x").xattr("trusted.own", odd),
            file("sneaky", "x").xattr("trusted.overlay.redirect", "/etc".getBytes(US_ASCII)),
            file("base64", "x").pax("LIBARCHIVE.xattr.user.a%20b", "AP8=")));
    snapshots.view("look", "base");
    try (SeenTree seen = see("look")) {
      assertArrayEquals(CAPABILITY, seen.xattr("ping", "security.capability"));
      assertEquals(3, seen.unix("ping", "uid"));
      assertArrayEquals(odd, seen.xattr("odd", "user.odd"));
      assertArrayEquals(odd, seen.xattr("dir", "trusted.own"));
      assertArrayEquals(odd, seen.xattr("link", "trusted.own"));
      assertArrayEquals(new byte[] {0, (byte) 0xff}, seen.xattr("base64", "user.a b"));
      assertNull(seen.xattr("sneaky", "trusted.overlay.redirect"));
    }
  }

  @Test
  void whiteoutsHideWhatIsBelowAndNothingElse() throws IOException {
    layer(
        "base",
        null,
        TarBytes.of(
            file("gone", "1"),
            file("kept", "1"),
            file("dir/a", "1"),
            file("dir/b", "1"),
            file("tree/x/y", "1"),
            file("again", "old")));
    sideLayer(
        "upper",
        "base",
        TarBytes.of(
            file(".wh.gone", ""),
            file("dir/.wh.a", ""),
            file("dir/c", "2"),
            file(".wh.tree", ""),
            file(".wh.never-was", ""),
            file("again", "new"),
            file(".wh.again", ""),
            file(".wh..wh.plnk/1.2", "")));
    snapshots.view("look", "upper");
    try (SeenTree seen = see("look")) {
      assertEquals(Set.of("again", "dir", "kept"), seen.names(""));
      assertEquals(Set.of("b", "c"), seen.names("dir"));
      assertEquals("new", seen.read("again"));
    }
  }

  @Test
  void opaqueDirectoriesHideAllThatIsBelowWhereverTheMarkerStands() throws IOException {
    layer(
        "base",
        null,
        TarBytes.of(
            file("one/a", "1"),
            file("one/sub/b", "1"),
            file("two/a", "1"),
            file("two/sub/b", "1"),
            file("three/a", "1"),
            file("four/a", "1")));
    sideLayer(
        "upper",
        "base",
        TarBytes.of(
            directory("one"),
            file("one/.wh..wh..opq", ""),
            file("one/new", "2"),
            directory("two"),
            file("two/sub/new", "2"),
            file("two/.wh..wh..opq", ""),
            file(".wh.three", ""),
            directory("three"),
            file("three/new", "2"),
            directory("four"),
            file("four/new", "2"),
            file(".wh.four", "")));
    snapshots.view("look", "upper");
    try (SeenTree seen = see("look")) {
      assertEquals(Set.of("new"), seen.names("one"));
      assertEquals(Set.of("sub"), seen.names("two"));
      assertEquals(Set.of("new"), seen.names("two/sub"));
      assertEquals(Set.of("new"), seen.names("three"));
      assertEquals(Set.of("new"), seen.names("four"));
    }
  }

  @Test
  void anOpaqueRootHidesTheWholeImageBelow() throws IOException {
    layer("base", null, TarBytes.of(file("old", "1")));
    sideLayer("upper", "base", TarBytes.of(file(".wh..wh..opq", ""), file("new", "2")));
    snapshots.prepare("box", "upper");
    try (SeenTree seen = see("box")) {
      assertEquals(Set.of("new"), seen.names(""));
    }
  }

  @Test
  void directoriesThatAreOnlyImpliedStayAsTheyAreBelow() throws IOException {
    layer(
        "base",
        null,
        TarBytes.of(
            directory("./").mode(0751),
            directory("tmp").mode(01777).owner(9, 9),
            directory("usr/lib").mode(0750),
            symlink("lib", "usr/lib")));
    sideLayer(
        "upper", "base", TarBytes.of(file("tmp/x", "1"), file("lib/so", "2"), file("q/r", "3")));
    snapshots.view("look", "upper");
    try (SeenTree seen = see("look")) {
      assertEquals(0040751, seen.mode("."));
      assertEquals(0041777, seen.mode("tmp"));
      assertEquals(9, seen.unix("tmp", "uid"));
      assertTrue(Files.isSymbolicLink(seen.path("lib")));
      assertEquals("2", seen.read("usr/lib/so"));
      assertEquals(0040750, seen.mode("usr/lib"));
      assertEquals(0040755, seen.mode("q"));
    }
  }

  @Test
  void hardLinksFindFilesOfLayersBelow() throws IOException {
    layer(
        "base",
        null,
        TarBytes.of(
            directory("bin").mode(0711),
            file("bin/tool", "tool").mode(04755).owner(1, 1).xattr("user.k", new byte[] {1})));
    layer("middle", "base", TarBytes.of(file("unrelated", "")));
    sideLayer(
        "upper",
        "middle",
        TarBytes.of(hardLink("sbin/alias", "bin/tool"), hardLink("other", "/sbin/alias")));
    snapshots.view("look", "upper");
    try (SeenTree seen = see("look")) {
      assertEquals("tool", seen.read("sbin/alias"));
      assertEquals(0104755, seen.mode("sbin/alias"));
      assertArrayEquals(new byte[] {1}, seen.xattr("other", "user.k"));
      assertEquals(seen.unix("bin/tool", "ino"), seen.unix("sbin/alias", "ino"));
      assertEquals(seen.unix("bin/tool", "ino"), seen.unix("other", "ino"));
      assertEquals(0040711, seen.mode("bin"));
    }
  }

  @Test
  void laterEntriesReplaceEarlierOnesWhateverTheyAre() throws IOException {
    layer("base", null, TarBytes.of(file("a/b/c", "1"), file("x", "file")));
    sideLayer(
        "upper",
        "base",
        TarBytes.of(
            file("a", "now a file"),
            directory("x"),
            file("x/y", "2"),
            file("n", "1"),
            file("n", "22"),
            directory("m"),
            file("m/k", "1"),
            symlink("m", "n")));
    snapshots.view("look", "upper");
    try (SeenTree seen = see("look")) {
      assertEquals("now a file", seen.read("a"));
      assertEquals("2", seen.read("x/y"));
      assertEquals("22", seen.read("n"));
      assertEquals("22", seen.read("m"));
    }
  }

  @Test
  void namesOfAnyBytesAndLengthsSurvive() throws IOException {
    String deep = ("d".repeat(200) + "/").repeat(10) + "f".repeat(255);
    layer(
        "base",
        null,
        TarBytes.of(
            file("new\nline", "1"),
            file("bad\u00ff\u00fe", "2"),
            file("x", "3").pax("path", "pax\u00ff" + "p".repeat(120)),
            file(deep, "4"),
            symlink("far", "t".repeat(300)),
            file("caf\u00c3\u00a9", "5")));
    snapshots.prepare("box", "base");
    assertEquals(
        Set.of(
            "new\nline",
            "bad\u00ff\u00fe",
            "pax\u00ff" + "p".repeat(120),
            "far",
            "d".repeat(200),
            "caf\u00c3\u00a9"),
        RawNames.list(linux, snapshots.mounts("box")));
    try (SeenTree seen = see("box")) {
      assertEquals("4", seen.read(deep));
      assertEquals(300, Files.readSymbolicLink(seen.path("far")).toString().length());
    }
  }

  @Test
  void allSparseFormatsAreUnderstoodAndStaySparse() throws IOException {
    long size = 3L << 30;
    layer("base", null, SparseTars.all(size));
    snapshots.prepare("box", "base");
    try (SeenTree seen = see("box")) {
      for (String name : SparseTars.NAMES) {
        SparseTars.check(seen.path(name), size);
        assertTrue(seen.onDisk(name) < 1 << 18, name);
      }
    }
    assertEquals(SparseTars.NAMES.size() * size, snapshots.usage("base").bytes());
  }

  @Test
  void longStretchesOfZerosTakeNoSpace() throws IOException {
    byte[] content = new byte[8 << 20];
    content[0] = 1;
    content[content.length - 1] = 2;
    layer("base", null, TarBytes.of(file("image", "").content(content)));
    snapshots.view("look", "base");
    try (SeenTree seen = see("look")) {
      assertArrayEquals(content, Files.readAllBytes(seen.path("image")));
      assertTrue(seen.onDisk("image") < 1 << 20);
    }
  }

  @Test
  void appliedCountsWhatWasThere() throws IOException {
    snapshots.prepare("box", null);
    Applied applied =
        layers.apply(
            "box", TarBytes.of(directory("d"), file("d/a", "12345"), symlink("l", "d")).stream());
    assertEquals(new Applied(6, 3), applied);
    assertEquals(applied.bytes(), snapshots.usage("box").bytes());
    snapshots.prepare("empty", null);
    assertEquals(new Applied(0, 0), layers.apply("empty", new TarBytes().stream()));
  }

  @Test
  void onlyActiveSnapshotsTakeLayers() throws IOException {
    layer("base", null, TarBytes.of(file("a", "1")));
    snapshots.view("look", "base");
    refused(CONFLICT, () -> layers.apply("base", new TarBytes().stream()));
    refused(CONFLICT, () -> layers.apply("look", new TarBytes().stream()));
    refused(NOT_FOUND, () -> layers.apply("missing", new TarBytes().stream()));
    assertFalse(snapshots.stat("missing").isPresent());
  }

  private static FileTime time(SeenTree seen, String file) throws IOException {
    return (FileTime) seen.unix(file, "lastModifiedTime");
  }
}
