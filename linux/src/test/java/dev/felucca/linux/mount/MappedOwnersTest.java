package dev.felucca.linux.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedOwnersTest {
  private static final String WORD = "idmap=uids=0-100000-65536;gids=0-200000-65536";

  private final Syscalls linux = LinuxSyscalls.load();
  private final LinuxFiles files = new LinuxFiles(linux);
  @TempDir Path base;

  @BeforeEach
  void layers() throws IOException {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "mounting needs root");
    for (String name : List.of("low", "up", "work")) {
      Files.createDirectory(base.resolve(name));
    }
    Files.writeString(base.resolve("low/root"), "root");
    Files.writeString(base.resolve("low/other"), "other");
    files.fchownat(LinuxFiles.AT_FDCWD, base.resolve("low/other").toString(), 5, 6, 0);
    assumeTrue(canMap(), "the file system of " + base + " cannot be mounted with other owners");
  }

  private boolean canMap() throws IOException {
    try (Fd mount = mount("bind", "low", "rbind")) {
      return mount.isOpen();
    } catch (IOException e) {
      String words = String.valueOf(e.getMessage());
      if (words.contains("needs Linux 5.12") && words.matches(".*(EINVAL|ENOSYS).*")) {
        return false;
      }
      throw e;
    }
  }

  private Fd mount(String type, String source, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of(words));
    all.add(WORD);
    return new DetachedMounts(linux).mount(type, source, all, base);
  }

  private static Path in(Fd mount, String name) {
    return Path.of("/proc/self/fd/" + mount.number()).resolve(name);
  }

  private static String owner(Path file) throws IOException {
    return Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)
        + ":"
        + Files.getAttribute(file, "unix:gid", LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void aBindShowsOtherOwnersAndKeepsItsOwn() throws IOException {
    try (Fd mount = mount("bind", "low", "rbind")) {
      assertEquals("100000:200000", owner(in(mount, "root")));
      assertEquals("100005:200006", owner(in(mount, "other")));
      Files.setAttribute(in(mount, "root"), "unix:uid", 100007);
    }
    assertEquals("7:0", owner(base.resolve("low/root")));
  }

  @Test
  void overlayShowsOtherOwnersAndWritesItsUpperDirectoryWithTheirs() throws IOException {
    try (Fd mount = mount("overlay", "overlay", "lowerdir=low", "upperdir=up", "workdir=work")) {
      assertEquals("100005:200006", owner(in(mount, "other")));
      Files.setAttribute(in(mount, "other"), "unix:gid", 200009);
      // Needs a whiteout, which overlay makes as whoever mounted it.
      Files.delete(in(mount, "root"));
    }
    assertEquals("5:9", owner(base.resolve("up/other")));
  }

  @Test
  void whoIsNotInTheMapMakesNothing() throws IOException {
    try (Fd mount = mount("bind", "low", "rbind")) {
      IOException refused =
          assertThrows(
              IOException.class,
              () ->
                  files
                      .openat(
                          LinuxFiles.AT_FDCWD,
                          in(mount, "new").toString(),
                          0600,
                          OpenFlag.CREAT,
                          OpenFlag.WRONLY)
                      .close());
      assertEquals(Errno.EOVERFLOW, ((SyscallException) refused).errno());
    }
  }
}
