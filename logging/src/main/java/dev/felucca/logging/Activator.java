package dev.felucca.logging;

import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.cm.ManagedService;
import org.osgi.service.log.LogService;
import org.osgi.service.log.LoggerFactory;

/**
 * Opens the log that the framework property {@code felucca.log} names and takes its levels from the
 * settings {@code dev.felucca.logging}. No component: it is there before there are components.
 */
public final class Activator implements BundleActivator {
  private static final String PID = "dev.felucca.logging";
  private static final long FULL = 10_000_000;

  @Override
  public void start(BundleContext context) {
    Path file = file(context);
    if (file != null) {
      Loggers.ALL.use(new LogFile(file, FULL));
    }
    context.registerService(
        new String[] {LogService.class.getName(), LoggerFactory.class.getName()},
        new OsgiLog(Loggers.ALL),
        null);
    Dictionary<String, Object> pid = new Hashtable<>();
    pid.put(Constants.SERVICE_PID, PID);
    context.registerService(ManagedService.class, new Settings(), pid);
  }

  /** {@code felucca.log=file}: in the data root; everything else is standard error. */
  private static @Nullable Path file(BundleContext context) {
    String dataRoot = context.getProperty("felucca.data-root");
    return "file".equals(context.getProperty("felucca.log")) && dataRoot != null
        ? Path.of(dataRoot, "log", "felucca.log")
        : null;
  }

  @Override
  public void stop(BundleContext context) {
    Loggers.ALL.use(Sink.STANDARD_ERROR).close();
  }

  /** Apart from the activator, which a framework without a configuration admin can start too. */
  private static final class Settings implements ManagedService {
    @Override
    public void updated(@Nullable Dictionary<String, ?> settings) {
      Loggers.ALL.use(Levels.with(settings));
    }
  }
}
