package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.StreamListener;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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

  private static final int AT_ONCE = 1024;

  private final Console console;
  private final Attachment attachment;
  private final CompletableFuture<Boolean> ended;
  private final boolean input;
  private final @Nullable RawTerminal terminal;
  private final @Nullable Keys keys;
  private @Nullable Thread pump;

  private Session(
      Console console,
      Attachment attachment,
      CompletableFuture<Boolean> ended,
      boolean input,
      @Nullable RawTerminal terminal,
      @Nullable Keys keys) {
    this.console = console;
    this.attachment = attachment;
    this.ended = ended;
    this.input = input;
    this.terminal = terminal;
    this.keys = keys;
  }

  static Session open(Console console, boolean tty, boolean input, Joiner joiner) throws Exception {
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    Attachment attachment = joiner.join(new Printer(console, ended));
    Object there = console.terminal();
    RawTerminal raw = tty && there != null ? RawTerminal.enter(there) : null;
    Keys keys = there != null && (tty || !console.pipedIn()) ? Keys.of(there) : null;
    return new Session(console, attachment, ended, input, raw, keys);
  }

  /**
   * The process runs: it gets the terminal's size, now and whenever it changes, and the keys. Those
   * of before are its own, too; where it never runs they are the shell's.
   */
  void begin(Resizer resizer) throws Exception {
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
    if (input) {
      pump = new Thread(this::pump, "shell-keys");
      pump.setDaemon(true);
      pump.start();
    }
  }

  /** False when the person detached, true when the process ended. */
  boolean awaitEnd() throws Exception {
    return ended.get();
  }

  @Override
  public void close() {
    ended.complete(false); // where it was broken off
    if (pump != null) {
      pump.interrupt();
    }
    if (keys != null) {
      keys.settle();
    }
    if (terminal != null) {
      terminal.close();
    }
    attachment.close();
  }

  private void pump() {
    try {
      if (keys == null) {
        pass(console.in());
      } else {
        pass(keys);
      }
    } catch (IOException | EngineException e) {
      // The process no longer reads: its end is reported by the output's.
      if (!(e instanceof EngineException)) {
        ended.completeExceptionally(e);
      }
    }
  }

  private void pass(InputStream in) throws IOException {
    byte[] buffer = new byte[4096];
    while (!ended.isDone()) {
      int count = in.read(buffer);
      if (count < 0) {
        attachment.closeInput();
        return;
      }
      attachment.write(ByteBuffer.wrap(buffer, 0, count));
    }
  }

  private void pass(Keys typed) throws IOException {
    DetachKeys detach = new DetachKeys();
    while (!detach.pressed()) {
      StringBuilder process = new StringBuilder();
      do {
        int key = typed.next(ended::isDone);
        if (key == Keys.NONE) {
          return;
        }
        if (key == Keys.END) {
          attachment.closeInput();
          return;
        }
        if (terminal == null) {
          process.appendCodePoint(key);
        } else {
          detach.pass(key, process);
        }
      } while (!detach.pressed() && process.length() < AT_ONCE && typed.more());
      if (process.length() > 0) {
        attachment.write(StandardCharsets.UTF_8.encode(process.toString()));
      }
    }
    ended.complete(false);
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
