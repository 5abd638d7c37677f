package dev.felucca.storage.snapshots;

import java.io.IOException;

/**
 * Makes commits last. A class of its own, as drivers carry copies of this package: a driver that is
 * compiled beside an older copy of the table finds this one all the same.
 */
public final class Settlement {
  private Settlement() {}

  /** Returns when every commit of {@code table} before this call is on disk. */
  public static void settle(SnapshotTable table, DiskSync disk) throws IOException {
    table.settle(disk);
  }
}
