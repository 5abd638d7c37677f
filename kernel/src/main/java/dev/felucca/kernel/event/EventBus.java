package dev.felucca.kernel.event;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells what happens. The last events are kept in memory for late listeners. */
public interface EventBus {
  /** Returns before listeners have heard of it. */
  void publish(Event event);

  /**
   * Delivers matching events in order, earlier ones since {@code since} first; a listener that
   * throws or falls far behind is dropped.
   *
   * @param since null begins now
   * @param until no event after it is delivered and {@code ended} runs when it is reached; null
   *     never ends
   * @param filters Docker's: each key with its accepted values ({@code type}, {@code event}, {@code
   *     container}, {@code image}, {@code label}…); INVALID for a key that doesn't exist
   */
  Subscription subscribe(
      @Nullable Instant since,
      @Nullable Instant until,
      Map<String, List<String>> filters,
      Consumer<Event> listener,
      Runnable ended);

  /** A listener's place; closing it repeats safely. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
