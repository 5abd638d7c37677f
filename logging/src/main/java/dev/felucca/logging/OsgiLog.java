package dev.felucca.logging;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.LogService;
import org.osgi.service.log.Logger;
import org.slf4j.event.Level;

/** The OSGi log service onto the same loggers; nothing is kept for readers. */
final class OsgiLog implements LogService {
  private static final String NAMELESS = "osgi";

  private final Loggers all;

  OsgiLog(Loggers all) {
    this.all = all;
  }

  @Override
  public Logger getLogger(String name) {
    return new OsgiLogger(all.named(name));
  }

  @Override
  public Logger getLogger(Class<?> type) {
    return getLogger(type.getName());
  }

  @Override
  public <L extends Logger> L getLogger(String name, Class<L> kind) {
    if (kind == Logger.class) {
      return kind.cast(getLogger(name));
    }
    if (kind == FormatterLogger.class) {
      return kind.cast(new OsgiLogger.Printf(all.named(name)));
    }
    throw new IllegalArgumentException("a logger is a Logger or a FormatterLogger: " + kind);
  }

  @Override
  public <L extends Logger> L getLogger(Class<?> type, Class<L> kind) {
    return getLogger(type.getName(), kind);
  }

  @Override
  public <L extends Logger> L getLogger(Bundle bundle, String name, Class<L> kind) {
    return getLogger(name, kind);
  }

  @Override
  @Deprecated
  public void log(int level, String message) {
    log(null, level, message, null);
  }

  @Override
  @Deprecated
  public void log(int level, String message, @Nullable Throwable thrown) {
    log(null, level, message, thrown);
  }

  @Override
  @Deprecated
  public void log(@Nullable ServiceReference<?> service, int level, String message) {
    log(service, level, message, null);
  }

  @Override
  @Deprecated
  public void log(
      @Nullable ServiceReference<?> service,
      int level,
      String message,
      @Nullable Throwable thrown) {
    Bundle bundle = service == null ? null : service.getBundle();
    String name = bundle == null ? NAMELESS : bundle.getSymbolicName();
    Level known =
        switch (level) {
          case LOG_ERROR -> Level.ERROR;
          case LOG_WARNING -> Level.WARN;
          case LOG_INFO -> Level.INFO;
          default -> Level.DEBUG;
        };
    all.named(name).log(known, message, thrown);
  }
}
