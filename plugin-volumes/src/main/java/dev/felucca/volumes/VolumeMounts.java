package dev.felucca.volumes;

import dev.felucca.linux.LinuxMounts;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.mount.MountOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Volumes that show something else: mounted on the host, so that every container sees the same file
 * system, for as long as there are users. These are empty files in {@code users}: they outlast the
 * engine as the mount does; after a reboot neither counts.
 */
final class VolumeMounts {
  private final LinuxMounts linux;

  /** Whom this driver has mounted something for: {@code VOLUME/users/USER}. */
  private final Set<Path> own = ConcurrentHashMap.newKeySet();

  VolumeMounts(Syscalls linux) {
    this.linux = new LinuxMounts(linux);
  }

  void mount(Path volume, Path data, VolumeOptions options, String user) throws IOException {
    Path users = Files.createDirectories(volume.resolve("users"));
    if (!mounted(data)) {
      clear(users);
      MountOptions how = MountOptions.parse(options.words());
      String words = String.join(",", how.data());
      linux.mount(options.device(), data.toString(), options.type(), how.flags(), words);
      if ((how.flags() & LinuxMounts.MS_BIND) != 0 && (how.flags() & LinuxMounts.MS_RDONLY) != 0) {
        // A bind takes its flags only when it is there.
        linux.mount("none", data.toString(), null, how.flags() | LinuxMounts.MS_REMOUNT, null);
      }
    }
    own.add(users.resolve(user));
    if (!Files.exists(users.resolve(user))) {
      Files.createFile(users.resolve(user));
    }
  }

  void unmount(Path volume, Path data, String user) throws IOException {
    Path users = volume.resolve("users");
    own.remove(users.resolve(user));
    if (Files.deleteIfExists(users.resolve(user))) {
      unmountUnused(users, data);
    }
  }

  /** Lets go for those of an earlier driver's users who are not among these. */
  void keepOnly(Path volume, Path data, Set<String> wanted) throws IOException {
    Path users = volume.resolve("users");
    if (!Files.isDirectory(users)) {
      return;
    }
    try (var marks = Files.newDirectoryStream(users)) {
      for (Path mark : marks) {
        if (!wanted.contains(mark.getFileName().toString()) && !own.contains(mark)) {
          Files.deleteIfExists(mark);
        }
      }
    }
    unmountUnused(users, data);
  }

  private void unmountUnused(Path users, Path data) throws IOException {
    try (var left = Files.list(users)) {
      if (left.findAny().isPresent()) {
        return;
      }
    }
    if (mounted(data)) {
      linux.umount2(data.toString(), LinuxMounts.MNT_DETACH | LinuxMounts.UMOUNT_NOFOLLOW);
    }
  }

  boolean used(Path data) throws IOException {
    return mounted(data);
  }

  private static boolean mounted(Path data) throws IOException {
    String wanted = data.toString().replace("\\", "\\134").replace(" ", "\\040");
    try (var lines = Files.lines(Path.of("/proc/thread-self/mountinfo"))) {
      return lines.anyMatch(line -> line.split(" ", 6)[4].equals(wanted));
    }
  }

  private static void clear(Path users) throws IOException {
    try (var stale = Files.newDirectoryStream(users)) {
      for (Path user : stale) {
        Files.delete(user);
      }
    }
  }
}
