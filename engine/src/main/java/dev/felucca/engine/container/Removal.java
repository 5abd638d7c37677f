package dev.felucca.engine.container;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes containers that don't run away for good. */
final class Removal {
  private static final Logger LOG = LoggerFactory.getLogger(Removal.class);

  private final Core core;
  private final VolumeMounts volumes;
  private final ImageMounts images;

  Removal(Core core) {
    this.core = core;
    this.volumes = new VolumeMounts(core);
    this.images = new ImageMounts(core);
  }

  /**
   * With the lane held. From the moment its configuration is gone the container is; what then can't
   * be deleted is rubbish and swept later.
   *
   * @param quick nobody waits for a snapshot whose driver isn't there: it is swept when the driver
   *     is
   * @param unnamed whether volumes that it alone uses and nobody named go too
   */
  void remove(Container container, boolean quick, boolean unnamed) throws IOException {
    ContainerRecord record = container.record();
    Status before = container.status();
    String storage = record.drivers().storage();
    if (!quick && !core.drivers.snapshotters().has(storage)) {
      throw new EngineException(
          EngineException.Kind.UNAVAILABLE,
          "cannot remove container \""
              + record.name()
              + "\": storage driver "
              + storage
              + " is not available");
    }
    container.status(Status.REMOVING);
    if (unnamed) {
      volumes.removing(container.details());
    }
    try {
      core.store.deleteConfig(record);
    } catch (IOException e) {
      volumes.made(record.mounts());
      container.status(before);
      throw e;
    }
    try {
      core.drivers.snapshotters().run(storage, driver -> driver.remove(record.snapshotKey()));
    } catch (IOException | EngineException e) {
      LOG.warn(
          "the snapshot of container {} is left to the next sweep: {}",
          record.name(),
          e.getMessage());
    }
    images.removeAll(record);
    try {
      if (core.store.hasRun(container.id)) {
        clearRun(core, container);
      }
    } catch (IOException | EngineException e) {
      LOG.warn("what a run of container {} left stays", record.name(), e);
    }
    core.index.remove(container);
    if (unnamed) {
      volumes.removeUnnamed(container.details());
    }
    core.publish(container, "destroy");
    container.gone();
    // Behind those who wait for its end: nobody looks for these files, and a start sweeps them.
    try {
      core.store.deleteRest(container.id);
    } catch (IOException e) {
      LOG.warn("remains of container {} are left to a later start", record.name(), e);
    }
  }

  /**
   * Takes away what an end could not: never files before the mounts that may be in them, as what is
   * mounted there would be deleted.
   */
  static void clearRun(Core core, Container container) throws IOException {
    core.drivers
        .isolation()
        .run(container.record().drivers().isolation(), driver -> driver.delete(container.id));
    core.store.deleteRun(container.id);
  }

  /** Removes this driver's snapshots that no container has: what a crash left. */
  void sweep(String storage) throws IOException {
    List<String> found = new ArrayList<>();
    core.drivers
        .snapshotters()
        .run(
            storage,
            driver ->
                driver.walk(
                    snapshot -> {
                      if (snapshot.key().startsWith(ContainerRecord.SNAPSHOT_PREFIX)) {
                        found.add(snapshot.key());
                      }
                    }));
    // Asked afterwards: a container has its id here before its snapshots there, and loses it after.
    Set<String> ids = new HashSet<>();
    core.index.ids().forEach(id -> ids.add(id.hex()));
    core.store.unreadable().forEach(id -> ids.add(id.hex()));
    found.removeIf(key -> isWanted(key, ids));
    for (String key : found) {
      LOG.info("removing snapshot {}: nobody has it", key);
      core.drivers.snapshotters().run(storage, driver -> driver.remove(key));
    }
  }

  /** Of a container that is being created, or can't be read, whatever is called after it. */
  private boolean isWanted(String key, Set<String> ids) {
    String owner = ContainerRecord.ownerOf(key);
    if (!ids.contains(owner)) {
      return false;
    }
    Container container = core.index.get(new ContainerId(owner));
    return container == null
        || key.equals(container.record().snapshotKey())
        || ImageMounts.keys(container.record()).contains(key);
  }
}
