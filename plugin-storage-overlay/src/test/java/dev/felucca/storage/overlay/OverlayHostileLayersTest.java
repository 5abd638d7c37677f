package dev.felucca.storage.overlay;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.HostileLayerContract;
import java.nio.file.Path;

class OverlayHostileLayersTest extends HostileLayerContract {
  @Override
  protected Snapshotter create(Path root) {
    return new OverlaySnapshotter(linux, root);
  }
}
