package dev.felucca.engine.volume;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.volume.VolumeDriver;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a driver that has come agree with what the engine knows, after an end of the engine that
 * nobody prepared: volumes that were being made or removed go, and so do records without a volume.
 */
final class VolumeAdoption {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeAdoption.class);

  private final DriverTable<VolumeDriver> drivers;
  private final VolumeBook book;
  private final UnsettledBook unsettled;
  private final Claims claims;
  private final VolumeUse use;
  private final VolumeRemoval removal;

  VolumeAdoption(
      DriverTable<VolumeDriver> drivers,
      VolumeBook book,
      UnsettledBook unsettled,
      Claims claims,
      VolumeUse use,
      VolumeRemoval removal) {
    this.drivers = drivers;
    this.book = book;
    this.unsettled = unsettled;
    this.claims = claims;
    this.use = use;
    this.removal = removal;
  }

  /** See {@link EngineVolumes#adopt}. */
  void adopt(String driver, Set<String> running, Set<String> unreadable) throws IOException {
    drivers.run(driver, one -> one.adopt(running));
    settleLeft(driver, unreadable);
    if (unreadable.isEmpty()) {
      forgetLost(driver);
    }
  }

  /** Removes what an earlier engine was making, or removing, and no container has. */
  private void settleLeft(String driver, Set<String> unreadable) {
    for (Unsettled one : unsettled.takeLeft(driver)) {
      if (unreadable.contains(one.container())) {
        continue; // nobody knows what it has: a later start does
      }
      String name = one.volume();
      if (!use.isNamed(name)) {
        LOG.info("removing volume {}, that no container has yet or any more", name);
        if (book.find(name).isPresent()) {
          removal.removeUnused(List.of(name));
        } else {
          removeUnrecorded(name);
        }
      }
      unsettled.settle(name);
    }
  }

  private void removeUnrecorded(String name) {
    try {
      removal.removeUnrecorded(name);
    } catch (IOException | EngineException e) {
      LOG.warn("volume {} is left over", name, e);
    }
  }

  /**
   * Forgets records whose volumes the driver no longer has, as of a removal that the engine's end
   * cut short. What a container names stays: it is made again.
   */
  private void forgetLost(String driver) {
    for (VolumeRecord record : book.all()) {
      if (record.driver().equals(driver)) {
        try {
          forgetIfLost(record);
        } catch (IOException e) {
          LOG.warn("nobody knows whether volume {} is there: {}", record.name(), e.getMessage());
        }
      }
    }
  }

  private void forgetIfLost(VolumeRecord record) throws IOException {
    if (lost(record)) {
      try (Claims.Claim claim = claims.take(record.name(), "a look after it")) {
        if (lost(record)) {
          book.delete(record.name());
        }
      }
    }
  }

  private boolean lost(VolumeRecord record) throws IOException {
    return !use.isUsed(record.name())
        && drivers.use(record.driver(), one -> one.find(record.name())).isEmpty();
  }
}
