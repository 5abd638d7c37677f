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
  private String told = "";

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

  /** A trouble that stays is told once, not with every look. */
  private void safely(Look look) {
    String trouble = "";
    try {
      look.run();
    } catch (IOException | RuntimeException e) {
      trouble = String.valueOf(e.getMessage());
      if (!trouble.equals(told)) {
        LOG.warn("networks could not be looked after: {}", trouble);
      }
    }
    told = trouble;
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
