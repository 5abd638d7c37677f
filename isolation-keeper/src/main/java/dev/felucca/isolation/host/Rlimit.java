package dev.felucca.isolation.host;

import java.util.Locale;

/** A limit as prlimit(2) takes it. */
public record Rlimit(int resource, long soft, long hard) {
  /** As a runtime specification spells it: {@code RLIMIT_NOFILE}. */
  public String name() {
    return "RLIMIT_" + Rlimits.NAMES.get(resource).toUpperCase(Locale.ROOT);
  }
}
