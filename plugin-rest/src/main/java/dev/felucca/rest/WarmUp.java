package dev.felucca.rest;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the server a few things that change nothing, so that the first client doesn't wait for a
 * third of a second while classes are loaded.
 */
final class WarmUp implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  /** The create is refused: it asks for nothing. */
  private static final String REQUESTS =
      """
      GET /v1.41/_ping HTTP/1.1\r
      Host: warm-up\r
      \r
      GET /containers/json?all=1 HTTP/1.1\r
      Host: warm-up\r
      \r
      GET /images/json HTTP/1.1\r
      Host: warm-up\r
      \r
      POST /containers/create HTTP/1.1\r
      Host: warm-up\r
      Content-Type: application/json\r
      Content-Length: 2\r
      Connection: close\r
      \r
      {}\
      """;

  private final Path socket;

  WarmUp(Path socket) {
    this.socket = socket;
  }

  @Override
  public void run() {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      channel.write(ByteBuffer.wrap(REQUESTS.getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answers = ByteBuffer.allocate(16 * 1024);
      while (channel.read(answers.clear()) >= 0) {
        // Only that they come matters.
      }
    } catch (IOException e) {
      LOG.debug("nothing was warmed up", e);
    }
  }
}
