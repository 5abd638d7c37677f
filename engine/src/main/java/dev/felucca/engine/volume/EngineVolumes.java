package dev.felucca.engine.volume;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.state.DamageReport;
import dev.felucca.engine.state.Directories;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.storage.Usage;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.kernel.volume.VolumeRequest;
import dev.felucca.kernel.volume.Volumes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Volumes as clients see them, and what containers do with them. A volume is in use by the
 * containers that name it, and by those being created: {@link #hold}. A volume's name is claimed
 * over its creation and its removal: between the look at the users and the driver's removal nobody
 * may become one.
 */
@Component(service = EngineVolumes.class)
public final class EngineVolumes implements Volumes {
  static final String DEFAULT_DRIVER = "local";

  private static final Logger LOG = LoggerFactory.getLogger(EngineVolumes.class);
  private static final Duration BUSY_PATIENCE = Duration.ofSeconds(10);
  private static final Duration LIST_PATIENCE = Duration.ofSeconds(3);

  private final DriverTable<VolumeDriver> drivers;
  private final VolumeBook book;
  private final UnsettledBook unsettled;
  private final Catalogue catalogue;
  private final VolumeCreation creation;
  private final VolumeRemoval removal;
  private final VolumeAdoption adoption;
  private final VolumeEvents events;

  @Activate
  public EngineVolumes(
      @Reference Directories directories,
      @Reference Drivers drivers,
      @Reference EventBus events,
      @Reference VolumeUsers users)
      throws IOException {
    this(directories, drivers, events, users, BUSY_PATIENCE, LIST_PATIENCE);
  }

  EngineVolumes(
      Directories directories,
      Drivers drivers,
      EventBus bus,
      VolumeUsers users,
      Duration busyPatience,
      Duration listPatience)
      throws IOException {
    this.drivers = drivers.volumes();
    this.events = new VolumeEvents(bus);
    Path records = directories.dataRoot().resolve("volume-records");
    unsettled = new UnsettledBook(records.resolve("unsettled"));
    book = new VolumeBook(records, new DamageReport(bus));
    catalogue = new Catalogue(this.drivers, book, users, listPatience);
    Claims claims = new Claims(busyPatience);
    VolumeUse use = new VolumeUse(users);
    creation =
        new VolumeCreation(this.drivers, catalogue, book, unsettled, claims, use, this.events);
    removal = new VolumeRemoval(this.drivers, catalogue, book, claims, use, this.events);
    adoption = new VolumeAdoption(this.drivers, book, unsettled, claims, use, removal);
  }

  /** Keeps a volume from being removed until it is closed. */
  public interface Hold extends AutoCloseable {
    VolumeDetails volume();

    @Override
    void close();
  }

  @Deactivate
  void close() {
    catalogue.close();
  }

  /**
   * Makes or finds the volume and holds it, for a container that will name it. One that nobody
   * named goes, should the engine end before {@link #settled} is told.
   */
  public Hold hold(VolumeRequest request, ContainerId container) throws IOException {
    return creation.hold(request, container);
  }

  @Override
  public VolumeDetails create(VolumeRequest request) throws IOException {
    return creation.create(request);
  }

  @Override
  public List<VolumeDetails> list(Map<String, List<String>> filters) throws IOException {
    VolumeFilters.checkList(filters);
    return catalogue.all().stream().filter(volume -> VolumeFilters.match(volume, filters)).toList();
  }

  @Override
  public VolumeDetails inspect(String name) throws IOException {
    return catalogue.inspect(name);
  }

  @Override
  public void remove(String name, boolean force) throws IOException {
    removal.remove(name, force);
  }

  @Override
  public Pruned prune(Map<String, List<String>> filters) throws IOException {
    return removal.prune(filters);
  }

  @Override
  public Usage usage(String name) throws IOException {
    return catalogue.usage(name);
  }

  /** Those among these that nobody named will go with this container, whatever comes. */
  public void unsettle(List<String> names, ContainerId container) {
    for (String name : names) {
      Optional<VolumeRecord> volume = book.find(name).filter(VolumeRecord::anonymous);
      try {
        if (volume.isPresent()) {
          unsettled.note(new Unsettled(name, volume.get().driver(), container.hex()));
        }
      } catch (IOException e) {
        LOG.warn("should the engine end now, volume {} is left over", name, e);
      }
    }
  }

  /** The container of these is there, or gone: they need not be looked after by a next engine. */
  public void settled(List<String> names) {
    names.forEach(unsettled::settle);
  }

  /** Removes the anonymous ones among these unless somebody else uses them. */
  public void removeUnused(List<String> names) {
    removal.removeUnused(names);
  }

  /**
   * A driver has come, and all containers are known: what it made ready for those that do not run
   * is let go, and volumes that were in the making for none of them go.
   *
   * @param running ids of the containers that run, or are being started
   * @param unreadable containers that are there, and of which nobody knows what they have
   */
  public void adopt(String driver, Set<String> running, Set<String> unreadable) throws IOException {
    adoption.adopt(driver, running, unreadable);
  }

  /**
   * Makes the volume's files ready for a container that starts; told as an event.
   *
   * @param how the event's attributes, besides the container's id
   */
  public void mount(String name, String container, Map<String, String> how) throws IOException {
    VolumeRecord volume = catalogue.get(name);
    drivers.run(volume.driver(), driver -> driver.mount(name, container));
    Map<String, String> attributes = new HashMap<>(how);
    attributes.put("container", container);
    events.tell("mount", volume, attributes);
  }

  /** The container has ended. Does nothing where the volume is gone. */
  public void unmount(String name, String container) throws IOException {
    Optional<VolumeRecord> volume = catalogue.find(name);
    if (volume.isPresent()) {
      drivers.run(volume.get().driver(), driver -> driver.unmount(name, container));
      events.tell("unmount", volume.get(), Map.of("container", container));
    }
  }
}
