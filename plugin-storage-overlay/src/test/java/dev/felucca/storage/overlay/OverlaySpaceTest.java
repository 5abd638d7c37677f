package dev.felucca.storage.overlay;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.SpaceContract;
import java.nio.file.Path;

class OverlaySpaceTest extends SpaceContract {
  @Override
  protected Snapshotter create(Path root) {
    return new OverlaySnapshotter(linux, root);
  }
}
