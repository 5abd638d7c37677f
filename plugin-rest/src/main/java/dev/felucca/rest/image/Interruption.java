package dev.felucca.rest.image;

import dev.felucca.rest.http.Exchange;

/**
 * Interrupts the thread it was made on when the client leaves, and never after the work is over.
 */
final class Interruption implements AutoCloseable {
  private final Thread worker = Thread.currentThread();
  private boolean over;

  Interruption(Exchange exchange) {
    exchange.whenGone(this::interrupt);
  }

  private synchronized void interrupt() {
    if (!over) {
      worker.interrupt();
    }
  }

  @Override
  public synchronized void close() {
    over = true;
  }
}
