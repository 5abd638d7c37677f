package dev.felucca.engine.volume;

import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Tells what happens to volumes, in Docker's words. */
final class VolumeEvents {
  private final EventBus events;

  VolumeEvents(EventBus events) {
    this.events = events;
  }

  /**
   * @param more attributes besides the driver
   */
  void tell(String action, VolumeRecord volume, Map<String, String> more) {
    Map<String, String> attributes = new HashMap<>(more);
    attributes.put("driver", volume.driver());
    events.publish(new Event("volume", action, volume.name(), attributes, Instant.now()));
  }

  void tellPruned(long bytes) {
    events.publish(
        new Event("volume", "prune", "", Map.of("reclaimed", Long.toString(bytes)), Instant.now()));
  }
}
