package dev.felucca.tck.fake;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What a test has in store for a fake's calls, by the calls' names. */
public final class Trouble {
  private final Map<String, Step> steps = new ConcurrentHashMap<>();
  private final List<String> calls = new CopyOnWriteArrayList<>();

  /** Happens in the place of a call's beginning. */
  @FunctionalInterface
  public interface Step {
    void run() throws IOException;
  }

  /** A call that does not return until it is let go. */
  public static final class Hang implements AutoCloseable {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);

    /** Waits until somebody is in the call; false when nobody came within ten seconds. */
    public boolean reached() throws InterruptedException {
      return reached.await(10, TimeUnit.SECONDS);
    }

    /** Hangs. */
    public void hold() throws IOException {
      reached.countDown();
      try {
        free.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("let go by an interrupt");
      }
    }

    /** Lets go of everybody, those still to come too. */
    @Override
    public void close() {
      free.countDown();
    }
  }

  /** From now on each {@code call} begins with {@code step}. */
  public void at(String call, Step step) {
    steps.put(call, step);
  }

  /** From now on each {@code call} hangs. */
  public Hang hang(String call) {
    Hang hang = new Hang();
    at(call, hang::hold);
    return hang;
  }

  /** From now on each {@code call} throws a fresh exception with these words. */
  public void fail(String call, String words) {
    at(
        call,
        () -> {
          throw new IOException(words);
        });
  }

  /** {@code call} works again. */
  public void end(String call) {
    steps.remove(call);
  }

  /** Every call so far, in the order of their beginnings. */
  public List<String> calls() {
    return List.copyOf(calls);
  }

  void enter(String call) throws IOException {
    calls.add(call);
    Step step = steps.get(call);
    if (step != null) {
      step.run();
    }
  }
}
