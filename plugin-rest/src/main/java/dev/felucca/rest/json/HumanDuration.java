package dev.felucca.rest.json;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A length of time as Docker's lists show it: {@code 3 seconds}, {@code About an hour}. */
public final class HumanDuration {
  private HumanDuration() {}

  public static String since(@Nullable Instant time, Instant now) {
    return of(time == null ? Duration.ZERO : Duration.between(time, now));
  }

  public static String of(Duration length) {
    long seconds = length.toSeconds();
    if (seconds < 1) {
      return "Less than a second";
    }
    if (seconds == 1) {
      return "1 second";
    }
    if (seconds < 60) {
      return seconds + " seconds";
    }
    long minutes = seconds / 60;
    if (minutes == 1) {
      return "About a minute";
    }
    if (minutes < 60) {
      return minutes + " minutes";
    }
    // Docker rounds hours to the nearest one.
    long hours = (seconds + 1800) / 3600;
    if (hours == 1) {
      return "About an hour";
    }
    if (hours < 48) {
      return hours + " hours";
    }
    if (hours < 24 * 7 * 2) {
      return hours / 24 + " days";
    }
    if (hours < 24 * 30 * 2) {
      return hours / 24 / 7 + " weeks";
    }
    if (hours < 24 * 365 * 2) {
      return hours / 24 / 30 + " months";
    }
    return seconds / 3600 / 24 / 365 + " years";
  }
}
