package dev.felucca.tck.network;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A name server that knows a few names, below example.org; by TCP the answer is another. */
final class FakeUpstream implements AutoCloseable {
  private static final int NO_ERROR = 0;
  private static final int SERVER_FAILURE = 2;
  private static final int NO_SUCH_NAME = 3;

  private final DatagramSocket socket;
  private final ServerSocket listening;

  FakeUpstream(String address) throws IOException {
    InetSocketAddress at = new InetSocketAddress(InetAddress.getByName(address), 53);
    socket = new DatagramSocket(at);
    listening = new ServerSocket();
    listening.bind(at);
    start(this::datagrams);
    start(this::connections);
  }

  boolean isBound() {
    return socket.isBound();
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "upstream");
    thread.setDaemon(true);
    thread.start();
  }

  private static byte[] answer(byte[] question, int last) {
    String text = new String(question, StandardCharsets.ISO_8859_1);
    if (text.contains("nx")) {
      return Dns.answer(question, NO_SUCH_NAME);
    }
    return text.contains("broken")
        ? Dns.answer(question, SERVER_FAILURE)
        : Dns.answer(question, NO_ERROR, new byte[] {(byte) 192, 0, 2, (byte) last});
  }

  private void datagrams() {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[600], 600);
        socket.receive(packet);
        byte[] reply = answer(Arrays.copyOf(packet.getData(), packet.getLength()), 1);
        // Somebody else's word first: with another id it must not be believed.
        byte[] forged = Dns.answer(reply, NO_SUCH_NAME);
        forged[0] ^= 1;
        socket.send(new DatagramPacket(forged, 20, packet.getSocketAddress()));
        socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      return; // closed
    }
  }

  private void connections() {
    try {
      while (true) {
        try (var connection = listening.accept()) {
          var in = new DataInputStream(connection.getInputStream());
          byte[] question = new byte[in.readUnsignedShort()];
          in.readFully(question);
          byte[] reply = answer(question, 2);
          var out = new DataOutputStream(connection.getOutputStream());
          out.writeShort(reply.length);
          out.write(reply);
        }
      }
    } catch (IOException e) {
      return; // closed
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    listening.close();
  }
}
