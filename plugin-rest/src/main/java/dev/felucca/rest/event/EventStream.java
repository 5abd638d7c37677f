package dev.felucca.rest.event;

import dev.felucca.kernel.event.Event;
import dev.felucca.rest.http.Body;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's stream of events. What comes before the answer has begun waits: a refusal of the
 * subscription must still find the answer untouched.
 */
final class EventStream implements Consumer<Event> {
  private static final long MOST_QUEUED = 512 * 1024;
  private final EventLines lines;
  private final List<byte[]> early = new ArrayList<>();
  private boolean ended;
  private @Nullable Body body;

  EventStream(EventLines lines) {
    this.lines = lines;
  }

  @Override
  public synchronized void accept(Event event) {
    byte[] line = lines.of(event);
    Body open = body;
    if (open == null) {
      early.add(line);
      return;
    }
    if (open.queued() > MOST_QUEUED) {
      open.abort();
      throw new IllegalStateException("a client doesn't read its events");
    }
    open.send(line);
  }

  synchronized void open(Body opened) {
    body = opened;
    early.forEach(opened::send);
    early.clear();
    if (ended) {
      opened.end();
    }
  }

  synchronized void ended() {
    ended = true;
    if (body != null) {
      body.end();
    }
  }
}
