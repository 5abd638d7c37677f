package dev.felucca.rest.container;

import dev.felucca.kernel.container.MountPoint;
import dev.felucca.rest.json.JsonOut;
import java.util.List;

/** The API's {@code MountPoint}. */
final class MountPointJson {
  private MountPointJson() {}

  static void writeAll(JsonOut out, List<MountPoint> mounts) {
    out.objects("Mounts", mounts, MountPointJson::write);
  }

  static void write(JsonOut out, MountPoint mount) {
    out.textUnlessEmpty("Type", mount.type())
        .textUnlessEmpty("Name", mount.name())
        .text("Source", mount.source())
        .text("Destination", mount.destination())
        .textUnlessEmpty("Driver", mount.driver())
        .text("Mode", mount.mode())
        .flag("RW", mount.writable())
        .text("Propagation", mount.propagation());
  }
}
