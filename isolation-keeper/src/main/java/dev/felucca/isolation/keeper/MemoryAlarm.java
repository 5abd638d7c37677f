package dev.felucca.isolation.keeper;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.linux.cgroup.Cgroup;
import dev.felucca.linux.cgroup.MemoryWatch;
import dev.felucca.linux.process.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells when the kernel kills members of a container for want of memory. */
final class MemoryAlarm implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryAlarm.class);

  private static final int LATER_MILLISECONDS = 500;

  private record Waiting(long seen, CompletableFuture<Long> answer) {}

  private final Keeper keeper;
  private final Cgroup cgroup;
  private final ContainerId id;

  // Guarded by this.
  private final List<Waiting> waiting = new ArrayList<>();
  private @Nullable MemoryWatch watch;
  private EventLoop.@Nullable Registration registration;
  private boolean closed;

  MemoryAlarm(Keeper keeper, Cgroup cgroup, ContainerId id) {
    this.keeper = keeper;
    this.cgroup = cgroup;
    this.id = id;
  }

  /** Starts to watch, in the background: nobody's start waits for it, and none is missed. */
  void begin() {
    submit(this::open);
  }

  private void submit(Runnable work) {
    try {
      keeper.workers().execute(work);
    } catch (RejectedExecutionException e) {
      LOG.debug("the memory of container {} is no longer watched", id, e);
    }
  }

  private void open() {
    try {
      MemoryWatch opened = cgroup.memoryWatch();
      synchronized (this) {
        if (closed) {
          opened.close();
          return;
        }
        watch = opened;
        registration =
            keeper.loop().register(opened.fd(), opened.events(), happened -> submit(this::look));
      }
      answer();
    } catch (IOException | RuntimeException e) {
      // It has ended and is being removed, or this kernel has no memory controller.
      LOG.debug("the memory of container {} is not watched", id, e);
    }
  }

  private void look() {
    try {
      synchronized (this) {
        if (watch == null || registration == null || closed) {
          return;
        }
        watch.acknowledge();
        registration.arm(watch.events());
      }
      answer();
      lookOnceMore();
    } catch (IOException | RuntimeException e) {
      LOG.debug("the memory of container {} is no longer watched", id, e);
    }
  }

  /**
   * Version 1 tells before it kills (mem_cgroup_oom in the kernel's mm/memcontrol.c), so that the
   * first look may be too early to see it counted.
   */
  private void lookOnceMore() {
    CompletableFuture.delayedExecutor(LATER_MILLISECONDS, TimeUnit.MILLISECONDS, this::submit)
        .execute(this::answer);
  }

  CompletableFuture<Long> moreThan(long seen) {
    Waiting one = new Waiting(seen, new CompletableFuture<>());
    synchronized (this) {
      if (closed) {
        one.answer.completeExceptionally(gone());
        return one.answer;
      }
      waiting.add(one);
    }
    submit(this::answer);
    return one.answer;
  }

  private void answer() {
    synchronized (this) {
      if (waiting.isEmpty()) {
        return;
      }
    }
    long kills;
    try {
      kills = cgroup.oomKills();
    } catch (IOException e) {
      LOG.debug("the memory of container {} cannot be looked at", id, e);
      return;
    }
    List<Waiting> due;
    synchronized (this) {
      due = waiting.stream().filter(one -> one.seen < kills).toList();
      waiting.removeAll(due);
    }
    due.forEach(one -> one.answer.complete(kills));
  }

  private EngineException gone() {
    return new EngineException(
        EngineException.Kind.UNAVAILABLE, "the memory of container " + id + " is not watched");
  }

  @Override
  public void close() {
    List<Waiting> left;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      left = List.copyOf(waiting);
      waiting.clear();
      if (registration != null) {
        registration.close();
      }
      if (watch != null) {
        watch.close();
      }
    }
    left.forEach(one -> one.answer.completeExceptionally(gone()));
  }
}
