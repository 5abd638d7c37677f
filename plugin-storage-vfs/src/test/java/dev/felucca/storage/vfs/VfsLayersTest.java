package dev.felucca.storage.vfs;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.LayerDifferContract;
import java.nio.file.Path;

class VfsLayersTest extends LayerDifferContract {
  @Override
  protected Snapshotter create(Path root) {
    return new VfsSnapshotter(linux, root);
  }
}
