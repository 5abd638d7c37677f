package dev.felucca.tck.transport;

import com.sun.net.httpserver.HttpExchange;
import dev.felucca.tck.transport.FakeRegistry.Fault;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** Ways in which networks and registries go wrong. */
public final class Faults {
  private Faults() {}

  /** The connection ends after {@code bytes} more bytes, the first {@code times} times. */
  public static Fault breaksOff(int bytes, int times) {
    AtomicInteger left = new AtomicInteger(times);
    return (exchange, blob, registry) -> {
      int from = FakeRegistry.from(exchange);
      if (left.getAndDecrement() <= 0 || from + bytes >= blob.length) {
        return false;
      }
      begin(exchange, blob, from);
      exchange.getResponseBody().write(blob, from, bytes);
      exchange.getResponseBody().flush();
      return true; // closing an exchange whose body is short closes the connection
    };
  }

  /** One byte is another. */
  public static Fault flips(int at) {
    return (exchange, blob, registry) -> {
      byte[] wrong = blob.clone();
      wrong[at] ^= 0x10;
      FakeRegistry.send(exchange, 200, wrong);
      return true;
    };
  }

  /** The body, its declared length included, is {@code length} bytes long. */
  public static Fault hasLength(int length) {
    return (exchange, blob, registry) -> {
      FakeRegistry.send(exchange, 200, Arrays.copyOf(blob, length));
      return true;
    };
  }

  /** After {@code bytes} bytes nothing comes any more, and the connection stays. */
  public static Fault falls(int bytes) {
    return (exchange, blob, registry) -> {
      int from = FakeRegistry.from(exchange);
      begin(exchange, blob, from);
      exchange.getResponseBody().write(blob, from, Math.min(bytes, blob.length - from - 1));
      exchange.getResponseBody().flush();
      registry.hang();
      return true;
    };
  }

  /** The blob is somewhere else. */
  public static Fault redirects(String to) {
    return (exchange, blob, registry) -> {
      exchange.getResponseHeaders().set("Location", to);
      exchange.sendResponseHeaders(307, -1);
      return true;
    };
  }

  /** The body comes only when {@code go} returns. */
  public static Fault waits(Runnable go) {
    return (exchange, blob, registry) -> {
      go.run();
      return false;
    };
  }

  private static void begin(HttpExchange exchange, byte[] blob, int from) throws IOException {
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (blob.length - 1) + "/" + blob.length);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, blob.length - from);
  }
}
