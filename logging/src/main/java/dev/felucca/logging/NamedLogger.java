package dev.felucca.logging;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** One logger; writes a line for each message, and the stack of an exception below it. */
final class NamedLogger extends LegacyAbstractLogger {
  private static final long serialVersionUID = 1;

  private final transient Loggers all;
  private final String shortName;
  private volatile int lowest;

  NamedLogger(String name, Loggers all) {
    this.name = name;
    this.all = all;
    this.shortName = Line.shorten(name);
    measure();
  }

  /** Looks up the level again. */
  void measure() {
    lowest = all.levels().of(name).toInt();
  }

  @Override
  public boolean isTraceEnabled() {
    return writes(Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return writes(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return writes(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return writes(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return writes(Level.ERROR);
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      String message,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    log(
        level,
        arguments == null ? message : MessageFormatter.basicArrayFormat(message, arguments),
        thrown);
  }

  boolean writes(Level level) {
    return lowest <= level.toInt();
  }

  void log(Level level, @Nullable String message, @Nullable Throwable thrown) {
    if (writes(level)) {
      long now = System.currentTimeMillis();
      all.sink().write(Line.of(now, level.name(), shortName, message, thrown));
    }
  }
}
