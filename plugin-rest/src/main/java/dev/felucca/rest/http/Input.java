package dev.felucca.rest.http;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes what a client sends on a raw stream, in order, on a thread that may block. */
public interface Input {
  /** Blocks while it can't take more. */
  void write(ByteBuffer bytes) throws IOException;

  /** The client has no more input. */
  void end() throws IOException;
}
