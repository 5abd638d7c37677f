package dev.felucca.storage.snapshots;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.storage.SnapshotInfo;
import java.nio.file.Path;

/**
 * One snapshot of a table.
 *
 * @param id its number, whose digits in base 36 name its directory: short, as overlay needs it
 * @param json its file as it stands; fields beside the table's own are the driver's
 */
public record SnapshotRow(long id, SnapshotInfo info, ObjectNode json) {
  /** The name of its directory below the table's root. */
  public String directory() {
    return Long.toString(id, Character.MAX_RADIX);
  }

  /** Its directory. */
  public Path in(Path root) {
    return root.resolve(directory());
  }
}
