package dev.felucca.rest.container;

import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.rest.json.JsonOut;
import java.util.List;
import java.util.Set;

/** The API's {@code MountPoint}. */
final class MountPointJson {
  private MountPointJson() {}

  /** What {@code --tmpfs} made is not among them: {@code HostConfig} has it. */
  static void writeAll(JsonOut out, ContainerDetails container) {
    Set<String> tmpfs = container.hostConfig().tmpfs().keySet();
    List<MountPoint> shown =
        container.mounts().stream()
            .filter(mount -> !mount.type().equals("tmpfs") || !tmpfs.contains(mount.destination()))
            .toList();
    out.objects("Mounts", shown, MountPointJson::write);
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
