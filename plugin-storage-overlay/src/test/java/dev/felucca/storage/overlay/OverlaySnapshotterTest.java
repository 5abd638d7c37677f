package dev.felucca.storage.overlay;

import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.tck.storage.SnapshotterContract;
import java.nio.file.Path;

class OverlaySnapshotterTest extends SnapshotterContract {
  @Override
  protected Snapshotter create(Path root) {
    return new OverlaySnapshotter(linux, root);
  }
}
