package dev.felucca.storage.overlay;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.LayerRoundTripContract;
import java.nio.file.Path;

class OverlayRoundTripTest extends LayerRoundTripContract {
  @Override
  protected Snapshotter create(Path root) {
    return new OverlaySnapshotter(linux, root);
  }
}
