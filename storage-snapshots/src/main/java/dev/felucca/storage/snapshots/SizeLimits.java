package dev.felucca.storage.snapshots;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.EngineException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.Trees;
import dev.felucca.linux.quota.ProjectQuota;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What a snapshot's directory may take, by project quotas where its file system has them. */
public final class SizeLimits {
  private static final String SIZE = "size";

  private final ProjectQuota quota;
  private final Trees trees;

  public SizeLimits(Syscalls linux) {
    this.quota = new ProjectQuota(linux);
    this.trees = new Trees(linux);
  }

  /** Limits a new, empty directory of a table; INVALID where that cannot be done. */
  public void limit(Path directory, long bytes, ObjectNode json) throws IOException {
    Optional<String> refusal = quota.refusal(directory);
    if (refusal.isPresent()) {
      throw new EngineException(
          INVALID,
          "a size can be limited only on xfs mounted with pquota, or ext4 with prjquota: "
              + directory.getParent()
              + " is on "
              + Files.getFileStore(directory).type()
              + ", and "
              + refusal.get());
    }
    long number = Long.parseLong(directory.getFileName().toString(), Character.MAX_RADIX);
    quota.limit(directory, bytes, number);
    json.put(SIZE, bytes);
  }

  /** What others are to stand on has no limit. */
  public void lift(Path directory, ObjectNode json) throws IOException {
    if (json.remove(SIZE) != null) {
      quota.lift(directory);
    }
  }

  /**
   * A table's {@link SnapshotTable.Removal}. The limit goes before the files: a crash in between
   * leaves a directory that is swept, and no project id that is limited and has nothing.
   */
  public void remove(Path tree) throws IOException {
    quota.lift(tree);
    trees.remove(tree);
  }
}
