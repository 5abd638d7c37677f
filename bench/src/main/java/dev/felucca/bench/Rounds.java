package dev.felucca.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Lets the contenders take turns, a start or a batch of starts each, so that noise meets all. Their
 * order changes from round to round: what one leaves behind in the kernel (a lock in its slow
 * state, a namespace still being torn down) falls on each of the others.
 */
final class Rounds {
  private final List<Contender> contenders;
  private final Samples samples;
  private final Random order = new Random(1);

  Rounds(List<Contender> contenders, Samples samples) {
    this.contenders = new ArrayList<>(contenders);
    this.samples = samples;
  }

  /** Class loading, compilation, caches; not recorded. */
  void warm(int rounds) throws Exception {
    for (int round = 0; round < rounds; round++) {
      for (Contender each : shuffled()) {
        start(each, each.ready());
      }
    }
  }

  void oneAtATime(int rounds) throws Exception {
    for (int round = 0; round < rounds; round++) {
      for (Contender each : shuffled()) {
        samples.add(1, each.series(), start(each, each.ready()));
      }
    }
  }

  /** Each of {@code width} threads makes {@code starts} starts in a row in each round. */
  void atOnce(int width, int rounds, int starts) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(width);
    try {
      for (int round = 0; round < rounds; round++) {
        for (Contender each : shuffled()) {
          batch(threads, each, width, starts);
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private List<Contender> shuffled() {
    Collections.shuffle(contenders, order);
    return contenders;
  }

  private void batch(ExecutorService threads, Contender contender, int width, int starts)
      throws Exception {
    CyclicBarrier together = new CyclicBarrier(width);
    List<Future<long[]>> workers = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      workers.add(threads.submit(() -> row(contender, width, starts, together)));
    }
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    for (Future<long[]> worker : workers) {
      long[] span = worker.get();
      first = Math.min(first, span[0]);
      last = Math.max(last, span[1]);
    }
    samples.pace(contender.series().get(0), (last - first) / ((long) width * starts));
  }

  private long[] row(Contender contender, int width, int starts, CyclicBarrier together)
      throws Exception {
    List<Contender.Start> row = new ArrayList<>();
    try {
      for (int i = 0; i < starts; i++) {
        row.add(contender.ready());
      }
      together.await();
      long begin = System.nanoTime();
      for (Contender.Start start : row) {
        samples.add(width, contender.series(), start.run());
      }
      long end = System.nanoTime();
      together.await();
      return new long[] {begin, end};
    } finally {
      for (Contender.Start start : row) {
        start.clean();
      }
    }
  }

  private static long[] start(Contender contender, Contender.Start start) throws Exception {
    try {
      long[] nanos = start.run();
      if (nanos.length != contender.series().size()) {
        throw new IllegalStateException(contender.series() + " gave " + nanos.length + " numbers");
      }
      return nanos;
    } finally {
      start.clean();
    }
  }
}
