package dev.felucca.linux.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootWalkTest {
  @TempDir Path home;
  private final Syscalls linux = LinuxSyscalls.load();
  private final RootWalk walk = new RootWalk(linux);
  private Path root;
  private Fd top;

  @BeforeEach
  void begin() throws IOException {
    root = Files.createDirectories(home.resolve("root"));
    Files.createDirectories(home.resolve("root/etc"));
    Files.createDirectories(home.resolve("outside"));
    Files.writeString(home.resolve("outside/file"), "outside");
    Files.writeString(home.resolve("root/etc/file"), "inside");
    top =
        new LinuxFiles(linux)
            .openat(LinuxFiles.AT_FDCWD, root.toString(), 0, OpenFlag.PATH, OpenFlag.DIRECTORY);
  }

  @AfterEach
  void end() {
    top.close();
  }

  private String read(String path) throws IOException {
    try (Fd file = walk.open(top, path)) {
      return Files.readString(Path.of("/proc/self/fd/" + file.number()));
    }
  }

  @Test
  void linksAndDotsLeadToTheRootAndNoFurther() throws IOException {
    Files.createSymbolicLink(root.resolve("absolute"), Path.of("/etc/file"));
    Files.createSymbolicLink(root.resolve("climbing"), Path.of("../../../../etc/file"));
    assertEquals("inside", read("/absolute"));
    assertEquals("inside", read("climbing"));
    assertEquals("inside", read("../../etc/file"));
    Files.createSymbolicLink(root.resolve("out"), home.resolve("outside"));
    assertEquals(
        Errno.ENOENT, assertThrows(SyscallException.class, () -> read("/out/file")).errno());
  }

  @Test
  void belowADirectoryNothingLeadsOut() throws IOException {
    Files.createSymbolicLink(root.resolve("in"), Path.of("etc"));
    Files.createSymbolicLink(root.resolve("absolute"), Path.of("/etc"));
    Files.createSymbolicLink(root.resolve("climbing"), Path.of("../outside"));
    walk.openBelow(top, "in", OpenFlag.DIRECTORY).close();
    for (String path : new String[] {"absolute", "climbing", "../outside", "etc/../../outside"}) {
      assertEquals(
          Errno.EXDEV,
          assertThrows(SyscallException.class, () -> walk.openBelow(top, path)).errno(),
          path);
    }
  }

  @Test
  void whatIsMissingIsMadeInside() throws IOException {
    Files.createSymbolicLink(root.resolve("here"), Path.of("/etc"));
    walk.openOrMake(top, "/here/a/b", true).close();
    assertTrue(Files.isDirectory(root.resolve("etc/a/b")));
    walk.openOrMake(top, "/here/c/file", false).close();
    assertTrue(Files.isRegularFile(root.resolve("etc/c/file")));
    walk.openOrMake(top, "/../../made", true).close();
    assertTrue(Files.isDirectory(root.resolve("made")));
    assertFalse(Files.exists(home.resolve("made")));
  }

  @Test
  void linksThatLeadNowhereAreMadeToLeadSomewhere() throws IOException {
    Files.createSymbolicLink(root.resolve("run"), Path.of("/var/not/there"));
    walk.openOrMake(top, "/run/lock", true).close();
    assertTrue(Files.isDirectory(root.resolve("var/not/there/lock")));
    Files.createSymbolicLink(root.resolve("etc/resolv.conf"), Path.of("../run/resolve/stub"));
    walk.openOrMake(top, "/etc/resolv.conf", false).close();
    assertTrue(Files.isRegularFile(root.resolve("var/not/there/resolve/stub")));
    Files.createSymbolicLink(root.resolve("loop"), Path.of("loop"));
    assertEquals(
        Errno.ELOOP,
        assertThrows(SyscallException.class, () -> walk.openOrMake(top, "/loop/x", true)).errno());
  }

  @Test
  void nobodyWhoExchangesLinksMeanwhileLeadsOut() throws Exception {
    Path real = Files.createDirectory(root.resolve("real"));
    Files.writeString(real.resolve("file"), "inside");
    AtomicBoolean go = new AtomicBoolean(true);
    Thread attacker =
        new Thread(
            () -> {
              Path link = root.resolve("p");
              Path next = root.resolve("next");
              boolean out = false;
              while (go.get()) {
                try {
                  Files.deleteIfExists(next);
                  out = !out;
                  Files.createSymbolicLink(next, out ? home.resolve("outside") : Path.of("real"));
                  Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            });
    attacker.start();
    int inside = 0;
    try {
      for (int i = 0; i < 20000; i++) {
        try {
          assertEquals("inside", read("/p/file"));
          inside++;
        } catch (SyscallException e) {
          assertEquals(Errno.ENOENT, e.errno());
        }
      }
    } finally {
      go.set(false);
      attacker.join();
    }
    assertTrue(inside > 0);
  }
}
