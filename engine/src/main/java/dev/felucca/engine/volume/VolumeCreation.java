package dev.felucca.engine.volume;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.kernel.volume.VolumeInfo;
import dev.felucca.kernel.volume.VolumeName;
import dev.felucca.kernel.volume.VolumeRequest;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Makes volumes. A new one is noted as unsettled before its driver is asked for it, and the note
 * goes when the book has it: what a crash leaves between the two is known, and goes. All of it with
 * the volume's name claimed.
 */
final class VolumeCreation {
  private static final String DEFAULT_DRIVER = EngineVolumes.DEFAULT_DRIVER;

  /** How Docker marks a volume that nobody named. */
  private static final String ANONYMOUS = "com.docker.volume.anonymous";

  private final DriverTable<VolumeDriver> drivers;
  private final Catalogue catalogue;
  private final VolumeBook book;
  private final UnsettledBook unsettled;
  private final Claims claims;
  private final VolumeUse use;
  private final VolumeEvents events;

  VolumeCreation(
      DriverTable<VolumeDriver> drivers,
      Catalogue catalogue,
      VolumeBook book,
      UnsettledBook unsettled,
      Claims claims,
      VolumeUse use,
      VolumeEvents events) {
    this.drivers = drivers;
    this.catalogue = catalogue;
    this.book = book;
    this.unsettled = unsettled;
    this.claims = claims;
    this.use = use;
    this.events = events;
  }

  VolumeDetails create(VolumeRequest request) throws IOException {
    String name = name(request);
    try (Claims.Claim claim = claims.take(name, "creation")) {
      return make(name, request);
    }
  }

  /** See {@link EngineVolumes#hold}. */
  EngineVolumes.Hold hold(VolumeRequest request, ContainerId container) throws IOException {
    String name = name(request);
    try (Claims.Claim claim = claims.take(name, "creation")) {
      VolumeDetails volume =
          request.name().isEmpty() ? makeFor(container, name, request) : make(name, request);
      return new Held(volume, use.hold(name));
    }
  }

  private record Held(VolumeDetails volume, Runnable release) implements EngineVolumes.Hold {
    @Override
    public void close() {
      release.run();
    }
  }

  private static String name(VolumeRequest request) {
    if (request.name().isEmpty()) {
      return ContainerId.randomHex();
    }
    VolumeName.check(request.name());
    return request.name();
  }

  /** Its note outlasts its making: until the container is settled. */
  private VolumeDetails makeFor(ContainerId container, String name, VolumeRequest request)
      throws IOException {
    unsettled.note(new Unsettled(name, driver(request), container.hex()));
    try {
      return make(name, request);
    } catch (IOException | RuntimeException e) {
      unsettled.settle(name);
      throw e;
    }
  }

  private static String driver(VolumeRequest request) {
    return request.driver().isEmpty() ? DEFAULT_DRIVER : request.driver();
  }

  private VolumeDetails make(String name, VolumeRequest request) throws IOException {
    Optional<VolumeRecord> known = catalogue.find(name);
    if (known.isPresent()) {
      return again(known.get(), request);
    }
    String driver = driver(request);
    if (!drivers.has(driver)) {
      if (driver.equals(DEFAULT_DRIVER)) {
        throw new EngineException(
            UNAVAILABLE, "create " + name + ": volume driver " + driver + " is not available");
      }
      throw new EngineException(
          NOT_FOUND,
          "create %s: error looking up volume plugin %s: plugin \"%s\" not found"
              .formatted(name, driver, driver));
    }
    if (unsettled.has(name)) {
      return makeNew(name, driver, request); // by who holds it, for longer
    }
    // Until it is in the book it is not there, and nobody would know its labels.
    unsettled.note(new Unsettled(name, driver, ""));
    try {
      return makeNew(name, driver, request);
    } finally {
      unsettled.settle(name);
    }
  }

  /** One that was lost behind the engine's back is made again, as Docker does. */
  private VolumeDetails again(VolumeRecord there, VolumeRequest request) throws IOException {
    String name = there.name();
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
    VolumeInfo info = drivers.use(there.driver(), driver -> driver.create(name, there.options()));
    return catalogue.details(there, info.path().toString());
  }

  private VolumeDetails makeNew(String name, String driverName, VolumeRequest request)
      throws IOException {
    boolean anonymous = request.name().isEmpty();
    VolumeInfo info = drivers.use(driverName, driver -> driver.create(name, request.options()));
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
        drivers.run(driverName, driver -> driver.remove(name));
      } catch (IOException | RuntimeException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
    events.tell("create", made, Map.of());
    return catalogue.details(made, info.path().toString());
  }
}
