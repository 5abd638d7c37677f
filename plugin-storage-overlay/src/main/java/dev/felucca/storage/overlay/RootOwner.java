package dev.felucca.storage.overlay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.FileStat;
import dev.felucca.storage.snapshots.SnapshotRow;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Who owns {@code /}: overlay shows the attributes of the upper directory's root, so a new one must
 * have those of the layer below. They are kept with a committed snapshot, so that making a
 * container need not look.
 */
record RootOwner(int mode, int uid, int gid) {
  static RootOwner of(@Nullable SnapshotRow parent) {
    return parent == null
        ? new RootOwner(0755, 0, 0)
        : new RootOwner(
            parent.json().path("rootMode").asInt(0755),
            parent.json().path("rootUid").asInt(),
            parent.json().path("rootGid").asInt());
  }

  static void record(FileStat root, ObjectNode json) {
    json.put("rootMode", root.permissions()).put("rootUid", root.uid()).put("rootGid", root.gid());
  }

  void apply(Syscalls linux, Path directory) throws IOException {
    LinuxFiles files = new LinuxFiles(linux);
    if (uid != 0 || gid != 0) {
      files.fchownat(LinuxFiles.AT_FDCWD, directory.toString(), uid, gid, 0);
    }
    files.fchmodat(LinuxFiles.AT_FDCWD, directory.toString(), mode);
  }
}
