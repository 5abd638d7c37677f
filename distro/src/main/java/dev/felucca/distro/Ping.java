package dev.felucca.distro;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Asks the API whether it answers, in as few classes as that takes: it is asked while the engine is
 * still starting.
 */
final class Ping {
  private static final byte[] QUESTION =
      "GET /_ping HTTP/1.1\r\nHost: felucca\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);
  private static final String YES = "HTTP/1.1 200";

  private Ping() {}

  static boolean answers(Path socket) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      channel.write(ByteBuffer.wrap(QUESTION));
      ByteBuffer reply = ByteBuffer.allocate(YES.length());
      while (reply.hasRemaining() && channel.read(reply) >= 0) {
        // the rest of the status line is still on its way
      }
      return new String(reply.array(), 0, reply.position(), StandardCharsets.US_ASCII).equals(YES);
    } catch (IOException notYet) {
      return false;
    }
  }

  /** {@code Ping SOCKET}: exit code 0 when it answers. */
  public static void main(String[] arguments) {
    System.exit(answers(Path.of(arguments[0])) ? 0 : 1);
  }
}
