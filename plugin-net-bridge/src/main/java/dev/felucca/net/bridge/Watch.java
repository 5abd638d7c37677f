package dev.felucca.net.bridge;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every other second whether what the driver made is still there. A look is one question to
 * nftables while no table has changed, and one for each bridge.
 */
final class Watch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final int MILLIS = 2000;

  private final ScheduledExecutorService clock;

  /** What is looked after. */
  interface Look {
    void run() throws IOException;
  }

  Watch(Look look) {
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "felucca-bridge-watch");
              thread.setDaemon(true);
              return thread;
            });
    clock.scheduleWithFixedDelay(() -> safely(look), MILLIS, MILLIS, TimeUnit.MILLISECONDS);
  }

  private static void safely(Look look) {
    try {
      look.run();
    } catch (IOException | RuntimeException e) {
      LOG.warn("networks could not be looked after: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    try {
      clock.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
