package dev.felucca.linux.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tars that GNU tar writes are read, and what is written GNU tar reads. */
class ForeignTarTest {
  private final Syscalls linux = LinuxSyscalls.load();
  private final Trees trees = new Trees(linux);
  @TempDir Path dir;

  @BeforeEach
  void tree() throws Exception {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "devices and ids need root");
    assumeTrue(Files.exists(Path.of("/bin/tar")), "GNU tar is not installed");
    Path tree = Files.createDirectory(dir.resolve("tree"));
    Path deep = Files.createDirectories(tree.resolve("d".repeat(120) + "/" + "e".repeat(120)));
    Files.writeString(deep.resolve("file"), "deep");
    Files.createLink(tree.resolve("same"), deep.resolve("file"));
    Files.createSymbolicLink(tree.resolve("link"), Path.of("t".repeat(180)));
    try (RandomAccessFile sparse = new RandomAccessFile(tree.resolve("sparse").toFile(), "rw")) {
      sparse.setLength(200 << 20);
      for (int i = 0; i < 40; i++) {
        sparse.seek(i * (4L << 20) + 100);
        sparse.writeBytes("here " + i);
      }
    }
    Files.setAttribute(tree.resolve("same"), "unix:mode", 0104711);
    Files.setAttribute(tree.resolve("same"), "unix:uid", 2_500_000);
    run("mknod", tree.resolve("null").toString(), "c", "1", "3");
    run("mkfifo", tree.resolve("pipe").toString());
    Files.setAttribute(tree.resolve("same"), "user:colour", new byte[] {7, 8});
    // Whole seconds: the older formats have no others.
    run("find", tree.toString(), "-exec", "touch", "-h", "-d", "@1600000000", "{}", "+");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=gnu",
        "--format=oldgnu",
        "--format=gnu -S",
        "--format=pax --xattrs",
        "--format=pax -S --sparse-version=0.0",
        "--format=pax -S --sparse-version=0.1",
        "--format=pax -S --sparse-version=1.0 --xattrs"
      })
  void whatGnuTarWritesIsReadInFull(String flags) throws Exception {
    Path tar = dir.resolve("made.tar");
    List<String> words = new ArrayList<>(List.of("/bin/tar"));
    words.addAll(List.of(flags.split(" ")));
    words.addAll(List.of("-C", dir.resolve("tree").toString(), "-cf", tar.toString(), "."));
    run(words.toArray(String[]::new));
    Path copy = Files.createDirectory(dir.resolve("copy"));
    try (InputStream in = Files.newInputStream(tar)) {
      LayerApplier.apply(linux, copy, in, Whiteouts.CARRIED_OUT);
    }
    same(copy);
    assertEquals(listing(dir.resolve("tree")), listing(copy));
    if (flags.contains("xattrs")) {
      assertEquals(7, ((byte[]) Files.getAttribute(copy.resolve("same"), "user:colour"))[0]);
    }
    long blocks = FileArchives.stat(linux, copy, "sparse").blocks();
    assertTrue(blocks * 512 < 10 << 20, "the hole stayed a hole");
  }

  @Test
  void gnuTarReadsWhatIsWrittenHere() throws Exception {
    Path tar = dir.resolve("ours.tar");
    try (OutputStream out = Files.newOutputStream(tar)) {
      trees.writeCompared(dir.resolve("tree"), null, null, Set.of(), out);
    }
    Path copy = Files.createDirectory(dir.resolve("copy"));
    run("/bin/tar", "--xattrs", "-C", copy.toString(), "-xpf", tar.toString());
    same(copy);
    assertEquals(listing(dir.resolve("tree")), listing(copy));
  }

  private void same(Path copy) throws Exception {
    run(
        "diff",
        "-r",
        "--no-dereference",
        "-x",
        "pipe",
        "-x",
        "null",
        dir.resolve("tree").toString(),
        copy.toString());
  }

  /** Type, mode, ids, links, device and time of everything. */
  private static String listing(Path tree) throws Exception {
    return run(
        "find", tree.toString(), "-mindepth", "1", "-printf", "%P %y %m %U %G %n %s %T+ %l\\n");
  }

  private static String run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    String said = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + said);
    return said.lines().sorted().reduce("", (a, b) -> a + b + "\n");
  }
}
