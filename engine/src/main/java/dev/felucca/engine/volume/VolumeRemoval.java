package dev.felucca.engine.volume;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.kernel.volume.Volumes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes volumes that nobody uses. The name is claimed from the look at the users to the end of
 * the driver's removal; the book forgets it last.
 */
final class VolumeRemoval {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeRemoval.class);

  private final DriverTable<VolumeDriver> drivers;
  private final Catalogue catalogue;
  private final VolumeBook book;
  private final Claims claims;
  private final VolumeUse use;
  private final VolumeEvents events;

  VolumeRemoval(
      DriverTable<VolumeDriver> drivers,
      Catalogue catalogue,
      VolumeBook book,
      Claims claims,
      VolumeUse use,
      VolumeEvents events) {
    this.drivers = drivers;
    this.catalogue = catalogue;
    this.book = book;
    this.claims = claims;
    this.use = use;
    this.events = events;
  }

  void remove(String name, boolean force) throws IOException {
    try (Claims.Claim claim = claims.take(name, "removal")) {
      removeClaimed(name, force);
    }
  }

  private void removeClaimed(String name, boolean force) throws IOException {
    Optional<VolumeRecord> known = catalogue.find(name);
    if (known.isEmpty()) {
      if (force) {
        return;
      }
      throw Catalogue.notFound(name);
    }
    use.requireUnused(name);
    VolumeRecord volume = known.get();
    drivers.run(
        volume.driver(),
        driver -> {
          if (driver.find(name).isPresent()) {
            driver.remove(name);
          }
        });
    book.delete(name);
    events.tell("destroy", volume, Map.of());
  }

  /** What a crash left before its record was written; nothing happens to one that has a record. */
  void removeUnrecorded(String name) throws IOException {
    try (Claims.Claim claim = claims.take(name, "removal")) {
      if (book.find(name).isEmpty()) { // else somebody has made it anew
        removeClaimed(name, true);
      }
    }
  }

  /** Removes the anonymous ones among these unless somebody else uses them; never throws. */
  void removeUnused(List<String> names) {
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

  Volumes.Pruned prune(Map<String, List<String>> filters) throws IOException {
    VolumeFilters.checkPrune(filters);
    boolean named = VolumeFilters.asksForAll(filters);
    List<String> removed = new ArrayList<>();
    long bytes = 0;
    for (VolumeDetails volume : catalogue.all()) {
      if (!volume.users().isEmpty()
          || !(named || volume.anonymous())
          || !VolumeFilters.match(volume, filters)
          || !drivers.has(volume.driver())) {
        continue;
      }
      try {
        long size = catalogue.usage(volume.name()).bytes();
        remove(volume.name(), false);
        removed.add(volume.name());
        bytes += size;
      } catch (EngineException e) {
        LOG.debug("volume {} stays: {}", volume.name(), e.getMessage()); // taken or gone meanwhile
      }
    }
    events.tellPruned(bytes);
    return new Volumes.Pruned(removed, bytes);
  }
}
