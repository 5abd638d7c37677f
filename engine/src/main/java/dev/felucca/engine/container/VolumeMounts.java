package dev.felucca.engine.container;

import dev.felucca.engine.volume.EngineVolumes;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.container.MountRequest;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.SnapshotInfo;
import dev.felucca.kernel.volume.VolumeDetails;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A container's volumes: there from its creation, ready while it runs, let go when it goes. */
final class VolumeMounts {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeMounts.class);
  private static final String FILES = "linux";

  private final Core core;

  /** One filling at a time of what may be the same volume. */
  private final Object[] fillings = IntStream.range(0, 16).mapToObj(n -> new Object()).toArray();

  VolumeMounts(Core core) {
    this.core = core;
  }

  /**
   * Makes the volumes that aren't there and fills empty ones from the image; they are held until
   * {@code holds} are closed, and what nobody else uses goes again with {@code undo}.
   *
   * @param image what the image's own root is made of, with the owners that the container has
   * @param users who its users are on the host, where they are others
   */
  List<MountPoint> make(
      ContainerId id,
      List<PlannedMount> plan,
      List<Mount> image,
      @Nullable IdMapping users,
      List<EngineVolumes.Hold> holds,
      Undo undo)
      throws IOException {
    List<MountPoint> made = new ArrayList<>();
    for (PlannedMount planned : plan) {
      if (planned.volume() == null) {
        made.add(planned.mount());
        continue;
      }
      EngineVolumes.Hold hold = core.volumes.hold(planned.volume(), id);
      holds.add(hold);
      VolumeDetails volume = hold.volume();
      undo.with(
          () -> {
            hold.close();
            core.volumes.removeUnused(List.of(volume.name()));
            core.volumes.settled(List.of(volume.name()));
          });
      if (planned.copy() || users != null) {
        fill(id.hex(), volume, planned.copy() ? image : List.of(), users, planned.mount());
      }
      made.add(planned.mount().ofVolume(volume.name(), volume.driver(), volume.mountpoint()));
    }
    return made;
  }

  /**
   * Gives an empty volume what a container's image has at the place where it is to be mounted, if
   * that is wanted, and the container's owners.
   */
  void fillLive(ContainerRecord container, VolumeDetails volume, PlannedMount planned)
      throws IOException {
    MountPoint mount = planned.mount();
    List<Mount> image = planned.copy() ? imageOf(container) : List.of();
    // Not the container's own name: it may have the volume at another place, and keeps it.
    IdMapping users = container.hostConfig().users();
    fill(container.id().hex() + "-fill", volume, MountWords.owned(image, users), users, mount);
  }

  /** Of the image itself nothing need be left but what its containers stand on. */
  private List<Mount> imageOf(ContainerRecord container) throws IOException {
    return core.drivers
        .snapshotters()
        .use(
            container.drivers().storage(),
            storage -> {
              String parent =
                  storage.stat(container.snapshotKey()).map(SnapshotInfo::parent).orElse(null);
              return parent == null ? List.<Mount>of() : storage.mounts(parent);
            });
  }

  /** An empty one gets what the image has, and is the container's root's. */
  private void fill(
      String user,
      VolumeDetails volume,
      List<Mount> image,
      @Nullable IdMapping users,
      MountPoint mount)
      throws IOException {
    if (image.isEmpty() && users == null) {
      return;
    }
    synchronized (fillings[Math.floorMod(volume.name().hashCode(), fillings.length)]) {
      fillOne(user, volume, image, users, mount);
    }
  }

  private void fillOne(
      String user,
      VolumeDetails volume,
      List<Mount> image,
      @Nullable IdMapping users,
      MountPoint mount)
      throws IOException {
    core.drivers
        .volumes()
        .run(
            volume.driver(),
            driver -> {
              driver.mount(volume.name(), user);
              try {
                if (!image.isEmpty()) {
                  copy(volume, image, mount);
                }
                if (users != null) {
                  VolumeOwner.give(Path.of(volume.mountpoint()), users);
                }
              } finally {
                driver.unmount(volume.name(), user);
              }
            });
  }

  private void copy(VolumeDetails volume, List<Mount> image, MountPoint mount) throws IOException {
    core.drivers
        .rootFiles()
        .run(
            FILES,
            files ->
                files.copyOut(
                    image, mount.destination(), Path.of(volume.mountpoint()), mount.subpath()));
  }

  /** Makes the volumes' files ready for a run. */
  void mount(ContainerDetails details, Undo undo) throws IOException {
    for (MountPoint mount : details.mounts()) {
      mount(details, mount, undo);
    }
  }

  /** One of them; of what is no volume nothing is to be made ready. */
  void mount(ContainerDetails details, MountPoint mount, Undo undo) throws IOException {
    if (!mount.type().equals("volume")) {
      return;
    }
    core.volumes.mount(
        mount.name(),
        details.id().hex(),
        Map.of(
            "destination",
            mount.destination(),
            "propagation",
            mount.propagation(),
            "read/write",
            Boolean.toString(mount.writable())));
    undo.with(
        () -> {
          boolean elsewhere =
              details.mounts().stream()
                  .anyMatch(other -> other != mount && other.name().equals(mount.name()));
          // Of a volume that a running container has at another place too, nothing is undone.
          if (!elsewhere || !details.state().status().alive()) {
            core.volumes.unmount(mount.name(), details.id().hex());
          }
        });
    if (!mount.subpath().isEmpty()) {
      Mount volume = Mount.bind(Path.of(mount.source()), true);
      new Subpaths(core).isDirectory(List.of(volume), mount.source(), mount.subpath());
    }
  }

  /** Makes the volumes' files ready for a look from outside, of which nobody is told. */
  void ready(ContainerDetails details, Undo letGo) throws IOException {
    String user = details.id().hex() + "-files";
    for (MountPoint mount : details.mounts()) {
      if (mount.type().equals("volume")) {
        core.drivers.volumes().run(mount.driver(), driver -> driver.mount(mount.name(), user));
        letGo.with(
            () ->
                core.drivers
                    .volumes()
                    .run(mount.driver(), driver -> driver.unmount(mount.name(), user)));
      }
    }
  }

  /** The run is over. */
  void unmount(ContainerDetails details) {
    for (MountPoint mount : details.mounts()) {
      if (mount.type().equals("volume")) {
        try {
          core.volumes.unmount(mount.name(), details.id().hex());
        } catch (IOException | RuntimeException e) {
          LOG.error(
              "volume {} of container {} could not be let go", mount.name(), details.name(), e);
        }
      }
    }
  }

  /** The container is there: its volumes stay as long as it does. */
  void made(List<MountPoint> mounts) {
    core.volumes.settled(names(mounts));
  }

  /** The container is about to go, and {@link #removeUnnamed} follows. */
  void removing(ContainerDetails details) {
    core.volumes.unsettle(unnamed(details), details.id());
  }

  /** The container is gone: volumes that it did not ask for by name go too, unless shared. */
  void removeUnnamed(ContainerDetails details) {
    List<String> unnamed = unnamed(details);
    core.volumes.removeUnused(unnamed);
    core.volumes.settled(unnamed);
  }

  private static List<String> unnamed(ContainerDetails details) {
    return names(details.mounts()).stream().filter(name -> !named(details, name)).toList();
  }

  private static List<String> names(List<MountPoint> mounts) {
    return mounts.stream()
        .filter(mount -> mount.type().equals("volume"))
        .map(MountPoint::name)
        .toList();
  }

  private static boolean named(ContainerDetails details, String volume) {
    return details.hostConfig().binds().stream().anyMatch(bind -> bind.startsWith(volume + ":"))
        || details.hostConfig().mounts().stream()
            .map(MountRequest::source)
            .anyMatch(volume::equals);
  }
}
