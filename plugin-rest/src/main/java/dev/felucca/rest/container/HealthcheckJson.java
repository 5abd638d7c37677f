package dev.felucca.rest.container;

import dev.felucca.kernel.image.HealthcheckConfig;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import org.jspecify.annotations.Nullable;

/** The API's {@code HealthConfig}. */
public final class HealthcheckJson {
  private HealthcheckJson() {}

  static @Nullable HealthcheckConfig read(JsonIn config) {
    if (!config.has("Healthcheck")) {
      return null;
    }
    JsonIn in = config.object("Healthcheck");
    return new HealthcheckConfig(
        in.textsOrNull("Test"),
        in.numberOrNull("Interval"),
        in.numberOrNull("Timeout"),
        in.numberOrNull("StartPeriod"),
        in.numberOrNull("StartInterval"),
        in.intOrNull("Retries"));
  }

  /** Absent without one. */
  public static void write(JsonOut out, @Nullable HealthcheckConfig health) {
    if (health == null) {
      return;
    }
    out.object(
        "Healthcheck",
        fields -> {
          fields.textsUnlessEmpty("Test", health.test());
          number(fields, "Interval", health.interval());
          number(fields, "Timeout", health.timeout());
          number(fields, "StartPeriod", health.startPeriod());
          number(fields, "StartInterval", health.startInterval());
          number(fields, "Retries", health.retries());
        });
  }

  private static void number(JsonOut out, String name, @Nullable Number value) {
    if (value != null && value.longValue() != 0) {
      out.number(name, value.longValue());
    }
  }
}
