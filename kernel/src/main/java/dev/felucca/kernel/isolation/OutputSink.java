package dev.felucca.kernel.isolation;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/**
 * Takes a process's output. Calls for one process never overlap, and the next comes only after the
 * stage of the one before has completed: a sink that is slow slows its own container and no other.
 */
public interface OutputSink {
  /**
   * Takes the next bytes of a stream.
   *
   * @param position the absolute position of the first byte in its stream
   * @param bytes valid only until the stage completes
   * @return completes with the positions up to which the driver may forget output: what lies beyond
   *     is delivered again after a crash of the engine
   */
  CompletionStage<OutputPositions> accept(OutputStreamKind stream, long position, ByteBuffer bytes);

  /** All that was ever written has been accepted; no more calls follow. */
  void ended();
}
