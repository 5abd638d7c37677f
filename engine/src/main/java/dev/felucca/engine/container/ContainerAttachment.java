package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's place at a container; what it writes before the start waits for it. */
final class ContainerAttachment implements Attachment {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerAttachment.class);

  private final Core core;
  private final Container container;
  private final AutoCloseable place;
  private final boolean input;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Ends waiting for a start that will not come for this client. */
  private final CompletableFuture<Void> left = new CompletableFuture<>();

  ContainerAttachment(Core core, Container container, AutoCloseable place, boolean input) {
    this.core = core;
    this.container = container;
    this.place = place;
    this.input = input;
  }

  @Override
  public boolean tty() {
    return container.record().config().tty();
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    if (!input || !container.record().config().openStdin()) {
      throw new EngineException(
          CONFLICT, "container " + container.id.hex() + " has no standard input");
    }
    awaitStart();
    core.drivers
        .isolation()
        .run(
            container.record().drivers().isolation(),
            driver -> driver.writeInput(container.id, bytes));
  }

  private void awaitStart() throws IOException {
    try {
      CompletableFuture.anyOf(container.started(), left).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the container's start");
    } catch (ExecutionException e) {
      throw new EngineException(
          CONFLICT, "container " + container.id.hex() + " was removed before it was started", e);
    }
  }

  @Override
  public void closeInput() {
    // As Docker: other clients may still write, unless the container was made for one; a terminal
    // stays as it is, for the next client.
    if (input && !tty() && container.record().config().stdinOnce()) {
      container.started().thenRun(this::endInput);
    }
  }

  private void endInput() {
    if (container.run() == null) {
      return;
    }
    try {
      core.drivers
          .isolation()
          .run(container.record().drivers().isolation(), driver -> driver.closeInput(container.id));
    } catch (IOException | EngineException e) {
      LOG.debug("standard input of {} was not closed", container.name(), e);
    }
  }

  @Override
  public void detach() {
    core.publish(container, "detach");
    close();
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    left.completeExceptionally(new IllegalStateException("the client has gone"));
    try {
      place.close();
    } catch (Exception e) {
      LOG.warn("a client of {} could not leave", container.name(), e);
    }
    closeInput();
  }
}
