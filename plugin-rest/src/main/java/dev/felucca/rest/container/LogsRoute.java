package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerManager.WaitCondition;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Body;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.MediaTypes;
import dev.felucca.rest.http.Query;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.GoTime;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /containers/{id}/logs}. */
final class LogsRoute {
  private static final Logger LOG = LoggerFactory.getLogger(LogsRoute.class);
  private static final Duration PATIENCE = Duration.ofMillis(200);
  private final KernelServices services;

  LogsRoute(KernelServices services) {
    this.services = services;
  }

  void logs(Exchange exchange) throws IOException {
    Request request = exchange.request();
    LogQuery query = read(request.query());
    ContainerDetails container = services.queries().inspect(request.name("id"), false);
    boolean framed = !container.config().tty();
    LogFrame frame =
        new LogFrame(framed, request.query().flag("timestamps"), request.query().flag("details"));
    AtomicBoolean stopped = new AtomicBoolean(true);
    if (query.follow()) {
      stopped.set(false);
      services
          .containers()
          .await(container.id().hex(), WaitCondition.NOT_RUNNING)
          .whenComplete((result, failure) -> stopped.set(true));
    }
    LogReader reader = services.streams().logs(container.id().hex(), query);
    Body body = exchange.stream(MediaTypes.of(framed, request.version()));
    exchange.whenGone(() -> closeElsewhere(exchange, reader));
    try {
      exchange.threads().streams().execute(() -> copy(exchange, reader, frame, body, stopped));
    } catch (RejectedExecutionException e) {
      close(reader);
      throw new EngineException(UNAVAILABLE, "too many logs are being read", e);
    }
  }

  private static LogQuery read(Query query) {
    boolean stdout = query.flag("stdout");
    boolean stderr = query.flag("stderr");
    if (!stdout && !stderr) {
      throw new EngineException(INVALID, "Bad parameters: you must choose at least one stream");
    }
    return new LogQuery(
        stdout,
        stderr,
        tail(query.text("tail")),
        GoTime.parse("since", query.get("since")),
        GoTime.parse("until", query.get("until")),
        query.flag("follow"));
  }

  /** Docker takes whatever isn't a number as all. */
  private static int tail(String text) {
    try {
      return Math.max(-1, Integer.parseInt(text));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static void copy(
      Exchange exchange, LogReader reader, LogFrame frame, Body body, AtomicBoolean stopped) {
    try (reader) {
      boolean last = stopped.get();
      while (!exchange.gone()) {
        LogEntry entry = reader.next(frame.isEmpty() && !last ? PATIENCE : Duration.ZERO);
        if (entry != null) {
          frame.add(entry);
        }
        if (entry == null ? !frame.isEmpty() : frame.enough()) {
          body.sendSlowly(frame.take());
        } else if (entry == null) {
          if (last) {
            break;
          }
          // Asked before the next look: what was printed until then is still read.
          last = stopped.get();
        }
      }
      body.end();
    } catch (IOException | RuntimeException e) {
      if (exchange.gone()) {
        LOG.debug("a client left while reading logs", e);
      } else {
        exchange.fail(e);
      }
    }
  }

  /** Closing may wait for a read from a disk that is dead: an event loop must not. */
  private static void closeElsewhere(Exchange exchange, LogReader reader) {
    try {
      exchange.threads().streams().execute(() -> close(reader));
    } catch (RejectedExecutionException e) {
      LOG.debug("closed on the event loop, for no thread is left", e);
      close(reader);
    }
  }

  private static void close(LogReader reader) {
    try {
      reader.close();
    } catch (IOException e) {
      LOG.warn("closing a log", e);
    }
  }
}
