package dev.felucca.storage.overlay;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.Trees;
import dev.felucca.linux.mount.DetachedMounts;
import dev.felucca.storage.snapshots.SnapshotTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out by a real mount, which nobody else sees, whether overlay works on a directory. */
final class OverlayProbe {
  private OverlayProbe() {}

  /**
   * The reason why not, or null.
   *
   * @throws IOException where it cannot be found out now, as the disk is full
   */
  static @Nullable String refusal(Syscalls linux, Path root) throws IOException {
    Trees trees = new Trees(linux);
    try {
      Path probe = Files.createTempDirectory(root, SnapshotTable.PROBE);
      try {
        return refusal(linux, trees, probe);
      } finally {
        trees.remove(probe);
      }
    } catch (IOException e) {
      if (isFull(e)) {
        throw e;
      }
      return "overlay on " + root + ": " + e.getMessage();
    }
  }

  private static boolean isFull(IOException failure) {
    if (failure instanceof SyscallException call) {
      return call.errno() == Errno.ENOSPC || call.errno() == Errno.EDQUOT;
    }
    // The JDK has no exceptions of their own for these.
    String words = String.valueOf(failure.getMessage());
    return words.endsWith("No space left on device") || words.endsWith("Disk quota exceeded");
  }

  private static @Nullable String refusal(Syscalls linux, Trees trees, Path probe)
      throws IOException {
    for (String name : List.of("1", "2", "fs", "work")) {
      Files.createDirectory(probe.resolve(name));
    }
    Optional<String> xattrs = trees.refusesTrustedXattrs(probe.resolve("1"));
    if (xattrs.isPresent()) {
      return xattrs.get();
    }
    if (!trees.tellsTypes(probe)) {
      return "file system of " + probe.getParent() + " does not tell file types (XFS with ftype=0)";
    }
    Files.writeString(probe.resolve("1/lower"), "lower");
    List<String> words = List.of("lowerdir=1:2", "upperdir=fs", "workdir=work");
    try (Fd mount = new DetachedMounts(linux).mount("overlay", "overlay", words, probe)) {
      Path merged = Path.of("/proc/self/fd/" + mount.number());
      // Removal of a lower file needs a whiteout, which is a device node: not everyone may make
      // one.
      Files.delete(merged.resolve("lower"));
      return Files.exists(merged.resolve("lower")) ? "overlay keeps removed files" : null;
    }
  }
}
