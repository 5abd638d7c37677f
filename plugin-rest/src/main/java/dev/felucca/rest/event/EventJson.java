package dev.felucca.rest.event;

import dev.felucca.kernel.event.Event;
import dev.felucca.rest.json.JsonOut;

/** The API's {@code EventMessage}, one line each. */
final class EventJson {
  private EventJson() {}

  static byte[] of(Event event) {
    return JsonOut.line(out -> write(out, event));
  }

  private static void write(JsonOut out, Event event) {
    // The first three are from before 1.22, and clients still read them.
    boolean container = event.type().equals("container");
    if (container || event.type().equals("image")) {
      out.text("status", event.action()).text("id", event.actorId());
    }
    if (container) {
      out.textUnlessEmpty("from", event.attributes().get("image"));
    }
    out.text("Type", event.type())
        .text("Action", event.action())
        .object(
            "Actor",
            actor -> actor.text("ID", event.actorId()).map("Attributes", event.attributes()))
        .text("scope", "local")
        .number("time", event.time().getEpochSecond())
        .number(
            "timeNano", event.time().getEpochSecond() * 1_000_000_000L + event.time().getNano());
  }
}
