package dev.felucca.kernel.event;

import java.time.Instant;
import java.util.Map;

/**
 * Something that happened, in the words of Docker's events.
 *
 * @param type {@code container}, {@code image}, {@code network}, {@code volume}, {@code daemon}
 * @param action {@code create}, {@code start}, {@code die}, {@code exec_start: sh}…
 * @param actorId the id of what it happened to
 * @param attributes labels, name and what belongs to the action
 */
public record Event(
    String type, String action, String actorId, Map<String, String> attributes, Instant time) {
  public Event {
    attributes = Map.copyOf(attributes);
  }
}
