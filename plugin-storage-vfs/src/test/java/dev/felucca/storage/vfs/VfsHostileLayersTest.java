package dev.felucca.storage.vfs;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.HostileLayerContract;
import java.nio.file.Path;

class VfsHostileLayersTest extends HostileLayerContract {
  @Override
  protected Snapshotter create(Path root) {
    return new VfsSnapshotter(linux, root);
  }
}
