package dev.felucca.distro;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import sun.misc.Signal;

/**
 * The near end of {@code felucca shell}: carries a terminal, which the calling script has put into
 * raw mode, or a script to the engine's console and its output back. Frames both ways: a letter, a
 * length, so many bytes. {@code Attach SOCKET terminal TYPE} or {@code Attach SOCKET script
 * [WORD...]}; without words the script is standard input. Exit code: the shell's, 125 when the
 * connection broke.
 */
public final class Attach {
  private Attach() {}

  public static void main(String[] arguments) throws IOException {
    try (SocketChannel channel =
        SocketChannel.open(UnixDomainSocketAddress.of(Path.of(arguments[0])))) {
      if (arguments[1].equals("terminal")) {
        begin(channel, arguments[2]);
        Thread keys = new Thread(() -> carryKeys(channel), "keys");
        keys.setDaemon(true);
        keys.start();
      } else {
        byte[] script =
            arguments.length > 2
                ? String.join(" ", Arrays.asList(arguments).subList(2, arguments.length))
                    .getBytes(StandardCharsets.UTF_8)
                : System.in.readAllBytes();
        send(channel, 's', script);
      }
      System.exit(show(channel, new DataInputStream(Channels.newInputStream(channel))));
    }
  }

  private static int show(SocketChannel channel, DataInputStream in) throws IOException {
    PrintStream screen = System.out;
    try {
      while (true) {
        int kind = in.readUnsignedByte();
        byte[] bytes = in.readNBytes(in.readInt());
        if (kind == 'x') {
          return bytes[0] & 0xff;
        }
        if (kind == 'q') {
          send(channel, 'a', NearFiles.answer(bytes));
          continue;
        }
        if (kind == 'r') {
          System.err.write(bytes, 0, bytes.length);
          continue;
        }
        screen.write(bytes, 0, bytes.length);
        screen.flush();
      }
    } catch (EOFException e) {
      System.err.print("\r\nfelucca: the engine closed the shell\r\n");
      return 125;
    }
  }

  private static void carryKeys(SocketChannel channel) {
    byte[] buffer = new byte[4096];
    InputStream in = System.in;
    try {
      for (int read; (read = in.read(buffer)) >= 0; ) {
        send(channel, 'd', Arrays.copyOf(buffer, read));
      }
      send(channel, 'e', new byte[0]);
    } catch (IOException e) {
      System.err.print("\r\nfelucca: " + e.getMessage() + "\r\n");
    }
  }

  /**
   * One lock for it and what a change of the size sends: none is missed, and the newest is last.
   */
  private static void begin(SocketChannel channel, String type) throws IOException {
    synchronized (Attach.class) {
      Signal.handle(new Signal("WINCH"), changed -> sendSize(channel));
      send(channel, 't', (type + "\n" + size()).getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static void sendSize(SocketChannel channel) {
    synchronized (Attach.class) {
      try {
        send(channel, 'w', size().getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        System.err.print("\r\nfelucca: the terminal's size: " + e.getMessage() + "\r\n");
      }
    }
  }

  /** {@code ROWS COLUMNS}, as stty prints them; the JDK has no call for it. */
  private static String size() throws IOException {
    Process stty =
        new ProcessBuilder("stty", "size").redirectInput(ProcessBuilder.Redirect.INHERIT).start();
    return new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  private static void send(SocketChannel channel, char kind, byte[] bytes) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(1 + Integer.BYTES + bytes.length);
    frame.put((byte) kind).putInt(bytes.length).put(bytes).flip();
    synchronized (Attach.class) {
      while (frame.hasRemaining()) {
        channel.write(frame);
      }
    }
  }
}
