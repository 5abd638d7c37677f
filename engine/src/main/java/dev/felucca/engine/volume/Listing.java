package dev.felucca.engine.volume;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.engine.work.Workers;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.kernel.volume.VolumeInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks all drivers side by side which volumes they have, and does without the answer of one that
 * takes too long or has none: nobody's list waits for a driver that hangs.
 */
final class Listing implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Listing.class);

  private final DriverTable<VolumeDriver> drivers;
  private final Duration patience;
  private final Workers workers = new Workers();

  /** Were asked and have not answered yet, though their time is over. */
  private final Set<String> hanging = ConcurrentHashMap.newKeySet();

  Listing(DriverTable<VolumeDriver> drivers, Duration patience) {
    this.drivers = drivers;
    this.patience = patience;
  }

  /** By driver; those that gave no answer are missing. */
  Map<String, List<VolumeInfo>> all() throws IOException {
    Map<String, CompletableFuture<List<VolumeInfo>>> asked = new LinkedHashMap<>();
    for (String driver : drivers.names()) {
      if (!hanging.contains(driver)) {
        asked.put(driver, ask(driver));
      }
    }
    Map<String, List<VolumeInfo>> found = new LinkedHashMap<>();
    long end = System.nanoTime() + patience.toNanos();
    for (Map.Entry<String, CompletableFuture<List<VolumeInfo>>> each : asked.entrySet()) {
      try {
        long left = Math.max(0, end - System.nanoTime());
        found.put(each.getKey(), each.getValue().get(left, TimeUnit.NANOSECONDS));
      } catch (TimeoutException e) {
        LOG.warn("volume driver {} has not answered for {} s", each.getKey(), patience.toSeconds());
        hanging.add(each.getKey());
        each.getValue().whenComplete((list, failure) -> hanging.remove(each.getKey()));
      } catch (ExecutionException e) {
        skip(each.getKey(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while asking for volumes", e);
      }
    }
    return found;
  }

  private CompletableFuture<List<VolumeInfo>> ask(String driver) {
    CompletableFuture<List<VolumeInfo>> answer = new CompletableFuture<>();
    workers.execute(
        () -> {
          try {
            answer.complete(new ArrayList<>(drivers.use(driver, one -> one.list())));
          } catch (IOException | RuntimeException | LinkageError e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  private static void skip(String driver, ExecutionException failure) throws IOException {
    if (failure.getCause() instanceof EngineException refusal) {
      LOG.debug("volumes of {} are not listed: {}", driver, refusal.getMessage());
      return;
    }
    throw new IOException(
        "list volumes of driver " + driver + ": " + failure.getMessage(), failure);
  }

  @Override
  public void close() {
    workers.close();
  }
}
