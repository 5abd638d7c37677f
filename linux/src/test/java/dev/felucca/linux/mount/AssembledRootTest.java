package dev.felucca.linux.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssembledRootTest {
  @TempDir Path home;
  private final Syscalls linux = LinuxSyscalls.load();
  private final AssembledRoot roots = new AssembledRoot(linux);
  private Path root;
  private Path volume;

  @BeforeEach
  void begin() throws IOException {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "mounting needs root");
    root = Files.createDirectory(home.resolve("root"));
    volume = Files.createDirectories(home.resolve("volume"));
    Files.writeString(volume.resolve("file"), "in the volume");
    Files.writeString(root.resolve("own"), "in the root");
  }

  private static AssembledRoot.Source bind(Path source, @Nullable Path base, String... words) {
    return new AssembledRoot.Source("bind", source.toString(), List.of(words), base);
  }

  private static Path at(Fd assembled, String path) {
    return Path.of("/proc/self/fd/" + assembled.number() + path);
  }

  @Test
  void placesAreMadeAndShowWhatIsPlacedThere() throws IOException {
    try (Fd assembled =
        roots.assemble(
            bind(root, null, "rbind"),
            List.of(
                new AssembledRoot.Placed(bind(volume, null, "rbind"), "/a/b", true),
                new AssembledRoot.Placed(
                    bind(volume.resolve("file"), null, "rbind", "ro"), "/a/b/f", false)))) {
      assertEquals("in the root", Files.readString(at(assembled, "/own")));
      assertEquals("in the volume", Files.readString(at(assembled, "/a/b/file")));
      assertEquals("in the volume", Files.readString(at(assembled, "/a/b/f")));
      assertThrows(
          FileSystemException.class, () -> Files.writeString(at(assembled, "/a/b/f"), "no"));
    }
    assertTrue(Files.isDirectory(root.resolve("a/b")));
    assertFalse(Files.exists(root.resolve("a/b/file")));
  }

  @Test
  void aSourceBelowABaseStaysThere() throws IOException {
    Files.createDirectories(volume.resolve("sub"));
    Files.writeString(volume.resolve("sub/file"), "below");
    Files.createSymbolicLink(volume.resolve("out"), home);
    try (Fd assembled =
        roots.assemble(
            bind(root, null, "rbind"),
            List.of(new AssembledRoot.Placed(bind(Path.of("sub"), volume, "rbind"), "/s", true)))) {
      assertEquals("below", Files.readString(at(assembled, "/s/file")));
    }
    IOException refused =
        assertThrows(
            IOException.class,
            () ->
                roots
                    .assemble(
                        bind(root, null, "rbind"),
                        List.of(
                            new AssembledRoot.Placed(
                                bind(Path.of("out/outside"), volume, "rbind"), "/s", true)))
                    .close());
    assertTrue(refused.getMessage().contains("EXDEV"), refused.getMessage());
  }

  @Test
  void nothingOfItIsSeenByOthers() throws IOException {
    String before = Files.readString(Path.of("/proc/self/mountinfo"));
    try (Fd assembled =
        roots.assemble(
            bind(root, null, "rbind"),
            List.of(new AssembledRoot.Placed(bind(volume, null, "rbind"), "/v", true)))) {
      assertTrue(Files.exists(at(assembled, "/v/file")));
      assertEquals(before, Files.readString(Path.of("/proc/self/mountinfo")));
    }
    assertEquals(List.of(), List.of(root.resolve("v").toFile().list()));
  }
}
