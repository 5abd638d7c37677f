package dev.felucca.net.bridge;

import dev.felucca.tck.network.TestNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** TCP connections between namespaces. */
final class Traffic {
  private static final int REACHED_MS = 5_000;
  private static final int DROPPED_MS = 300;

  private Traffic() {}

  /** Connects; says what the server saw as the client's address. */
  static String seenBy(TestNamespace server, TestNamespace client, String address)
      throws Exception {
    return seenBy(server, 7777, client, address, 7777);
  }

  static String seenBy(
      TestNamespace server, int listenPort, TestNamespace client, String address, int port)
      throws Exception {
    CountDownLatch listening = new CountDownLatch(1);
    FutureTask<Void> serving =
        server.start(
            () -> {
              try (ServerSocket socket = new ServerSocket(listenPort)) {
                socket.setSoTimeout(REACHED_MS);
                listening.countDown();
                try (Socket peer = socket.accept()) {
                  String seen = peer.getInetAddress().getHostAddress();
                  peer.getOutputStream().write(seen.getBytes(StandardCharsets.US_ASCII));
                }
                return null;
              }
            });
    if (!listening.await(REACHED_MS, TimeUnit.MILLISECONDS)) {
      serving.get();
    }
    try {
      return client.inside(
          () -> {
            try (Socket socket = connect(address, port, REACHED_MS)) {
              return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            }
          });
    } finally {
      serving.cancel(true);
    }
  }

  /** Whether a connection is at least answered, if only by a refusal of the port. */
  static boolean reaches(TestNamespace client, String address, boolean expected) throws Exception {
    return client.inside(
        () -> {
          try (Socket socket = connect(address, 9, expected ? REACHED_MS : DROPPED_MS)) {
            return true;
          } catch (java.net.ConnectException e) {
            return e.getMessage() != null && e.getMessage().contains("refused");
          } catch (IOException e) {
            return false;
          }
        });
  }

  private static Socket connect(String address, int port, int timeout) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setSoTimeout(REACHED_MS);
      socket.connect(new InetSocketAddress(InetAddress.getByName(address), port), timeout);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
