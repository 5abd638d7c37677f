package dev.felucca.net.dns;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NameClient;
import dev.felucca.kernel.network.NameServer;
import dev.felucca.linux.Fd;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.NetlinkSocket;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.nftables.NftSocket;
import dev.felucca.linux.socket.SocketAddresses;
import dev.felucca.linux.socket.Sockets;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A container being served: its sockets, in its network namespace, and what it has going on. All
 * but {@link #client} is the reactor thread's.
 */
final class Served {
  /** Questions of one container that wait for upstreams. */
  static final int MOST_WAITING = 512;

  static final int MOST_CONVERSATIONS = 64;

  final NetworkNamespace namespace;
  final String path;
  final Fd udp;
  final Fd tcp;
  volatile NameClient client;

  long udpToken;
  long tcpToken;
  boolean gone;
  int waiting;

  /** Which upstream is asked first: the first, but for a while the one that stepped in for it. */
  int preferred;

  long preferredAt = System.nanoTime();

  final Set<Conversation> conversations = new HashSet<>();
  final Map<String, UpstreamSocket> upstreams = new HashMap<>();

  private Served(NameClient client, NetworkNamespace namespace, String path, Fd udp, Fd tcp) {
    this.client = client;
    this.namespace = namespace;
    this.path = path;
    this.udp = udp;
    this.tcp = tcp;
  }

  /** Makes the sockets, and has what is sent to port 53 arrive at them. */
  static Served open(Syscalls linux, NameClient client, String path) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.open(linux, path);
    try (Sockets calls = new Sockets(linux)) {
      List<Fd> made =
          namespace.sockets(
              List.of(
                  Sockets.kind(SocketAddresses.INET, Sockets.DATAGRAM),
                  Sockets.kind(SocketAddresses.INET, Sockets.STREAM)));
      Fd udp = made.get(0);
      Fd tcp = made.get(1);
      try {
        byte[] anyPort = SocketAddresses.of(Cidr.address(NameServer.ADDRESS), 0, 0);
        calls.bind(udp, anyPort);
        calls.bind(tcp, anyPort);
        calls.listen(tcp);
        try (NftSocket nft = new NftSocket(namespace.socket(NetlinkSocket.NETFILTER))) {
          Redirect.commit(nft, calls.port(udp), calls.port(tcp));
        }
        return new Served(client, namespace, path, udp, tcp);
      } catch (IOException | RuntimeException e) {
        udp.close();
        tcp.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      namespace.close();
      throw new IOException("answering names in " + path + ": " + e.getMessage(), e);
    }
  }

  /** Those that are asked no more; in the reactor's thread. */
  void retireUpstreams() {
    Set<String> asked = new HashSet<>();
    client.upstreams().forEach(upstream -> asked.add(upstream.address()));
    for (String address : Set.copyOf(upstreams.keySet())) {
      if (!asked.contains(address)) {
        upstreams.remove(address).retire();
      }
    }
  }

  /** In the reactor's thread. */
  void close(Reactor reactor) {
    gone = true;
    reactor.remove(udpToken, udp);
    reactor.remove(tcpToken, tcp);
    Set.copyOf(conversations).forEach(Conversation::close);
    upstreams.values().forEach(UpstreamSocket::abandon);
    upstreams.clear();
    namespace.close();
  }
}
