package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A person's terminal joined to a process: output to the console, keys to the process, until one of
 * them ends.
 */
final class Session implements AutoCloseable {
  /** Joins a listener to a process. */
  @FunctionalInterface
  interface Joiner {
    Attachment join(StreamListener listener) throws Exception;
  }

  /** Tells a process the terminal's size. */
  @FunctionalInterface
  interface Resizer {
    void resize(ConsoleSize size) throws Exception;
  }

  private final Attachment attachment;
  private final CompletableFuture<Boolean> ended;
  private final @Nullable RawTerminal terminal;
  private final @Nullable Thread keys;

  private Session(
      Attachment attachment,
      CompletableFuture<Boolean> ended,
      @Nullable RawTerminal terminal,
      @Nullable Thread keys) {
    this.attachment = attachment;
    this.ended = ended;
    this.terminal = terminal;
    this.keys = keys;
  }

  static Session open(Console console, boolean tty, boolean input, Joiner joiner) throws Exception {
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    Attachment attachment = joiner.join(new Printer(console, ended));
    RawTerminal terminal =
        tty && console.terminal() != null ? RawTerminal.enter(console.terminal()) : null;
    Thread keys = null;
    if (input) {
      keys = new Thread(() -> pump(console, terminal, attachment, ended), "shell-keys");
      keys.setDaemon(true);
      keys.start();
    }
    return new Session(attachment, ended, terminal, keys);
  }

  /** Sends the terminal's size now and whenever it changes. */
  void resizeWith(Resizer resizer) throws Exception {
    if (terminal != null) {
      terminal.onResize(
          size -> {
            try {
              resizer.resize(size);
            } catch (Exception e) {
              // The process may have ended between the change and now: its size no longer matters.
              if (!(e instanceof EngineException)) {
                ended.completeExceptionally(e);
              }
            }
          });
    }
  }

  /** False when the person detached, true when the process ended. */
  boolean awaitEnd() throws Exception {
    return ended.get();
  }

  @Override
  public void close() {
    if (keys != null) {
      keys.interrupt();
    }
    if (terminal != null) {
      terminal.close();
    }
    attachment.close();
  }

  private static void pump(
      Console console,
      @Nullable RawTerminal terminal,
      Attachment attachment,
      CompletableFuture<Boolean> ended) {
    DetachKeys detach = new DetachKeys();
    byte[] buffer = new byte[4096];
    try {
      while (!ended.isDone()) {
        int count =
            terminal == null ? console.in().read(buffer) : terminal.read(buffer, ended::isDone);
        if (count < 0) {
          attachment.closeInput();
          return;
        }
        byte[] keys =
            terminal == null ? java.util.Arrays.copyOf(buffer, count) : detach.pass(buffer, count);
        if (keys.length > 0) {
          attachment.write(ByteBuffer.wrap(keys));
        }
        if (detach.pressed()) {
          ended.complete(false);
          return;
        }
      }
    } catch (IOException | EngineException e) {
      // The process no longer reads: its end is reported by the output's.
      if (!(e instanceof EngineException)) {
        ended.completeExceptionally(e);
      }
    }
  }

  /** Prints what comes. */
  private record Printer(Console console, CompletableFuture<Boolean> end)
      implements StreamListener {
    @Override
    public CompletionStage<?> output(OutputStreamKind stream, ByteBuffer bytes) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      console.out().write(copy, 0, copy.length);
      console.out().flush();
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void ended() {
      end.complete(true);
    }
  }
}
