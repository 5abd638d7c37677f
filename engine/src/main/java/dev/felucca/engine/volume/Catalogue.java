package dev.felucca.engine.volume;

import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Usage;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.kernel.volume.VolumeInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What volumes there are: what drivers have, with what the book says of it. Changes neither. Has no
 * lock: an answer is of the moment, and who is to act on it claims the volume's name first.
 */
final class Catalogue implements AutoCloseable {
  private final DriverTable<VolumeDriver> drivers;
  private final VolumeBook book;
  private final VolumeUsers users;
  private final Listing listing;

  /**
   * @param patience how long a list waits for a driver's answer
   */
  Catalogue(
      DriverTable<VolumeDriver> drivers, VolumeBook book, VolumeUsers users, Duration patience) {
    this.drivers = drivers;
    this.book = book;
    this.users = users;
    this.listing = new Listing(drivers, patience);
  }

  /** What the book says, or the default driver of a volume that was moved here by hand. */
  Optional<VolumeRecord> find(String name) throws IOException {
    Optional<VolumeRecord> known = book.find(name);
    if (known.isPresent() || !drivers.has(EngineVolumes.DEFAULT_DRIVER)) {
      return known;
    }
    return drivers
        .use(EngineVolumes.DEFAULT_DRIVER, driver -> driver.find(name))
        .map(info -> strange(EngineVolumes.DEFAULT_DRIVER, info));
  }

  /** As {@link #find}; NOT_FOUND where there is none. */
  VolumeRecord get(String name) throws IOException {
    return find(name).orElseThrow(() -> notFound(name));
  }

  static EngineException notFound(String name) {
    return new EngineException(NOT_FOUND, "get " + name + ": no such volume");
  }

  private static VolumeRecord strange(String driver, VolumeInfo info) {
    return new VolumeRecord(info.name(), driver, info.created(), Map.of(), info.options(), false);
  }

  /** Volumes of drivers that are not here are shown as far as the book knows them. */
  List<VolumeDetails> all() throws IOException {
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

  VolumeDetails inspect(String name) throws IOException {
    VolumeRecord volume = get(name);
    if (!drivers.has(volume.driver())) {
      return details(volume, "");
    }
    return drivers
        .use(volume.driver(), driver -> driver.find(name))
        .map(info -> details(volume, info.path().toString()))
        .orElseThrow(() -> notFound(name));
  }

  Usage usage(String name) throws IOException {
    return drivers.use(get(name).driver(), driver -> driver.usage(name));
  }

  /**
   * @param path of its files; empty while its driver is not here
   */
  VolumeDetails details(VolumeRecord volume, String path) {
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
  public void close() {
    listing.close();
  }
}
