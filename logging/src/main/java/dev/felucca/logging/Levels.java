package dev.felucca.logging;

import java.util.Dictionary;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** From which level on a logger writes: that of the longest dotted beginning of its name. */
final class Levels {
  private static final String ROOT = "root";

  /** The logger of the OSGi log service whom nobody named: SCR tells it what it does. */
  private static final String NAMELESS = "ROOT";

  static final Levels DEFAULT =
      new Levels(
          Map.of(
              ROOT,
              Level.INFO,
              NAMELESS,
              Level.WARN,
              "org.apache.felix",
              Level.WARN,
              "io.netty",
              Level.WARN));

  private final Map<String, Level> byPrefix;

  private Levels(Map<String, Level> byPrefix) {
    this.byPrefix = byPrefix;
  }

  /**
   * These, with settings on top: a logger's name, or {@code root}, and a level; others are no
   * settings.
   */
  static Levels with(@Nullable Dictionary<String, ?> settings) {
    if (settings == null) {
      return DEFAULT;
    }
    Map<String, Level> all = new HashMap<>(DEFAULT.byPrefix);
    for (Enumeration<String> keys = settings.keys(); keys.hasMoreElements(); ) {
      String key = keys.nextElement();
      Level level = level(String.valueOf(settings.get(key)));
      if (level != null) {
        all.put(key, level);
      }
    }
    return new Levels(all);
  }

  private static @Nullable Level level(String word) {
    for (Level level : Level.values()) {
      if (level.name().equals(word.strip().toUpperCase(Locale.ROOT))) {
        return level;
      }
    }
    return null;
  }

  Level of(String logger) {
    for (String name = logger; ; name = name.substring(0, name.lastIndexOf('.'))) {
      Level level = byPrefix.get(name);
      if (level != null) {
        return level;
      }
      if (name.lastIndexOf('.') < 0) {
        return byPrefix.getOrDefault(ROOT, Level.INFO);
      }
    }
  }
}
