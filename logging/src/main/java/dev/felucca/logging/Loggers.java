package dev.felucca.logging;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;

/** Every logger of the framework, and what they share: levels and a place to write to. */
final class Loggers implements ILoggerFactory {
  static final Loggers ALL = new Loggers();

  private final Map<String, NamedLogger> byName = new ConcurrentHashMap<>();
  private volatile Levels levels = Levels.DEFAULT;
  private volatile Sink sink = Sink.STANDARD_ERROR;

  @Override
  public Logger getLogger(String name) {
    return named(name);
  }

  NamedLogger named(String name) {
    NamedLogger known = byName.get(name);
    if (known != null) {
      return known;
    }
    NamedLogger made = new NamedLogger(name, this);
    NamedLogger first = byName.putIfAbsent(name, made);
    return first == null ? made : first;
  }

  Levels levels() {
    return levels;
  }

  Sink sink() {
    return sink;
  }

  /** From now on, for loggers that were handed out too. */
  void use(Levels others) {
    levels = others;
    for (NamedLogger each : byName.values()) {
      each.measure();
    }
  }

  /** From now on; what was used before is the caller's to close. */
  Sink use(Sink other) {
    Sink before = sink;
    sink = other;
    return before;
  }
}
