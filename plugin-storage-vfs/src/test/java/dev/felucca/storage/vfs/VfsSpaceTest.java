package dev.felucca.storage.vfs;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.SpaceContract;
import java.nio.file.Path;

class VfsSpaceTest extends SpaceContract {
  @Override
  protected Snapshotter create(Path root) {
    return new VfsSnapshotter(linux, root);
  }
}
