package dev.felucca.storage.vfs;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.SnapshotterContract;
import java.nio.file.Path;

class VfsSnapshotterTest extends SnapshotterContract {
  @Override
  protected Snapshotter create(Path root) {
    return new VfsSnapshotter(linux, root);
  }
}
