package dev.felucca.rest.stream;

import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Input;
import dev.felucca.rest.http.RawStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins a process's streams with a client's connection. The connection is taken over when the first
 * output comes or when attaching is done, whichever is first: a refusal before is still an HTTP
 * answer, and an engine that replays a log while it attaches need not wait.
 */
public final class ProcessStream implements StreamListener {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessStream.class);
  private final Supplier<RawStream> takeOver;
  private final Executor work;
  private final DetachKeys detachKeys;
  private final boolean tty;
  private final boolean stdout;
  private final boolean stderr;
  private @Nullable RawStream raw;

  /**
   * INVALID for detach keys that can't be.
   *
   * @param takeOver takes the exchange over
   * @param tty keys can detach
   * @param stdout false drops it
   * @param stderr false drops it
   */
  public ProcessStream(
      Exchange exchange,
      Supplier<RawStream> takeOver,
      @Nullable String detachKeys,
      boolean tty,
      boolean stdout,
      boolean stderr) {
    this.takeOver = takeOver;
    this.work = exchange.threads().work();
    this.tty = tty;
    this.stdout = stdout;
    this.stderr = stderr;
    this.detachKeys = DetachKeys.parse(detachKeys);
  }

  @Override
  public CompletionStage<?> output(OutputStreamKind stream, ByteBuffer bytes) {
    boolean wanted = stream == OutputStreamKind.STDOUT ? stdout : stderr;
    return wanted ? raw().output(stream, bytes) : CompletableFuture.completedFuture(null);
  }

  @Override
  public void ended() {
    raw().close();
  }

  private synchronized RawStream raw() {
    RawStream taken = raw;
    if (taken == null) {
      taken = takeOver.get();
      raw = taken;
    }
    return taken;
  }

  /** Attaching is done. */
  public void open(Attachment attachment, boolean stdin) {
    RawStream taken = raw();
    taken.whenClosed(() -> release(attachment));
    taken.inputTo(stdin ? input(taken, attachment) : nowhere());
  }

  /** Takes the connection over only to say, in the stream, what went wrong: as Docker does. */
  public void openWithError(String words) {
    RawStream taken = raw();
    taken.inputTo(nowhere());
    taken
        .output(
            OutputStreamKind.STDOUT,
            ByteBuffer.wrap((words + "\r\n").getBytes(StandardCharsets.UTF_8)))
        .whenComplete((done, failed) -> taken.close());
  }

  private void release(Attachment attachment) {
    try {
      work.execute(attachment::close);
    } catch (RejectedExecutionException e) {
      LOG.debug("closed on the event loop, for no thread is left", e);
      attachment.close();
    }
  }

  private Input input(RawStream taken, Attachment attachment) {
    return new Input() {
      @Override
      public void write(ByteBuffer bytes) throws IOException {
        if (!tty) {
          attachment.write(bytes);
          return;
        }
        ByteArrayOutputStream passed = new ByteArrayOutputStream(bytes.remaining());
        boolean detached = detachKeys.filter(bytes, passed);
        if (passed.size() > 0) {
          attachment.write(ByteBuffer.wrap(passed.toByteArray()));
        }
        if (detached) {
          attachment.detach();
          taken.close();
        }
      }

      @Override
      public void end() throws IOException {
        if (tty) {
          // A terminal has no end of input to pass on: a client without more input has detached.
          taken.close();
        } else {
          attachment.closeInput();
        }
      }
    };
  }

  private static Input nowhere() {
    return new Input() {
      @Override
      public void write(ByteBuffer bytes) {
        bytes.position(bytes.limit());
      }

      @Override
      public void end() {}
    };
  }
}
