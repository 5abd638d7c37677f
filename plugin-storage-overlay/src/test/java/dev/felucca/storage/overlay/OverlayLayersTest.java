package dev.felucca.storage.overlay;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.LayerDifferContract;
import java.nio.file.Path;

class OverlayLayersTest extends LayerDifferContract {
  @Override
  protected Snapshotter create(Path root) {
    return new OverlaySnapshotter(linux, root);
  }
}
