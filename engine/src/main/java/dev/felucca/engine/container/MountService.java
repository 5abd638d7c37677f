package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.volume.EngineVolumes;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.ContainerMounts;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.container.MountRequest;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Mounts of containers that exist. The record comes first and is taken back when the mount fails: a
 * crash in between leaves a mount that is there from the next start on, and never one that nobody
 * knows of.
 */
@Component
public final class MountService implements ContainerMounts {
  private final Core core;
  private final VolumeMounts volumes;
  private final ImageMounts images;
  private final Specs specs;

  @Activate
  public MountService(@Reference Core core, @Reference Adoption adopted) {
    this.core = core;
    this.volumes = new VolumeMounts(core);
    this.images = new ImageMounts(core);
    this.specs = new Specs(core);
  }

  @Override
  public MountPoint add(String ref, MountRequest request) throws IOException {
    return add(core.index.resolve(ref), MountForm.parse(request));
  }

  @Override
  public MountPoint add(String ref, String text) throws IOException {
    Container container = core.index.resolve(ref);
    String driver = container.record().hostConfig().volumeDriver();
    if (text.indexOf(':') >= 0) {
      return add(container, BindText.parse(text, driver));
    }
    String target = MountTarget.of(text, text);
    return add(
        container,
        PlannedMount.volume(
            new VolumeRequest("", driver, Map.of(), Map.of()),
            new MountPoint("volume", "", "", target, "", "", true, ""),
            false));
  }

  private MountPoint add(Container container, PlannedMount planned) throws IOException {
    Undo undo = new Undo();
    VolumeRequest volume = planned.volume();
    try (Lane.Hold lane = container.lane.enter("mount", container.name())) {
      requireThere(container);
      if (find(container, planned.target()) != null) {
        throw new EngineException(CONFLICT, "Duplicate mount point: " + planned.target());
      }
      if (volume == null) {
        MountPoint asked = planned.mount();
        return add(container, ImageMounts.is(asked) ? images.resolve(asked) : asked, undo);
      }
      try (EngineVolumes.Hold hold = core.volumes.hold(volume, container.id)) {
        VolumeDetails made = hold.volume();
        undo.with(
            () -> {
              hold.close();
              core.volumes.removeUnused(List.of(made.name()));
              core.volumes.settled(List.of(made.name()));
            });
        volumes.fillLive(container.record(), made, planned);
        MountPoint mount =
            add(
                container,
                planned.mount().ofVolume(made.name(), made.driver(), made.mountpoint()),
                undo);
        core.volumes.settled(List.of(made.name()));
        return mount;
      } catch (IOException | RuntimeException e) {
        undo.run(e);
        throw e;
      }
    }
  }

  private MountPoint add(Container container, MountPoint mount, Undo undo) throws IOException {
    IdMapping users = container.record().hostConfig().users();
    BindOwners.check(mount, users);
    List<MountPoint> before = container.record().mounts();
    List<MountPoint> after = new ArrayList<>(before);
    after.add(mount);
    after.sort(Comparator.comparingInt(each -> MountPlan.depth(each.destination())));
    write(container, after);
    try {
      if (ImageMounts.is(mount)) {
        images.ready(container.details(), mount);
      }
      RunRecord run = container.run();
      if (run != null && container.status().alive()) {
        MountWords.makeSource(container.details(), mount);
        volumes.mount(container.details(), mount, undo);
        ContainerMount made = specs.mount(container.details(), mount);
        core.drivers
            .isolation()
            .run(
                container.record().drivers().isolation(),
                driver -> driver.mount(container.id, made));
      }
    } catch (IOException | RuntimeException e) {
      write(container, before);
      forget(container, mount);
      throw e;
    }
    core.publish(container, "mount", attributes(mount));
    return mount;
  }

  @Override
  public MountPoint remove(String ref, String target) throws IOException {
    Container container = core.index.resolve(ref);
    String place = MountTarget.of(target);
    try (Lane.Hold lane = container.lane.enter("unmount", container.name())) {
      requireThere(container);
      MountPoint mount = find(container, place);
      if (mount == null) {
        throw new EngineException(
            NOT_FOUND, "container " + container.name() + " has nothing mounted at " + place);
      }
      List<MountPoint> after =
          container.record().mounts().stream().filter(each -> each != mount).toList();
      for (MountPoint other : after) {
        if (other.destination().startsWith(place + "/")) {
          throw new EngineException(
              CONFLICT, "something else is mounted below " + place + ": " + other.destination());
        }
      }
      if (container.run() != null && container.status().alive()) {
        core.drivers
            .isolation()
            .run(
                container.record().drivers().isolation(),
                driver -> driver.unmount(container.id, place));
        boolean last =
            mount.type().equals("volume")
                && after.stream().noneMatch(each -> each.name().equals(mount.name()));
        if (last) {
          core.volumes.unmount(mount.name(), container.id.hex());
        }
      }
      write(container, after);
      forget(container, mount);
      core.publish(container, "unmount", attributes(mount));
      return mount;
    }
  }

  private void forget(Container container, MountPoint mount) {
    if (ImageMounts.is(mount)) {
      images.remove(container.id, container.record().drivers().storage(), mount);
    }
  }

  private static Map<String, String> attributes(MountPoint mount) {
    return Map.of(
        "destination", mount.destination(),
        "source", mount.name().isEmpty() ? mount.source() : mount.name(),
        "type", mount.type());
  }

  private static @Nullable MountPoint find(Container container, String target) {
    return container.record().mounts().stream()
        .filter(mount -> mount.destination().equals(target))
        .findFirst()
        .orElse(null);
  }

  private static void requireThere(Container container) {
    Status status = container.status();
    if (status == Status.REMOVING || status == Status.DEAD) {
      throw new EngineException(
          CONFLICT, "container " + container.name() + " is marked for removal");
    }
  }

  private void write(Container container, List<MountPoint> mounts) throws IOException {
    ContainerRecord record = container.record().withMounts(mounts);
    core.store.rewrite(record);
    container.record(record);
  }
}
