package dev.felucca.rest.image;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.rest.http.Body;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Refusal;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pull's progress on its way to a client. The answer begins with the first step, so that a
 * refusal before it has a status of its own. A bar is sent ten times a second at most, and not at
 * all to a client that doesn't read; other lines always are.
 */
final class PullStream implements ProgressListener {
  private static final long BAR_NANOS = 100_000_000;
  private static final long MOST_QUEUED = 256 * 1024;
  private final Exchange exchange;
  private final Map<String, Shown> shown = new HashMap<>();
  private @Nullable Body body;

  PullStream(Exchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public synchronized void progress(Progress step) {
    Body open = body;
    if (open == null) {
      open = exchange.stream("application/json");
      body = open;
    }
    if (!isDue(step, open)) {
      return;
    }
    open.send(ProgressJson.of(step));
  }

  private boolean isDue(Progress step, Body open) {
    String id = step.id();
    if (id == null) {
      return true;
    }
    long now = System.nanoTime();
    Shown before = shown.get(id);
    boolean bar =
        step.total() != 0
            && step.current() != step.total()
            && before != null
            && before.status.equals(step.status());
    if (bar && before != null && (now - before.nanos < BAR_NANOS || open.queued() > MOST_QUEUED)) {
      return false;
    }
    shown.put(id, new Shown(step.status(), now));
    return true;
  }

  /** Sends a line that is no progress. */
  synchronized void line(byte[] json) {
    begun().send(json);
  }

  private Body begun() {
    Body open = body;
    if (open == null) {
      open = exchange.stream("application/json");
      body = open;
    }
    return open;
  }

  synchronized void succeeded() {
    if (body == null) {
      body = exchange.stream("application/json");
    }
    body.end();
  }

  /**
   * As the last line of a stream that has begun, or begins now: clients of load look nowhere else.
   */
  synchronized void failedInStream(Throwable failure) {
    begun();
    failed(failure);
  }

  /** As a status while nothing was sent, else as the last line of the stream. */
  synchronized void failed(Throwable failure) {
    if (body == null) {
      // A registry's 401 is not ours: the CLI would ask its user for a password, even in a script.
      boolean registrys =
          failure instanceof EngineException refusal
              && refusal.kind() == EngineException.Kind.UNAUTHORIZED;
      exchange.fail(
          registrys
              ? new EngineException(
                  EngineException.Kind.INTERNAL, String.valueOf(failure.getMessage()), failure)
              : failure);
      return;
    }
    Refusal refusal = Refusal.of(failure);
    body.send(ProgressJson.failure(refusal.status(), refusal.message()));
    body.end();
  }

  private record Shown(String status, long nanos) {}
}
