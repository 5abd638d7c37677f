package dev.felucca.engine.work;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/** Runs tasks in order, one at a time, on a thread that is taken only while there are some. */
public final class SerialQueue implements Executor {
  private final Workers workers;
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private boolean running;

  SerialQueue(Workers workers) {
    this.workers = workers;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (tasks) {
      tasks.addLast(task);
      if (running) {
        return;
      }
      running = true;
    }
    boolean taken = false;
    try {
      workers.execute(this::empty);
      taken = true;
    } finally {
      if (!taken) {
        synchronized (tasks) {
          running = false; // no thread was to be had: the next task tries again
        }
      }
    }
  }

  private void empty() {
    while (true) {
      Runnable next;
      synchronized (tasks) {
        next = tasks.pollFirst();
        if (next == null) {
          running = false;
          return;
        }
      }
      Workers.guarded(next);
    }
  }
}
