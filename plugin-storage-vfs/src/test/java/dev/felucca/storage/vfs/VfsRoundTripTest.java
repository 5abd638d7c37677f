package dev.felucca.storage.vfs;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.LayerRoundTripContract;
import java.nio.file.Path;

class VfsRoundTripTest extends LayerRoundTripContract {
  @Override
  protected Snapshotter create(Path root) {
    return new VfsSnapshotter(linux, root);
  }
}
