package dev.felucca.tck.network;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A small resolver for tests: writes questions, reads answers that have their names as pointers.
 */
public final class Dns {
  public static final int A = 1;
  public static final int PTR = 12;
  public static final int TXT = 16;
  public static final int AAAA = 28;

  private static final int PATIENCE_MILLIS = 24_000;
  private static final int TRIES = 4;

  private Dns() {}

  /**
   * An answer.
   *
   * @param data of the records: addresses as text, names with their dots
   */
  public record Answer(int id, int code, boolean truncated, List<String> data) {}

  public static byte[] question(int id, String name, int type) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) (id >> 8), (byte) id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    out.writeBytes(wire(name));
    out.writeBytes(new byte[] {0, (byte) type, 0, 1});
    return out.toByteArray();
  }

  public static byte[] wire(String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String label : name.split("\\.")) {
      out.write(label.length());
      out.writeBytes(label.getBytes(StandardCharsets.ISO_8859_1));
    }
    out.write(0);
    return out.toByteArray();
  }

  /** Asks by UDP from the calling thread's network namespace. */
  public static Answer ask(InetAddress server, byte[] question) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(PATIENCE_MILLIS / TRIES);
      socket.connect(new InetSocketAddress(server, 53));
      DatagramPacket answer = new DatagramPacket(new byte[65535], 65535);
      // A datagram may be lost, as where a full buffer lies before it: then it is sent again.
      for (int left = TRIES; ; left--) {
        socket.send(new DatagramPacket(question, question.length));
        try {
          socket.receive(answer);
          return read(Arrays.copyOf(answer.getData(), answer.getLength()));
        } catch (SocketTimeoutException e) {
          if (left == 1) {
            throw e;
          }
        }
      }
    }
  }

  /** Asks by TCP, all on one connection, answers in the order in which they come. */
  public static List<Answer> askByTcp(InetAddress server, List<byte[]> questions)
      throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(server, 53), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] question : questions) {
        all.writeBytes(new byte[] {(byte) (question.length >> 8), (byte) question.length});
        all.writeBytes(question);
      }
      socket.getOutputStream().write(all.toByteArray());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < questions.size(); i++) {
        byte[] message = new byte[in.readUnsignedShort()];
        in.readFully(message);
        answers.add(read(message));
      }
      return answers;
    }
  }

  /** A message as an answer: what {@link #question} asked, with records of that type. */
  public static byte[] answer(byte[] question, int code, byte[]... records) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(Arrays.copyOf(question, 2));
    out.writeBytes(new byte[] {(byte) 0x81, (byte) (0x80 | code), 0, 1, 0, (byte) records.length});
    out.writeBytes(new byte[4]);
    out.write(question, 12, question.length - 12);
    for (byte[] record : records) {
      out.writeBytes(new byte[] {(byte) 0xc0, 12});
      out.write(question, question.length - 4, 4);
      out.writeBytes(new byte[] {0, 0, 0, 60, (byte) (record.length >> 8), (byte) record.length});
      out.writeBytes(record);
    }
    return out.toByteArray();
  }

  private static Answer read(byte[] message) throws IOException {
    int at = 12;
    while (message.length > at && message[at] != 0) {
      at += 1 + message[at];
    }
    at += 5;
    List<String> data = new ArrayList<>();
    for (int i = 0; i < u16(message, 6); i++) {
      int type = u16(message, at + 2);
      int length = u16(message, at + 10);
      byte[] record = Arrays.copyOfRange(message, at + 12, at + 12 + length);
      data.add(type == PTR ? name(record) : InetAddress.getByAddress(record).getHostAddress());
      at += 12 + length;
    }
    return new Answer(u16(message, 0), message[3] & 0xf, (message[2] & 2) != 0, data);
  }

  private static String name(byte[] wire) {
    StringBuilder name = new StringBuilder();
    for (int at = 0; wire[at] != 0; at += 1 + wire[at]) {
      name.append(new String(wire, at + 1, wire[at], StandardCharsets.ISO_8859_1)).append('.');
    }
    return name.toString();
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }
}
