package dev.felucca.net.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.kernel.network.Subnet;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.OwnNetwork;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.tck.network.Specs;
import dev.felucca.tck.network.TestNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ports of the host that lead into containers, with real connections. */
@ExtendWith(OwnNetwork.class)
class PublishedPortsTest {
  private static final String HOST = "192.0.2.1";

  private final Syscalls linux = LinuxSyscalls.load();
  private final BridgeNetworkDriver driver =
      new BridgeNetworkDriver(linux, Owner.of(""), "felucca0", true);
  private final NetworkSpec network = Specs.network(1, Map.of());
  private final List<TestNamespace> namespaces = new ArrayList<>();

  @Test
  void aPortIsReachedFromEverywhere() throws Exception {
    try {
      driver.createNetwork(network);
      driver.createNetwork(Specs.network(2, Map.of()));
      TestNamespace server = join(network, 1, 2, new PortBinding(80, "tcp", "", 8080));
      TestNamespace outside = keep(Outside.create(linux, HOST, "192.0.2.2"));
      TestNamespace sibling = join(network, 2, 3);
      TestNamespace stranger = join(Specs.network(2, Map.of()), 3, 2);
      TestNamespace host = keep(TestNamespace.open("/proc/thread-self/ns/net"));
      assertEquals("192.0.2.2", Traffic.seenBy(server, 80, outside, HOST, 8080));
      assertEquals(HOST, Traffic.seenBy(server, 80, host, HOST, 8080));
      assertEquals("10.201.1.1", Traffic.seenBy(server, 80, host, "127.0.0.1", 8080));
      assertEquals("10.201.2.2", Traffic.seenBy(server, 80, stranger, HOST, 8080));
      // Where bridged packets pass the IP hooks the redirection happens in the bridge, and the
      // sibling's own address is seen; elsewhere the answer only finds its way by the host's.
      Path bridged = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");
      if (Files.exists(bridged)) {
        Files.writeString(bridged, "1");
        assertEquals("10.201.1.3", Traffic.seenBy(server, 80, sibling, HOST, 8080));
        Files.writeString(bridged, "0");
      }
      assertEquals("10.201.1.1", Traffic.seenBy(server, 80, sibling, HOST, 8080));
      assertEquals("10.201.1.1", Traffic.seenBy(server, 80, server, HOST, 8080));
    } finally {
      end();
    }
  }

  @Test
  void aPortOfLoopbackIsForTheHostAlone() throws Exception {
    try {
      TestNamespace outside = keep(Outside.create(linux, HOST, "192.0.2.2"));
      driver.createNetwork(network);
      TestNamespace server = join(network, 1, 2, new PortBinding(80, "tcp", "127.0.0.1", 8080));
      TestNamespace host = keep(TestNamespace.open("/proc/thread-self/ns/net"));
      assertEquals("10.201.1.1", Traffic.seenBy(server, 80, host, "127.0.0.1", 8080));
      assertThrows(Exception.class, () -> Traffic.seenBy(server, 80, outside, HOST, 8080));
    } finally {
      end();
    }
  }

  @Test
  void loopbackOfIpv6LeadsToAContainerWithoutIpv6() throws Exception {
    try {
      driver.createNetwork(network);
      try (RouteSocket route = RouteSocket.open(linux)) {
        route.execute(LinkMessage.change("lo").up().build());
      }
      TestNamespace server = join(network, 1, 2, new PortBinding(80, "tcp", "", 8080));
      TestNamespace host = keep(TestNamespace.open("/proc/thread-self/ns/net"));
      assertEquals("10.201.1.1", Traffic.seenBy(server, 80, host, "::1", 8080));
      driver.leave(network.id(), Specs.endpoint(network, 1, 2).id());
      assertThrows(Exception.class, () -> Traffic.seenBy(server, 80, host, "::1", 8080));
      // Connections of the one before are remembered for a minute: they keep nobody away.
      TestNamespace next = join(network, 2, 3, new PortBinding(80, "tcp", "", 8080));
      assertEquals("10.201.1.1", Traffic.seenBy(next, 80, host, "::1", 8080));
      try (ServerSocket other = new ServerSocket()) {
        other.setReuseAddress(true);
        assertThrows(IOException.class, () -> other.bind(new InetSocketAddress("::", 8080)));
      }
    } finally {
      end();
    }
  }

  @Test
  void aTakenPortIsConflictAndLeavesNothing() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress("0.0.0.0", 8080));
      driver.createNetwork(network);
      EngineException byHost =
          assertThrows(
              EngineException.class,
              () -> join(network, 1, 2, new PortBinding(80, "tcp", "", 8080)));
      assertEquals(EngineException.Kind.CONFLICT, byHost.kind());
      assertTrue(byHost.getMessage().contains("8080/tcp"), byHost.getMessage());
      join(network, 2, 3, new PortBinding(80, "tcp", "", 8081));
      EngineException byContainer =
          assertThrows(
              EngineException.class,
              () -> join(network, 3, 4, new PortBinding(80, "tcp", "", 8081)));
      assertEquals(EngineException.Kind.CONFLICT, byContainer.kind());
      try (RouteSocket route = RouteSocket.open(linux)) {
        assertEquals(1, route.links().stream().filter(l -> l.kind().equals("veth")).count());
      }
    } finally {
      end();
    }
  }

  @Test
  void aPortIsReachedByIpv6WithItsClientsAddress() throws Exception {
    try {
      NetworkSpec dual = Specs.dualNetwork(3);
      driver.createNetwork(dual);
      TestNamespace server = keep(TestNamespace.create());
      PortBinding port = new PortBinding(80, "tcp", "", 8080);
      driver.join(dual, with(Specs.dualEndpoint(dual, 1, 2), port), server.path());
      TestNamespace outside = keep(Outside.create(linux, "2001:db8::1", "2001:db8::2"));
      TestNamespace host = keep(TestNamespace.open("/proc/thread-self/ns/net"));
      assertEquals(full("2001:db8::2"), Traffic.seenBy(server, 80, outside, "2001:db8::1", 8080));
      assertEquals(full("2001:db8::1"), Traffic.seenBy(server, 80, host, "2001:db8::1", 8080));
      assertEquals(full(gateway6(dual)), Traffic.seenBy(server, 80, host, "::1", 8080));
    } finally {
      end();
    }
  }

  private static String gateway6(NetworkSpec dual) {
    return dual.subnets().stream().filter(Subnet::ipv6).findFirst().orElseThrow().gateway();
  }

  private static String full(String address) throws Exception {
    return InetAddress.getByName(address).getHostAddress();
  }

  @Test
  void onlyThoseWhomTheSettingNamesReachPorts() throws Exception {
    BridgeNetworkDriver closed =
        new BridgeNetworkDriver(
            linux, Owner.of(""), "felucca0", true, List.of(Cidr.parse("198.51.100.0/24")));
    try {
      closed.createNetwork(network);
      PortBinding port = new PortBinding(80, "tcp", "", 8080);
      TestNamespace server = keep(TestNamespace.create());
      closed.join(network, with(Specs.endpoint(network, 1, 2), port), server.path());
      TestNamespace sibling = keep(TestNamespace.create());
      closed.join(network, Specs.endpoint(network, 2, 3), sibling.path());
      TestNamespace stranger = keep(Outside.create(linux, HOST, "192.0.2.2"));
      TestNamespace friend = keep(Outside.create(linux, "198.51.100.1", "198.51.100.2"));
      TestNamespace host = keep(TestNamespace.open("/proc/thread-self/ns/net"));
      assertEquals("198.51.100.2", Traffic.seenBy(server, 80, friend, "198.51.100.1", 8080));
      assertEquals("10.201.1.1", Traffic.seenBy(server, 80, host, "127.0.0.1", 8080));
      assertTrue(Traffic.seenBy(server, 80, sibling, HOST, 8080).startsWith("10.201.1."));
      assertThrows(Exception.class, () -> Traffic.seenBy(server, 80, stranger, HOST, 8080));
    } finally {
      closed.close();
      end();
    }
  }

  @Test
  void portsOfARunningContainerComeAndGo() throws Exception {
    try {
      driver.createNetwork(network);
      TestNamespace server = join(network, 1, 2, new PortBinding(80, "tcp", "", 8080));
      keep(Outside.create(linux, HOST, "192.0.2.2"));
      TestNamespace host = keep(TestNamespace.open("/proc/thread-self/ns/net"));
      EndpointSpec more =
          with(
              Specs.endpoint(network, 1, 2),
              new PortBinding(80, "tcp", "", 8080),
              new PortBinding(80, "tcp", "127.0.0.1", 8081));
      driver.update(network, more, server.path());
      assertEquals("10.201.1.1", Traffic.seenBy(server, 80, host, "127.0.0.1", 8081));
      try (ServerSocket taken = new ServerSocket()) {
        taken.bind(new InetSocketAddress("127.0.0.1", 8082));
        EndpointSpec refused =
            with(Specs.endpoint(network, 1, 2), new PortBinding(80, "tcp", "", 8082));
        EngineException e =
            assertThrows(
                EngineException.class, () -> driver.update(network, refused, server.path()));
        assertTrue(e.getMessage().contains("8082/tcp"), e.getMessage());
      }
      assertEquals("10.201.1.1", Traffic.seenBy(server, 80, host, "127.0.0.1", 8080));
      driver.update(network, Specs.endpoint(network, 1, 2), server.path());
      try (ServerSocket free = new ServerSocket()) {
        free.bind(new InetSocketAddress("0.0.0.0", 8080));
      }
    } finally {
      end();
    }
  }

  @Test
  void leavingFreesThePort() throws Exception {
    try {
      driver.createNetwork(network);
      PortBinding port = new PortBinding(53, "udp", "", 5353);
      PortBinding sctp = new PortBinding(9, "sctp", "", 5354);
      for (int number = 1; number <= 3; number++) {
        join(network, number, 1 + number, port, sctp);
        driver.leave(network.id(), Specs.endpoint(network, number, 1 + number).id());
      }
      driver.deleteNetwork(network.id());
    } finally {
      end();
    }
  }

  @Test
  void aSenderWhoNeverPausesReachesTheContainerThatCame() throws Exception {
    try {
      driver.createNetwork(network);
      TestNamespace outside = keep(Outside.create(linux, HOST, "192.0.2.2"));
      sendFromOnePort(outside);
      TestNamespace server = join(network, 1, 2, new PortBinding(53, "udp", "", 5353));
      CountDownLatch listening = new CountDownLatch(1);
      FutureTask<String> heard =
          server.start(
              () -> {
                try (DatagramSocket socket = new DatagramSocket(53)) {
                  socket.setSoTimeout(5_000);
                  listening.countDown();
                  DatagramPacket packet = new DatagramPacket(new byte[10], 10);
                  socket.receive(packet);
                  return packet.getAddress().getHostAddress();
                }
              });
      assertTrue(listening.await(5, TimeUnit.SECONDS));
      sendFromOnePort(outside);
      assertEquals("192.0.2.2", heard.get(6, TimeUnit.SECONDS));
    } finally {
      end();
    }
  }

  private static void sendFromOnePort(TestNamespace from) throws Exception {
    from.inside(
        () -> {
          try (DatagramSocket socket = new DatagramSocket(40000)) {
            socket.send(new DatagramPacket(new byte[] {1}, 1, InetAddress.getByName(HOST), 5353));
          }
          return true;
        });
  }

  @Test
  void portsSurviveARestartOfTheDriver() throws Exception {
    try {
      driver.createNetwork(network);
      PortBinding port = new PortBinding(80, "tcp", "", 8080);
      TestNamespace server = join(network, 1, 2, port);
      TestNamespace outside = keep(Outside.create(linux, HOST, "192.0.2.2"));
      driver.close();
      assertEquals("192.0.2.2", Traffic.seenBy(server, 80, outside, HOST, 8080));
      BridgeNetworkDriver next = new BridgeNetworkDriver(linux, Owner.of(""), "felucca0", true);
      next.adopt(
          List.of(network), Map.of(with(Specs.endpoint(network, 1, 2), port), server.path()));
      assertEquals("192.0.2.2", Traffic.seenBy(server, 80, outside, HOST, 8080));
      next.leave(network.id(), Specs.endpoint(network, 1, 2).id());
      next.deleteNetwork(network.id());
      next.close();
    } finally {
      end();
    }
  }

  private TestNamespace join(NetworkSpec to, int number, int last, PortBinding... ports)
      throws Exception {
    TestNamespace container = keep(TestNamespace.create());
    driver.join(to, with(Specs.endpoint(to, number, last), ports), container.path());
    return container;
  }

  private static EndpointSpec with(EndpointSpec spec, PortBinding... ports) {
    return new EndpointSpec(
        spec.id(),
        spec.networkId(),
        spec.container(),
        spec.interfaceName(),
        spec.addresses(),
        spec.gateways(),
        spec.macAddress(),
        List.of(ports),
        spec.options());
  }

  private TestNamespace keep(TestNamespace namespace) {
    namespaces.add(namespace);
    return namespace;
  }

  private void end() {
    driver.close();
    namespaces.forEach(TestNamespace::close);
  }
}
