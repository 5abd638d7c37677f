package dev.felucca.net.bridge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.socket.SocketAddresses;
import dev.felucca.linux.socket.Sockets;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Between sockets of loopback: nothing here needs privileges. */
class RelayTest {
  private static final int PATIENCE_MS = 10_000;
  private static final InetAddress HERE = Cidr.address("127.0.0.1");

  private final Syscalls linux = LinuxSyscalls.load();
  private final Sockets calls = new Sockets(linux);
  private final List<Fd> bound = new ArrayList<>();
  private final Relay relay = new Relay(linux, List.of());

  @AfterEach
  void end() {
    relay.close();
    bound.forEach(Fd::close);
    calls.close();
  }

  @Test
  void whatBothSidesSayArrivesWholeAndSoDoesTheEnd() throws Exception {
    byte[] question = noise(3_000_000);
    byte[] answer = noise(5_000_000);
    try (ServerSocket server = new ServerSocket(0, 50, HERE)) {
      CompletableFuture<byte[]> seen =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket peer = server.accept()) {
                  byte[] all = peer.getInputStream().readAllBytes();
                  peer.getOutputStream().write(answer);
                  return all;
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      try (Socket client = connect(serve(true, server.getLocalPort()))) {
        client.getOutputStream().write(question);
        client.shutdownOutput();
        assertArrayEquals(answer, client.getInputStream().readAllBytes());
      }
      assertArrayEquals(question, seen.get());
    }
  }

  @Test
  void oneThatDoesNotReadHoldsNobodyElseUp() throws Exception {
    byte[] much = noise(20_000_000);
    try (ServerSocket server = new ServerSocket(0, 50, HERE)) {
      int port = serve(true, server.getLocalPort());
      try (Socket deaf = connect(port);
          Socket one = server.accept();
          Socket client = connect(port);
          Socket other = server.accept()) {
        CompletableFuture<Void> writing =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    one.getOutputStream().write(much);
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
        for (int i = 0; i < 100; i++) {
          other.getOutputStream().write(i);
          assertEquals(i, client.getInputStream().read());
        }
        assertArrayEquals(much, deaf.getInputStream().readNBytes(much.length));
        writing.get();
      }
    }
  }

  @Test
  void whereNobodyListensTheConnectionIsReset() throws Exception {
    int free;
    try (ServerSocket server = new ServerSocket(0, 50, HERE)) {
      free = server.getLocalPort();
    }
    try (Socket client = connect(serve(true, free))) {
      assertThrows(IOException.class, () -> client.getInputStream().read());
    }
  }

  @Test
  void connectionsEndWithThePort() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, HERE)) {
      Fd socket = bind(Sockets.STREAM);
      Relay.Served served = relay.serve(socket, true, HERE, server.getLocalPort());
      try (Socket client = connect(calls.port(socket));
          Socket peer = server.accept()) {
        peer.getOutputStream().write(1);
        assertEquals(1, client.getInputStream().read());
        served.close();
        assertEquals(-1, peer.getInputStream().read());
      }
    }
  }

  @Test
  void datagramsFindTheirWayBack() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, HERE);
        DatagramSocket first = new DatagramSocket(0, Cidr.address("::1"));
        DatagramSocket second = new DatagramSocket(0, Cidr.address("::1"))) {
      server.setSoTimeout(PATIENCE_MS);
      int port = serve(false, server.getLocalPort());
      List<DatagramSocket> clients = List.of(first, second);
      List<DatagramPacket> come = new ArrayList<>();
      for (DatagramSocket client : clients) {
        byte[] text = ("from " + client.getLocalPort()).getBytes(StandardCharsets.US_ASCII);
        client.send(new DatagramPacket(text, text.length, Cidr.address("::1"), port));
        DatagramPacket packet = new DatagramPacket(new byte[99], 99);
        server.receive(packet);
        come.add(packet);
      }
      for (int i : new int[] {1, 0}) {
        server.send(come.get(i));
        DatagramPacket back = new DatagramPacket(new byte[99], 99);
        clients.get(i).setSoTimeout(PATIENCE_MS);
        clients.get(i).receive(back);
        assertEquals(
            "from " + clients.get(i).getLocalPort(),
            new String(back.getData(), 0, back.getLength(), StandardCharsets.US_ASCII));
      }
    }
  }

  @Test
  void othersMayComeFromTheRangesOnly() throws IOException {
    try (Relay some = new Relay(linux, List.of(Cidr.parse("2001:db8::/64")))) {
      assertEquals(true, some.mayCome(SocketAddresses.of(Cidr.address("::1"), 9, 0)));
      assertEquals(true, some.mayCome(SocketAddresses.of(Cidr.address("2001:db8::7"), 9, 0)));
      assertEquals(false, some.mayCome(SocketAddresses.of(Cidr.address("2001:db8:1::7"), 9, 0)));
    }
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private Fd bind(int type) throws IOException {
    Fd socket = calls.open(SocketAddresses.INET6, type);
    bound.add(socket);
    calls.bind(socket, SocketAddresses.of(Cidr.address("::1"), 0, 0));
    return socket;
  }

  private int serve(boolean stream, int to) throws IOException {
    Fd socket = bind(stream ? Sockets.STREAM : Sockets.DATAGRAM);
    relay.serve(socket, stream, HERE, to);
    return calls.port(socket);
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(Cidr.address("::1"), port);
    socket.setSoTimeout(PATIENCE_MS);
    return socket;
  }
}
