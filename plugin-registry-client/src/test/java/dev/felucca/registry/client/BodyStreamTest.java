package dev.felucca.registry.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BodyStreamTest {
  private final AtomicLong asked = new AtomicLong();
  private final BodyStream body = new BodyStream(Duration.ofSeconds(30));

  @Test
  void asksForMoreOnlyWhenAllIsRead() throws IOException {
    body.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long n) {
            asked.addAndGet(n);
          }

          @Override
          public void cancel() {}
        });
    assertEquals(1, asked.get());
    body.onNext(List.of(ByteBuffer.wrap(new byte[] {1, 2}), ByteBuffer.wrap(new byte[] {3})));
    assertArrayEquals(new byte[] {1, 2}, body.readNBytes(2));
    assertEquals(3, body.read());
    assertEquals(1, asked.get());
    body.onComplete();
    assertEquals(-1, body.read());
    assertEquals(2, asked.get());
  }

  @Test
  void whatTricklesIsGivenUp() {
    BodyStream trickle = new BodyStream(Duration.ofMillis(200));
    // A byte whenever one is asked for, a little later: never silent, and never done.
    trickle.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long n) {
            CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS)
                .execute(() -> trickle.onNext(List.of(ByteBuffer.wrap(new byte[1]))));
          }

          @Override
          public void cancel() {}
        });
    SocketTimeoutException e =
        assertThrows(SocketTimeoutException.class, () -> trickle.readNBytes(3000));
    assertTrue(String.valueOf(e.getMessage()).startsWith("no more than "), e.getMessage());
  }
}
