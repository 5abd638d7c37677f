package dev.felucca.bench;

import java.io.PrintStream;
import java.util.List;

/**
 * Writes what was measured, a line each: {@code WIDTH, a tab, SERIES, a tab, NANOSECONDS}. A width
 * of 0 and the series' name stand for the time from one start to the next with all threads at work.
 */
record Samples(PrintStream out) {
  synchronized void add(int width, List<String> series, long[] nanos) {
    for (int i = 0; i < nanos.length; i++) {
      out.printf("%d\t%s\t%d%n", width, series.get(i), nanos[i]);
    }
  }

  synchronized void pace(String series, long nanosPerStart) {
    out.printf("0\t%s\t%d%n", series, nanosPerStart);
  }
}
