package dev.felucca.isolation.keeper;

import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.EventLoop;
import dev.felucca.linux.process.Launcher;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all containers of a driver share: one thread that waits, a few that work. */
public record Keeper(
    Syscalls linux, Path run, Launcher launcher, EventLoop loop, ExecutorService workers)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
  private static final int PATIENCE_SECONDS = 3;

  /**
   * Starts the thread.
   *
   * @param run the driver's own directory, which a reboot may forget
   */
  public static Keeper start(Syscalls linux, Path run) throws SyscallException {
    AtomicInteger serial = new AtomicInteger();
    int threads = Math.max(2, Math.min(8, Runtime.getRuntime().availableProcessors()));
    ThreadPoolExecutor workers =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              Thread thread = new Thread(work, "isolation-" + serial.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    workers.allowCoreThreadTimeOut(true);
    return new Keeper(
        linux, run, new Launcher(linux, run), new EventLoop(linux, "isolation-events"), workers);
  }

  /**
   * Waits a little for the work that is under way: a piece of output that is moved while the next
   * driver opens the same file would be overwritten there.
   */
  @Override
  public void close() {
    workers.shutdown();
    try {
      if (!workers.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("work for the containers in {} has not returned", run);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loop.close();
  }
}
