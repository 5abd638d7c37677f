package dev.felucca.kernel.container;

import dev.felucca.kernel.isolation.OutputStreamKind;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/**
 * Takes output for a client; calls never overlap, and the next waits for the stage of the one
 * before.
 */
public interface StreamListener {
  /**
   * Takes the next bytes.
   *
   * @param bytes valid until the stage completes; a stage that fails detaches the listener
   */
  CompletionStage<?> output(OutputStreamKind stream, ByteBuffer bytes);

  /**
   * The process has ended, all its output was delivered, and inspecting it answers its exit code:
   * clients ask for that as soon as the stream has ended.
   */
  void ended();
}
