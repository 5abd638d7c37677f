package dev.felucca.linux.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.Arch;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxMounts;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetachedMountsTest {
  private final Syscalls linux = LinuxSyscalls.load();
  @TempDir Path base;

  @BeforeEach
  void layers() throws IOException {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "mounting needs root");
    for (String name : List.of("1", "2", "up", "work")) {
      Files.createDirectory(base.resolve(name));
      Files.writeString(base.resolve(name).resolve("in-" + name), name);
    }
    Files.delete(base.resolve("work/in-work"));
  }

  @Test
  void overlayIsSeenThroughItsDescriptorAndNowhereElse() throws IOException {
    String before = Files.readString(Path.of("/proc/self/mountinfo"));
    overlayShowsAllLayers(linux);
    assertEquals(before, Files.readString(Path.of("/proc/self/mountinfo")));
  }

  @Test
  void aKernelWithoutFsopenTakesTheWayThroughANamespace() throws IOException {
    String before = Files.readString(Path.of("/proc/self/mountinfo"));
    overlayShowsAllLayers(new Without(linux, Sysno.FSOPEN));
    assertEquals(before, Files.readString(Path.of("/proc/self/mountinfo")));
  }

  /** As before Linux 6.5: its refusal of the whole would be a line in the kernel's log. */
  @Test
  void aKernelThatLooksAtNoOptionIsNotAskedToMountThem() throws IOException {
    overlayShowsAllLayers(
        new Syscalls() {
          @Override
          public Arch arch() {
            return linux.arch();
          }

          @Override
          public long call(Sysno nr, long... args) {
            if (nr != Sysno.FSCONFIG) {
              return linux.call(nr, args);
            }
            assertEquals(LinuxMounts.FSCONFIG_SET_STRING, args[1], "only words are given");
            return 0;
          }
        });
  }

  private void overlayShowsAllLayers(Syscalls calls) throws IOException {
    List<String> words = List.of("lowerdir=1:2", "upperdir=up", "workdir=work");
    try (Fd mount = new DetachedMounts(calls).mount("overlay", "overlay", words, base)) {
      Path merged = Path.of("/proc/self/fd/" + mount.number());
      assertTrue(Files.exists(merged.resolve("in-1")));
      assertTrue(Files.exists(merged.resolve("in-2")));
      Files.writeString(merged.resolve("new"), "written");
    }
    assertEquals("written", Files.readString(base.resolve("up/new")));
  }

  @Test
  void aReadOnlyBindRefusesWrites() throws IOException {
    readOnlyBindRefusesWrites(linux);
  }

  @Test
  void aReadOnlyBindNeedsNoMountSetattr() throws IOException {
    readOnlyBindRefusesWrites(new Without(linux, Sysno.MOUNT_SETATTR));
  }

  private void readOnlyBindRefusesWrites(Syscalls calls) throws IOException {
    try (Fd mount = new DetachedMounts(calls).mount("bind", "1", List.of("rbind", "ro"), base)) {
      Path seen = Path.of("/proc/self/fd/" + mount.number());
      assertTrue(Files.exists(seen.resolve("in-1")));
      assertThrows(IOException.class, () -> Files.writeString(seen.resolve("new"), "no"));
      assertFalse(Files.exists(base.resolve("1/new")));
    }
  }

  @Test
  void tmpfsTakesItsData() throws IOException {
    try (Fd mount =
        new DetachedMounts(linux).mount("tmpfs", "tmpfs", List.of("nosuid", "mode=0711"), null)) {
      Object mode = Files.getAttribute(Path.of("/proc/self/fd/" + mount.number()), "unix:mode");
      assertEquals(0040711, mode);
    }
  }

  @Test
  void whatTheKernelRefusesIsSaid() {
    IOException refusal =
        assertThrows(
            IOException.class,
            () ->
                new DetachedMounts(linux)
                    .mount("overlay", "overlay", List.of("lowerdir=missing:1"), base));
    assertTrue(String.valueOf(refusal.getMessage()).contains("ENOENT"), refusal::getMessage);
  }

  /** A kernel that lacks one call. */
  private record Without(Syscalls linux, Sysno missing) implements Syscalls {
    @Override
    public Arch arch() {
      return linux.arch();
    }

    @Override
    public long call(Sysno nr, long... args) {
      return nr == missing ? -Errno.ENOSYS.number() : linux.call(nr, args);
    }
  }
}
