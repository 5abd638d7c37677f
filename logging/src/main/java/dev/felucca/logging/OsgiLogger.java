package dev.felucca.logging;

import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerConsumer;
import org.slf4j.event.Level;
import org.slf4j.helpers.FormattingTuple;
import org.slf4j.helpers.MessageFormatter;

/** A logger of the OSGi log service: messages with <code>{}</code> in them, as SLF4J's. */
class OsgiLogger implements Logger {
  private final NamedLogger to;

  OsgiLogger(NamedLogger to) {
    this.to = to;
  }

  /** One whose messages are format strings of {@link String#format}. */
  static final class Printf extends OsgiLogger implements FormatterLogger {
    Printf(NamedLogger to) {
      super(to);
    }

    @Override
    FormattingTuple formatted(String format, Object... arguments) {
      return new FormattingTuple(
          String.format(format, arguments),
          arguments,
          MessageFormatter.getThrowableCandidate(arguments));
    }
  }

  FormattingTuple formatted(String format, Object... arguments) {
    return MessageFormatter.arrayFormat(format, arguments);
  }

  private void log(Level level, String format, Object... arguments) {
    if (to.writes(level)) {
      FormattingTuple tuple = formatted(format, arguments);
      to.log(level, tuple.getMessage(), tuple.getThrowable());
    }
  }

  @Override
  public String getName() {
    return to.getName();
  }

  @Override
  public void trace(String message) {
    to.log(Level.TRACE, message, null);
  }

  @Override
  public void trace(String format, Object argument) {
    log(Level.TRACE, format, argument);
  }

  @Override
  public void trace(String format, Object first, Object second) {
    log(Level.TRACE, format, first, second);
  }

  @Override
  public void trace(String format, Object... arguments) {
    log(Level.TRACE, format, arguments);
  }

  @Override
  public <E extends Exception> void trace(LoggerConsumer<E> consumer) throws E {
    if (isTraceEnabled()) {
      consumer.accept(this);
    }
  }

  @Override
  public boolean isTraceEnabled() {
    return to.isTraceEnabled();
  }

  @Override
  public void debug(String message) {
    to.log(Level.DEBUG, message, null);
  }

  @Override
  public void debug(String format, Object argument) {
    log(Level.DEBUG, format, argument);
  }

  @Override
  public void debug(String format, Object first, Object second) {
    log(Level.DEBUG, format, first, second);
  }

  @Override
  public void debug(String format, Object... arguments) {
    log(Level.DEBUG, format, arguments);
  }

  @Override
  public <E extends Exception> void debug(LoggerConsumer<E> consumer) throws E {
    if (isDebugEnabled()) {
      consumer.accept(this);
    }
  }

  @Override
  public boolean isDebugEnabled() {
    return to.isDebugEnabled();
  }

  @Override
  public void info(String message) {
    to.log(Level.INFO, message, null);
  }

  @Override
  public void info(String format, Object argument) {
    log(Level.INFO, format, argument);
  }

  @Override
  public void info(String format, Object first, Object second) {
    log(Level.INFO, format, first, second);
  }

  @Override
  public void info(String format, Object... arguments) {
    log(Level.INFO, format, arguments);
  }

  @Override
  public <E extends Exception> void info(LoggerConsumer<E> consumer) throws E {
    if (isInfoEnabled()) {
      consumer.accept(this);
    }
  }

  @Override
  public boolean isInfoEnabled() {
    return to.isInfoEnabled();
  }

  @Override
  public void warn(String message) {
    to.log(Level.WARN, message, null);
  }

  @Override
  public void warn(String format, Object argument) {
    log(Level.WARN, format, argument);
  }

  @Override
  public void warn(String format, Object first, Object second) {
    log(Level.WARN, format, first, second);
  }

  @Override
  public void warn(String format, Object... arguments) {
    log(Level.WARN, format, arguments);
  }

  @Override
  public <E extends Exception> void warn(LoggerConsumer<E> consumer) throws E {
    if (isWarnEnabled()) {
      consumer.accept(this);
    }
  }

  @Override
  public boolean isWarnEnabled() {
    return to.isWarnEnabled();
  }

  @Override
  public void error(String message) {
    to.log(Level.ERROR, message, null);
  }

  @Override
  public void error(String format, Object argument) {
    log(Level.ERROR, format, argument);
  }

  @Override
  public void error(String format, Object first, Object second) {
    log(Level.ERROR, format, first, second);
  }

  @Override
  public void error(String format, Object... arguments) {
    log(Level.ERROR, format, arguments);
  }

  @Override
  public <E extends Exception> void error(LoggerConsumer<E> consumer) throws E {
    if (isErrorEnabled()) {
      consumer.accept(this);
    }
  }

  @Override
  public boolean isErrorEnabled() {
    return to.isErrorEnabled();
  }

  @Override
  public void audit(String message) {
    to.log(Level.INFO, message, null);
  }

  @Override
  public void audit(String format, Object argument) {
    log(Level.INFO, format, argument);
  }

  @Override
  public void audit(String format, Object first, Object second) {
    log(Level.INFO, format, first, second);
  }

  @Override
  public void audit(String format, Object... arguments) {
    log(Level.INFO, format, arguments);
  }
}
