package dev.felucca.net.bridge;

import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Deletes interfaces without waiting for the kernel's last word: an interface is out of the
 * namespace within a millisecond or two, but the system call that deleted it returns 15 ms later,
 * when the last reader is known to be done with its memory. A container's end must not wait for
 * that.
 */
final class Deletions implements AutoCloseable {
  private static final int THREADS = 4;

  private final RouteSocket look;
  private final BlockingQueue<RouteSocket> sockets = new ArrayBlockingQueue<>(THREADS);
  private final ThreadPoolExecutor threads;

  private Deletions(RouteSocket look) {
    this.look = look;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "felucca-unlink");
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /** The sockets are made here, in the caller's network namespace; threads only use them. */
  static Deletions open(Syscalls linux, RouteSocket look) throws IOException {
    Deletions deletions = new Deletions(look);
    try {
      for (int i = 0; i < THREADS; i++) {
        deletions.sockets.add(RouteSocket.open(linux));
      }
      return deletions;
    } catch (IOException | RuntimeException e) {
      deletions.close();
      throw e;
    }
  }

  /** Returns when no interface of this name is left; there may have been none. */
  void delete(String name) throws IOException {
    if (look.link(name).isEmpty()) {
      return;
    }
    Future<?> deletion =
        threads.submit(
            () -> {
              RouteSocket socket = sockets.take();
              try {
                socket.deleteLink(name);
              } finally {
                sockets.add(socket);
              }
              return null;
            });
    do {
      if (isDone(deletion, name)) {
        return;
      }
    } while (look.link(name).isPresent());
  }

  private static boolean isDone(Future<?> deletion, String name) throws IOException {
    try {
      deletion.get(1, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IOException("delete interface " + name, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while deleting interface " + name, e);
    }
  }

  /** Lets what has been begun come to its end. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<RouteSocket> all = new ArrayList<>();
    sockets.drainTo(all);
    all.forEach(RouteSocket::close);
  }
}
