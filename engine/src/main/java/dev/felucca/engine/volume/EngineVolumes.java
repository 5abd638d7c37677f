package dev.felucca.engine.volume;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.state.Directories;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.storage.Usage;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeInfo;
import dev.felucca.kernel.volume.VolumeName;
import dev.felucca.kernel.volume.VolumeRequest;
import dev.felucca.kernel.volume.Volumes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which volumes there are and whether one may go. A volume is in use by the containers that
 * name it, and by those being created: {@link #hold}. A volume's name is claimed over its creation
 * and its removal: between the look at the users and the driver's removal nobody may become one.
 */
@Component(service = EngineVolumes.class)
public final class EngineVolumes implements Volumes {
  private static final Logger LOG = LoggerFactory.getLogger(EngineVolumes.class);
  private static final String DEFAULT_DRIVER = "local";
  private static final Duration BUSY_PATIENCE = Duration.ofSeconds(10);
  private static final Duration LIST_PATIENCE = Duration.ofSeconds(3);

  /** How Docker marks a volume that nobody named. */
  private static final String ANONYMOUS = "com.docker.volume.anonymous";

  private final Drivers drivers;
  private final EventBus events;
  private final VolumeUsers users;
  private final VolumeBook book;
  private final UnsettledBook unsettled;
  private final Claims claims;
  private final Listing listing;
  private final Map<String, Integer> holds = new ConcurrentHashMap<>();

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
      EventBus events,
      VolumeUsers users,
      Duration busyPatience,
      Duration listPatience)
      throws IOException {
    this.claims = new Claims(busyPatience);
    this.listing = new Listing(drivers.volumes(), listPatience);
    this.drivers = drivers;
    this.events = events;
    this.users = users;
    Path records = directories.dataRoot().resolve("volume-records");
    this.unsettled = new UnsettledBook(records.resolve("unsettled"));
    this.book =
        new VolumeBook(
            records,
            damaged ->
                events.publish(
                    new Event(
                        "daemon",
                        "state_damaged",
                        damaged.aside().toString(),
                        Map.of("name", String.valueOf(damaged.getMessage())),
                        Instant.now())));
  }

  /** Keeps a volume from being removed until it is closed. */
  public interface Hold extends AutoCloseable {
    VolumeDetails volume();

    @Override
    void close();
  }

  @Deactivate
  void close() {
    listing.close();
  }

  /**
   * Makes or finds the volume and holds it, for a container that will name it. One that nobody
   * named goes, should the engine end before {@link #settled} is told.
   */
  public Hold hold(VolumeRequest request, ContainerId container) throws IOException {
    String name = name(request);
    VolumeDetails volume;
    try (Claims.Claim claim = claims.take(name, "creation")) {
      if (request.name().isEmpty()) {
        String driver = request.driver().isEmpty() ? DEFAULT_DRIVER : request.driver();
        unsettled.note(new Unsettled(name, driver, container.hex()));
      }
      volume = make(name, request);
      holds.merge(name, 1, Integer::sum);
    }
    return new Hold() {
      private final AtomicBoolean closed = new AtomicBoolean();

      @Override
      public VolumeDetails volume() {
        return volume;
      }

      @Override
      public void close() {
        if (closed.compareAndSet(false, true)) {
          holds.computeIfPresent(name, (held, count) -> count == 1 ? null : count - 1);
        }
      }
    };
  }

  @Override
  public VolumeDetails create(VolumeRequest request) throws IOException {
    String name = name(request);
    try (Claims.Claim claim = claims.take(name, "creation")) {
      return make(name, request);
    }
  }

  private static String name(VolumeRequest request) {
    if (request.name().isEmpty()) {
      return ContainerId.randomHex();
    }
    VolumeName.check(request.name());
    return request.name();
  }

  /** With the name claimed. */
  private VolumeDetails make(String name, VolumeRequest request) throws IOException {
    Optional<VolumeRecord> known = record(name);
    if (known.isPresent()) {
      VolumeRecord there = known.get();
      if (!request.driver().isEmpty() && !request.driver().equals(there.driver())) {
        throw new EngineException(
            CONFLICT,
            "create "
                + name
                + ": driver '"
                + there.driver()
                + "' already has volume '"
                + name
                + "': volume name must be unique");
      }
      // A volume that was lost behind the engine's back is made again, as Docker does.
      VolumeInfo info =
          drivers.volumes().use(there.driver(), driver -> driver.create(name, there.options()));
      return details(there, info.path().toString());
    }
    String driverName = request.driver().isEmpty() ? DEFAULT_DRIVER : request.driver();
    if (!drivers.volumes().has(driverName)) {
      throw new EngineException(
          driverName.equals(DEFAULT_DRIVER) ? EngineException.Kind.UNAVAILABLE : NOT_FOUND,
          "create " + name + ": volume driver " + driverName + " is not available");
    }
    if (unsettled.has(name)) {
      return makeNew(name, driverName, request); // by who holds it, for longer
    }
    // Until it is in the book it is not there, and nobody would know its labels.
    unsettled.note(new Unsettled(name, driverName, ""));
    try {
      return makeNew(name, driverName, request);
    } finally {
      settled(List.of(name));
    }
  }

  private VolumeDetails makeNew(String name, String driverName, VolumeRequest request)
      throws IOException {
    boolean anonymous = request.name().isEmpty();
    VolumeInfo info =
        drivers.volumes().use(driverName, driver -> driver.create(name, request.options()));
    Map<String, String> labels = new TreeMap<>(request.labels());
    if (anonymous) {
      labels.put(ANONYMOUS, "");
    }
    VolumeRecord made =
        new VolumeRecord(name, driverName, info.created(), labels, request.options(), anonymous);
    try {
      book.write(made);
    } catch (IOException e) {
      try {
        drivers.volumes().run(driverName, driver -> driver.remove(name));
      } catch (IOException | RuntimeException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
    publish("create", made, Map.of());
    return details(made, info.path().toString());
  }

  /** What the book says, or the default driver of a volume that was moved here by hand. */
  private Optional<VolumeRecord> record(String name) throws IOException {
    Optional<VolumeRecord> known = book.find(name);
    if (known.isPresent() || !drivers.volumes().has(DEFAULT_DRIVER)) {
      return known;
    }
    return drivers
        .volumes()
        .use(DEFAULT_DRIVER, driver -> driver.find(name))
        .map(info -> strange(DEFAULT_DRIVER, info));
  }

  private static VolumeRecord strange(String driver, VolumeInfo info) {
    return new VolumeRecord(info.name(), driver, info.created(), Map.of(), info.options(), false);
  }

  private VolumeDetails details(VolumeRecord volume, String path) {
    return new VolumeDetails(
        volume.name(),
        volume.driver(),
        path,
        volume.created(),
        volume.labels(),
        volume.options(),
        volume.anonymous(),
        users.ofVolume(volume.name()));
  }

  @Override
  public List<VolumeDetails> list(Map<String, List<String>> filters) throws IOException {
    VolumeFilters.checkList(filters);
    return all().stream().filter(volume -> VolumeFilters.match(volume, filters)).toList();
  }

  /** Volumes of drivers that are not here are shown as far as the book knows them. */
  private List<VolumeDetails> all() throws IOException {
    Map<String, VolumeDetails> found = new TreeMap<>();
    Map<String, List<VolumeInfo>> answers = listing.all();
    answers.forEach(
        (driver, volumes) -> {
          for (VolumeInfo info : volumes) {
            VolumeRecord volume =
                book.find(info.name())
                    .filter(record -> record.driver().equals(driver))
                    .orElseGet(() -> strange(driver, info));
            found.put(info.name(), details(volume, info.path().toString()));
          }
        });
    for (VolumeRecord volume : book.all()) {
      if (!answers.containsKey(volume.driver())) {
        found.put(volume.name(), details(volume, ""));
      }
    }
    return List.copyOf(found.values());
  }

  @Override
  public VolumeDetails inspect(String name) throws IOException {
    VolumeRecord volume = record(name).orElseThrow(() -> notFound(name));
    if (!drivers.volumes().has(volume.driver())) {
      return details(volume, "");
    }
    return drivers
        .volumes()
        .use(volume.driver(), driver -> driver.find(name))
        .map(info -> details(volume, info.path().toString()))
        .orElseThrow(() -> notFound(name));
  }

  private static EngineException notFound(String name) {
    return new EngineException(NOT_FOUND, "get " + name + ": no such volume");
  }

  @Override
  public void remove(String name, boolean force) throws IOException {
    try (Claims.Claim claim = claims.take(name, "removal")) {
      removeClaimed(name, force);
    }
  }

  private void removeClaimed(String name, boolean force) throws IOException {
    Optional<VolumeRecord> known = record(name);
    if (known.isEmpty()) {
      if (force) {
        return;
      }
      throw notFound(name);
    }
    List<String> using = users.ofVolume(name);
    if (!using.isEmpty()) {
      throw new EngineException(
          CONFLICT, "remove " + name + ": volume is in use - [" + String.join(", ", using) + "]");
    }
    if (holds.containsKey(name)) {
      throw new EngineException(
          CONFLICT, "remove " + name + ": volume is in use - [a container that is being created]");
    }
    VolumeRecord volume = known.get();
    drivers
        .volumes()
        .run(
            volume.driver(),
            driver -> {
              if (driver.find(name).isPresent()) {
                driver.remove(name);
              }
            });
    book.delete(name);
    publish("destroy", volume, Map.of());
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
    for (String name : names) {
      try {
        unsettled.settle(name);
      } catch (IOException e) {
        LOG.warn("that volume {} stays could not be recorded", name, e);
      }
    }
  }

  /** Removes what an earlier engine was making, or removing, and no container has. */
  private void settleLeft(String driver, Set<String> unreadable) {
    for (Unsettled one : unsettled.takeLeft(driver)) {
      if (unreadable.contains(one.container())) {
        continue; // nobody knows what it has: a later start does
      }
      if (users.ofVolume(one.volume()).isEmpty()) {
        LOG.info("removing volume {}, that no container has yet or any more", one.volume());
        if (book.find(one.volume()).isPresent()) {
          removeUnused(List.of(one.volume()));
        } else {
          removeUnrecorded(one);
        }
      }
      settled(List.of(one.volume()));
    }
  }

  /** The crash came before its record was written. */
  private void removeUnrecorded(Unsettled one) {
    String name = one.volume();
    try (Claims.Claim claim = claims.take(name, "removal")) {
      if (book.find(name).isEmpty()) { // else somebody has made it anew
        removeClaimed(name, true);
      }
    } catch (IOException | EngineException e) {
      LOG.warn("volume {} is left over", name, e);
    }
  }

  /** Removes the anonymous ones among these unless somebody else uses them. */
  public void removeUnused(List<String> names) {
    for (String name : names) {
      try {
        Optional<VolumeRecord> volume = book.find(name);
        if (volume.isPresent() && volume.get().anonymous()) {
          remove(name, true);
        }
      } catch (EngineException e) {
        LOG.debug("volume {} stays: {}", name, e.getMessage());
      } catch (IOException e) {
        LOG.error("volume {} could not be removed with its container", name, e);
      }
    }
  }

  @Override
  public Pruned prune(Map<String, List<String>> filters) throws IOException {
    VolumeFilters.checkPrune(filters);
    boolean named = VolumeFilters.asksForAll(filters);
    List<String> removed = new ArrayList<>();
    long bytes = 0;
    for (VolumeDetails volume : all()) {
      if (!volume.users().isEmpty()
          || !(named || volume.anonymous())
          || !VolumeFilters.match(volume, filters)
          || !drivers.volumes().has(volume.driver())) {
        continue;
      }
      try {
        long size = usage(volume.name()).bytes();
        remove(volume.name(), false);
        removed.add(volume.name());
        bytes += size;
      } catch (EngineException e) {
        LOG.debug("volume {} stays: {}", volume.name(), e.getMessage()); // taken or gone meanwhile
      }
    }
    events.publish(
        new Event("volume", "prune", "", Map.of("reclaimed", Long.toString(bytes)), Instant.now()));
    return new Pruned(removed, bytes);
  }

  @Override
  public Usage usage(String name) throws IOException {
    VolumeRecord volume = record(name).orElseThrow(() -> notFound(name));
    return drivers.volumes().use(volume.driver(), driver -> driver.usage(name));
  }

  /**
   * A driver has come, and all containers are known: what it made ready for those that do not run
   * is let go, and volumes that were in the making for none of them go.
   *
   * @param unreadable containers that are there, and of which nobody knows what they have
   */
  public void adopt(String driver, Set<String> running, Set<String> unreadable) throws IOException {
    drivers.volumes().run(driver, one -> one.adopt(running));
    settleLeft(driver, unreadable);
    if (unreadable.isEmpty()) {
      forgetLost(driver);
    }
  }

  /**
   * Forgets records whose volumes the driver no longer has, as of a removal that the engine's end
   * cut short. What a container names stays: it is made again.
   */
  private void forgetLost(String driver) throws IOException {
    for (VolumeRecord record : book.all()) {
      if (record.driver().equals(driver) && lost(record)) {
        try (Claims.Claim claim = claims.take(record.name(), "a look after it")) {
          if (lost(record)) {
            book.delete(record.name());
          }
        }
      }
    }
  }

  private boolean lost(VolumeRecord record) throws IOException {
    String name = record.name();
    return users.ofVolume(name).isEmpty()
        && !holds.containsKey(name)
        && drivers.volumes().use(record.driver(), one -> one.find(name)).isEmpty();
  }

  /** Makes the volume's files ready for a container that starts; told as an event. */
  public void mount(String name, String container, Map<String, String> how) throws IOException {
    VolumeRecord volume = record(name).orElseThrow(() -> notFound(name));
    drivers.volumes().run(volume.driver(), driver -> driver.mount(name, container));
    Map<String, String> attributes = new HashMap<>(how);
    attributes.put("container", container);
    publish("mount", volume, attributes);
  }

  /** The container has ended. */
  public void unmount(String name, String container) throws IOException {
    Optional<VolumeRecord> volume = record(name);
    if (volume.isPresent()) {
      drivers.volumes().run(volume.get().driver(), driver -> driver.unmount(name, container));
      publish("unmount", volume.get(), Map.of("container", container));
    }
  }

  private void publish(String action, VolumeRecord volume, Map<String, String> more) {
    Map<String, String> attributes = new HashMap<>(more);
    attributes.put("driver", volume.driver());
    events.publish(new Event("volume", action, volume.name(), attributes, Instant.now()));
  }
}
