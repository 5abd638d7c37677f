package dev.felucca.engine.container;

import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.volume.VolumeRequest;
import org.jspecify.annotations.Nullable;

/**
 * A mount as it was asked for.
 *
 * @param mount complete but for a volume's name, driver and source
 * @param volume the volume it shows; null for what is none
 * @param copy whether an empty volume gets what the image has there
 */
record PlannedMount(MountPoint mount, @Nullable VolumeRequest volume, boolean copy) {
  static PlannedMount of(MountPoint mount) {
    return new PlannedMount(mount, null, false);
  }

  static PlannedMount volume(VolumeRequest volume, MountPoint mount, boolean copy) {
    return new PlannedMount(mount, volume, copy);
  }

  String target() {
    return mount.destination();
  }
}
