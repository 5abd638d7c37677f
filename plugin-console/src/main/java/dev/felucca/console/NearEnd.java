package dev.felucca.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Asks the visitor's own process, which runs as the visitor and where the visitor's files and
 * programs are, what the engine may not look up by itself: registry credentials. It is in the
 * session's variable {@code .near} as a type of the JDK's, since commands are other bundles' and
 * share no classes with this one.
 */
final class NearEnd implements UnaryOperator<byte[]> {
  private static final int PATIENCE_SECONDS = 120;

  private final Frames frames;
  private final boolean reads;
  private final BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();

  /**
   * @param reads whether nobody else reads the frames that come meanwhile
   */
  NearEnd(Frames frames, boolean reads) {
    this.frames = frames;
    this.reads = reads;
  }

  /** An answer that came up among what was typed. */
  void answered(byte[] bytes) {
    answers.add(bytes);
  }

  @Override
  public synchronized byte[] apply(byte[] question) {
    try {
      answers.clear();
      frames.write(Frames.ASK, question, 0, question.length);
      byte @Nullable [] answer = reads ? read() : answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (answer == null) {
        throw new IOException("the shell's near end does not answer");
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted while asking the near end", e));
    }
  }

  private byte[] read() throws IOException {
    Frames.Frame frame = frames.read();
    if (frame.kind() != Frames.ANSWER) {
      throw new IOException("the shell's near end has left");
    }
    return frame.bytes();
  }
}
