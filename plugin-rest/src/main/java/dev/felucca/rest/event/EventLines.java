package dev.felucca.rest.event;

import dev.felucca.kernel.event.Event;
import org.jspecify.annotations.Nullable;

/** Events as bytes; an event that goes to a thousand clients is written out once. */
final class EventLines {
  private volatile @Nullable Line last;

  byte[] of(Event event) {
    Line known = last;
    if (known == null || known.event != event) {
      known = new Line(event, EventJson.of(event));
      last = known;
    }
    return known.bytes;
  }

  private static final class Line {
    private final Event event;
    private final byte[] bytes;

    Line(Event event, byte[] bytes) {
      this.event = event;
      this.bytes = bytes;
    }
  }
}
