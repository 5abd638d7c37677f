package dev.felucca.engine.volume;

import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.tck.fake.FakeVolumes;
import dev.felucca.tck.volume.VolumeDriverContract;
import java.nio.file.Path;

class FakeVolumesTest extends VolumeDriverContract {
  @Override
  protected VolumeDriver create(Path root) {
    return new FakeVolumes("fake", root);
  }
}
