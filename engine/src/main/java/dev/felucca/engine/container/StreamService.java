package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import dev.felucca.engine.stream.OutputHub;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.ContainerStreams;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Joins clients to containers' streams, and reads logs. */
@Component
public final class StreamService implements ContainerStreams {
  private final Core core;

  @Activate
  public StreamService(@Reference Core core, @Reference Adoption adopted) {
    this.core = core;
  }

  @Override
  public Attachment attach(String ref, AttachRequest request, StreamListener listener)
      throws IOException {
    Container container = core.index.resolve(ref);
    if (container.status() == Status.PAUSED) {
      throw new EngineException(
          CONFLICT, "container " + ref + " is paused, unpause the container before attach");
    }
    if (container.status() == Status.REMOVING || container.status() == Status.DEAD) {
      throw new EngineException(CONFLICT, "container " + container.id.hex() + " is being removed");
    }
    boolean stay = request.stream();
    OutputHub hub = container.output;
    AutoCloseable place =
        request.logs()
            ? hub.joinAfterLog(
                listener,
                request.stdout(),
                request.stderr(),
                stay,
                (until, taker) -> replay(container, until, taker))
            : hub.join(listener, request.stdout(), request.stderr());
    core.publish(container, "attach");
    return new ContainerAttachment(core, container, place, request.stdin() && stay);
  }

  private void replay(Container container, Instant until, OutputHub.ReplayTaker taker)
      throws IOException, InterruptedException {
    LogQuery query = new LogQuery(true, true, -1, null, until, false);
    try (LogReader reader = open(container, query)) {
      for (LogEntry entry = reader.next(Duration.ZERO);
          entry != null;
          entry = reader.next(Duration.ZERO)) {
        if (!taker.take(entry.stream(), entry.line())) {
          return;
        }
      }
    }
  }

  @Override
  public LogReader logs(String ref, LogQuery query) throws IOException {
    return open(core.index.resolve(ref), query);
  }

  private LogReader open(Container container, LogQuery query) throws IOException {
    ContainerRecord record = container.record();
    return core.drivers
        .logs()
        .use(
            record.drivers().log(),
            log -> {
              if (!log.readable()) {
                throw new EngineException(
                    NOT_IMPLEMENTED, "configured logging driver does not support reading");
              }
              return log.reader(
                  core.store.directory(record.id()),
                  record.id().hex(),
                  record.hostConfig().logConfig().config(),
                  query);
            });
  }
}
