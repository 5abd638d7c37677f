package dev.felucca.tck.storage;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.tck.storage.TarBytes.directory;
import static dev.felucca.tck.storage.TarBytes.file;
import static dev.felucca.tck.storage.TarBytes.hardLink;
import static dev.felucca.tck.storage.TarBytes.other;
import static dev.felucca.tck.storage.TarBytes.symlink;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Layers made to get out of their snapshot, or to break whoever reads them. */
public abstract class HostileLayerContract extends StorageContract {
  private static final FileTime BEFORE = FileTime.from(Instant.ofEpochSecond(1_000_000_000));

  private Path outside = Path.of("/nonexistent");

  @BeforeEach
  void bait() throws IOException {
    outside = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "outside-");
    Files.writeString(outside.resolve("victim"), "untouched");
    Files.setLastModifiedTime(outside.resolve("victim"), BEFORE);
    Files.setLastModifiedTime(outside, BEFORE);
  }

  @AfterEach
  void baitIsUntouched() throws IOException {
    try (Stream<Path> files = Files.list(outside)) {
      assertEquals(List.of(outside.resolve("victim")), files.toList());
    }
    assertEquals("untouched", Files.readString(outside.resolve("victim")));
    assertEquals(1, Files.getAttribute(outside.resolve("victim"), "unix:nlink"));
    for (Path path : List.of(outside, outside.resolve("victim"))) {
      assertEquals(0, Files.getAttribute(path, "unix:uid"));
      assertEquals(BEFORE, Files.getLastModifiedTime(path));
    }
    Files.delete(outside.resolve("victim"));
    Files.delete(outside);
  }

  @TestFactory
  Stream<DynamicTest> refused() {
    String up = "../".repeat(30) + "tmp/felucca-escaped";
    return Stream.of(
        refusal("name above the root", file("../x", "1")),
        refusal("name above the root, later", file("a/b/../../../x", "1")),
        refusal("directory above the root", directory("..")),
        refusal("absolute name above the root", file("/../x", "1")),
        refusal("far above the root", file(up, "1")),
        refusal("symbolic link above the root", symlink("../l", "x")),
        refusal("hard link target above the root", hardLink("l", "../../victim")),
        refusal("hard link to a directory", directory("d"), hardLink("l", "d")),
        refusal("hard link to the root", hardLink("l", "/")),
        refusal("the root as a file", file("/", "").size(0).pax("path", ".")),
        refusal("the root as a link", symlink("./", "/etc")),
        refusal("whiteout of ..", file(".wh...", "")),
        refusal("whiteout of .", file(".wh..", "")),
        refusal("whiteout of nothing", file("d/.wh.", "")),
        refusal("whiteout above the root", file("../.wh.etc", "")),
        refusal("opaque marker above the root", file("../.wh..wh..opq", "")),
        refusal("inside a whiteout", file(".wh.d/x", "")),
        refusal("below a file", file("f", "1"), file("f/x", "2")),
        refusal("empty name", file("", "1")),
        refusal("empty name of a directory", directory("")),
        refusal("NUL in a name", file("x", "1").pax("path", "a\0b")),
        refusal("name component too long", file("n".repeat(256), "1")),
        refusal("name too long", file(("d".repeat(99) + "/").repeat(50), "1")),
        refusal("link to nothing", symlink("l", "")),
        refusal("link target too long", symlink("l", "t".repeat(5000))),
        refusal("links in a circle", symlink("a", "b"), symlink("b", "a"), file("a/x", "1")),
        refusal("negative size", file("x", "1").size(-5)),
        refusal("negative size by record", file("x", "1").pax("size", "-5")),
        refusal("size beyond the stream", file("x", "1").size(1L << 40)),
        refusal("size beyond the stream by record", file("x", "1").pax("size", "9999999999")),
        refusal("largest size", file("x", "1").size(Long.MAX_VALUE)),
        refusal("unknown type", other("x", 'Z')),
        refusal("owner out of range", file("x", "1").pax("uid", "4294967295")),
        refusal("owner that is no number", file("x", "1").pax("uid", "root")),
        refusal("negative owner", file("x", "1").owner(-1, 0)),
        refusal("device out of range", other("x", '3').device(1L << 32, 1)),
        refusal("record without a length", other("x", 'x').content("path=a\n")),
        refusal("record longer than its header", other("x", 'x').content("99 path=a\n")),
        refusal("record that ends amid its line", other("x", 'x').content("9 path=ab")),
        refusal("record of no length", other("x", 'x').content("0 path=a\n")),
        refusal("record without a keyword", other("x", 'x').content("6 =ab\n")),
        refusal("huge record header", other("x", 'x').size(1L << 33)),
        refusal("huge long name", other("x", 'L').size(1L << 33)),
        refusal("sparse map passing the end", sparse("0,4,100,4", 50)),
        refusal("sparse map out of order", sparse("100,4,0,4", 1000)),
        refusal("overlapping sparse map", sparse("0,6,4,2", 1000)),
        refusal("sparse map overflowing", sparse("9223372036854775800,8", 1000)),
        refusal("odd sparse map", sparse("0,4,8", 1000)),
        refusal("sparse map of letters", sparse("a,b", 1000)),
        refusal("sparse map naming too little", sparse("0,4", 1000)));
  }

  private DynamicTest refusal(String what, TarBytes.Entry... entries) {
    return DynamicTest.dynamicTest(
        what,
        () -> {
          String key = "k" + Math.abs(what.hashCode());
          snapshots.prepare(key, null);
          EngineException refusal =
              assertThrows(
                  EngineException.class,
                  () -> {
                    layers.apply(key, TarBytes.of(entries).stream());
                    // A hard link may find its target as late as here.
                    snapshots.commit(key + ".c", key, null);
                  });
          assertEquals(INVALID, refusal.kind(), refusal::getMessage);
          snapshots.remove(key);
        });
  }

  private static TarBytes.Entry sparse(String map, long size) {
    return file("s", "headtail")
        .pax("GNU.sparse.size", "" + size)
        .pax("GNU.sparse.numblocks", "2")
        .pax("GNU.sparse.map", map);
  }

  @Test
  void symbolicLinksLeadNowhereButIntoTheSnapshot() throws IOException {
    String out = outside.toString();
    String climb = "../".repeat(40) + out.substring(1);
    layer(
        "base",
        null,
        TarBytes.of(
            symlink("abs", out),
            symlink("rel", climb),
            symlink("two", "abs/.."),
            symlink("magic", "/proc/self/root" + out),
            symlink("file", out + "/victim")));
    sideLayer(
        "upper",
        "base",
        TarBytes.of(
            file("abs/victim", "x"),
            file("rel/new", "x"),
            file("magic/victim", "x"),
            file("abs/.wh.victim", ""),
            file("rel/.wh..wh..opq", ""),
            file("file", "replaced"),
            symlink("again", out).owner(7, 7),
            symlink("victim", out + "/victim").owner(7, 7),
            file("again/deep/er", "x"),
            directory("abs")));
    snapshots.prepare("box", "upper");
    try (SeenTree seen = see("box")) {
      assertEquals("replaced", seen.read("file"));
    }
    for (String link : List.of("s", "abs/victim", "rel/victim", "magic/victim")) {
      refusedOrHarmless("base", symlink("s", out + "/victim"), hardLink("h", link));
    }
  }

  /** Unpacks on {@code below} and looks after the bait before anything is removed again. */
  private void refusedOrHarmless(String below, TarBytes.Entry... entries) throws IOException {
    snapshots.prepare("try", snapshots.rebases() ? null : below);
    String made = "try";
    try {
      layers.apply("try", TarBytes.of(entries).stream());
      snapshots.commit("tried", "try", below);
      made = "tried";
    } catch (EngineException e) {
      assertEquals(INVALID, e.kind(), e::getMessage);
    }
    assertEquals(1, Files.getAttribute(outside.resolve("victim"), "unix:nlink"));
    snapshots.remove(made);
  }

  @Test
  void linksInACircleBelowAreRefusedOrHarmless() throws IOException {
    layer("base", null, TarBytes.of(symlink("a", "b"), symlink("b", "a"), symlink("c", "c/d")));
    for (TarBytes.Entry entry :
        List.of(file("a/x", "1"), file("c/x", "1"), hardLink("h", "a/x"), directory("a/"))) {
      refusedOrHarmless("base", entry);
    }
  }

  @Test
  void aHeaderThatIsNotItsChecksumIsRefused() throws IOException {
    byte[] damaged = TarBytes.of(file("x", "1")).bytes();
    damaged[0] = 'y';
    snapshots.prepare("bad", null);
    refused(INVALID, () -> layers.apply("bad", new ByteArrayInputStream(damaged)));
    snapshots.remove("bad");
  }

  @Test
  void aSizeThatIsNoNumberOrTooLargeIsRefused() throws IOException {
    byte[] letters = "0000000000z\0".getBytes(ISO_8859_1);
    byte[] minus = "-0000000001\0".getBytes(ISO_8859_1);
    byte[] large = {(byte) 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
    for (byte[] size : List.of(letters, minus, large)) {
      byte[] tar = TarBytes.of(file("x", "1")).bytes();
      System.arraycopy(size, 0, tar, 124, size.length);
      Arrays.fill(tar, 148, 156, (byte) ' ');
      int sum = 0;
      for (int i = 0; i < 512; i++) {
        sum += tar[i] & 0xff;
      }
      System.arraycopy("%06o\0".formatted(sum).getBytes(ISO_8859_1), 0, tar, 148, 7);
      snapshots.prepare("bad", null);
      refused(INVALID, () -> layers.apply("bad", new ByteArrayInputStream(tar)));
      snapshots.remove("bad");
    }
  }

  @Test
  void aSparseMapOfMoreThanAMillionPartsIsRefused() throws IOException {
    int parts = (1 << 20) + 1;
    byte[] map = (parts + "\n" + "0\n0\n".repeat(parts)).getBytes(ISO_8859_1);
    TarBytes.Entry entry =
        file("s", "")
            .content(Arrays.copyOf(map, map.length + 511 & ~511))
            .pax("GNU.sparse.major", "1")
            .pax("GNU.sparse.minor", "0")
            .pax("GNU.sparse.realsize", "0");
    snapshots.prepare("bad", null);
    refused(INVALID, () -> layers.apply("bad", TarBytes.of(entry).stream()));
    snapshots.remove("bad");
  }

  @Test
  void namesFromTheRootStayInTheSnapshot() throws IOException {
    layer("base", null, TarBytes.of(file(outside + "/victim", "mine"), file("//a//./b/", "2")));
    snapshots.view("look", "base");
    try (SeenTree seen = see("look")) {
      assertEquals("mine", seen.read(outside.toString().substring(1) + "/victim"));
    }
  }

  @Test
  void aTarCutShortAnywhereIsRefusedOrHasNothingMissing() throws IOException {
    byte[] whole =
        TarBytes.of(
                directory("d"),
                file("d/first", "1".repeat(700)),
                file("n".repeat(150), "2"),
                file("p", "3").pax("mtime", "1.5"))
            .bytes();
    Set<Integer> boundaries = Set.of(0, 512, 512 + 512 + 1024);
    for (int length = 0; length < whole.length - 1024; length += 113) {
      byte[] part = Arrays.copyOf(whole, length);
      snapshots.prepare("cut", null);
      if (boundaries.contains(length)) {
        layers.apply("cut", new ByteArrayInputStream(part));
      } else {
        refused(INVALID, () -> layers.apply("cut", new ByteArrayInputStream(part)));
      }
      snapshots.remove("cut");
    }
  }

  @Test
  void damageOfAnyByteIsRefusedOrHarmless() throws IOException {
    byte[] whole =
        TarBytes.of(
                directory("d"),
                file("d/x", "1".repeat(300)).xattr("user.a", new byte[] {1, 2, 3}),
                symlink("l", "d"),
                hardLink("h", "d/x"),
                file("n".repeat(150), "2"),
                file("s", "headtail")
                    .pax("GNU.sparse.map", "0,4,96,4")
                    .pax("GNU.sparse.size", "100"))
            .bytes();
    Random random = new Random(20_261_124);
    for (int round = 0; round < 400; round++) {
      byte[] damaged = whole.clone();
      for (int i = 0; i <= round % 3; i++) {
        damaged[random.nextInt(whole.length)] = (byte) random.nextInt(256);
      }
      snapshots.prepare("bad", null);
      try {
        layers.apply("bad", new ByteArrayInputStream(damaged));
      } catch (EngineException e) {
        assertEquals(INVALID, e.kind(), e::getMessage);
      }
      snapshots.remove("bad");
    }
  }

  @Test
  void aRefusedLayerLeavesNoTraceOnceRemoved() throws IOException {
    snapshots.prepare("bad", null);
    refused(
        INVALID,
        () -> layers.apply("bad", TarBytes.of(file("a", "1"), file("../b", "2")).stream()));
    snapshots.remove("bad");
    assertFalse(snapshots.stat("bad").isPresent());
    snapshots.prepare("bad", null);
    try (SeenTree seen = see("bad")) {
      assertEquals(Set.of(), seen.names(""));
    }
  }
}
