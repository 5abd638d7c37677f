package dev.felucca.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.Errno;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetwork.class)
class RouteSocketTest {
  private final Syscalls linux = LinuxSyscalls.load();

  @Test
  void aBridgeIsMadeListedAndDeleted() throws Exception {
    try (RouteSocket route = RouteSocket.open(linux)) {
      MacAddress mac = MacAddress.parse("02:42:0a:58:00:01");
      route.execute(
          LinkMessage.create("felt0").up().mac(mac).mtu(1400).bridge().build(),
          LinkMessage.change("felt0").alias("test x").build());
      Link link = route.link("felt0").orElseThrow();
      assertEquals("bridge", link.kind());
      assertEquals(mac, link.mac());
      assertEquals(1400, link.mtu());
      assertEquals("test x", link.alias());
      assertTrue(link.up());
      assertTrue(route.links().contains(link));
      route.deleteLink("felt0");
      route.deleteLink("felt0");
      assertTrue(route.link("felt0").isEmpty());
    }
  }

  @Test
  void aRefusalSaysWhatWasAskedAndWhy() throws Exception {
    try (RouteSocket route = RouteSocket.open(linux)) {
      route.execute(LinkMessage.create("felt0").bridge().build());
      NetlinkException taken =
          assertThrows(
              NetlinkException.class,
              () -> route.execute(LinkMessage.create("felt0").bridge().build()));
      assertEquals(Errno.EEXIST, taken.errno());
      assertTrue(taken.getMessage().contains("name=felt0"), taken.getMessage());
      assertFalse(route.executeUnless(Errno.EEXIST, LinkMessage.create("felt0").bridge().build()));
      NetlinkException kind =
          assertThrows(
              NetlinkException.class,
              () -> route.execute(LinkMessage.create("felt1").kind("no-such").build()));
      assertEquals(Errno.EOPNOTSUPP, kind.errno());
      assertTrue(kind.getMessage().contains("Unknown device type"), kind.getMessage());
    }
  }

  @Test
  void theFirstRefusedOfSeveralIsReportedAndTheSocketStaysInStep() throws Exception {
    try (RouteSocket route = RouteSocket.open(linux)) {
      InetAddress ip = InetAddress.getByName("10.88.0.1");
      NetlinkException refused =
          assertThrows(
              NetlinkException.class,
              () ->
                  route.execute(
                      LinkMessage.change(1).up().build(),
                      AddressMessage.add(4711, ip, 16),
                      LinkMessage.delete("nothere")));
      assertTrue(refused.getMessage().contains("index=4711"), refused.getMessage());
      assertTrue(route.link("lo").orElseThrow().up());
    }
  }

  @Test
  void aVethPeerIsWiredInsideAnotherNamespaceWithoutEnteringIt() throws Exception {
    try (RouteSocket route = RouteSocket.open(linux);
        NetworkNamespace other = Namespaces.create(linux)) {
      route.execute(LinkMessage.create("felt0").up().bridge().build());
      int bridge = route.link("felt0").orElseThrow().index();
      route.execute(
          LinkMessage.create("felv0")
              .up()
              .master(bridge)
              .veth(LinkMessage.create("eth0").namespace(other.fd()))
              .build());
      assertEquals(bridge, route.link("felv0").orElseThrow().master());
      try (RouteSocket inside = other.route()) {
        int index = inside.link("eth0").orElseThrow().index();
        InetAddress ip = InetAddress.getByName("10.88.0.2");
        InetAddress gateway = InetAddress.getByName("10.88.0.1");
        inside.execute(
            LinkMessage.change(1).up().build(),
            LinkMessage.change(index).noLinkLocalAddress().build(),
            LinkMessage.change(index).up().build(),
            AddressMessage.add(index, ip, 16),
            RouteMessage.defaultVia(gateway));
        assertTrue(inside.addresses().contains(new Address(index, ip, 16, false)));
        assertTrue(inside.routes().contains(new Route(null, 0, gateway, index, 254)));
        assertTrue(
            inside.addresses().stream()
                .noneMatch(a -> a.index() == index && a.address().isLinkLocalAddress()));
      }
      assertTrue(route.addresses().stream().noneMatch(a -> a.prefix() == 16));
      int port = route.link("felv0").orElseThrow().index();
      route.execute(LinkMessage.change(port).isolatedPort(true).build());
      assertTrue(route.link("felv0").orElseThrow().isolatedPort());
    }
  }

  @Test
  void theSocketIsInsideAndTheThreadIsNot() throws Exception {
    Path net = Path.of("/proc/thread-self/ns/net");
    Path mine = Files.readSymbolicLink(net);
    long sockets = sockets();
    try (RouteSocket route = RouteSocket.open(linux);
        NetworkNamespace other = Namespaces.create(linux)) {
      route.execute(LinkMessage.create("felt0").bridge().build());
      for (int i = 0; i < 100; i++) {
        try (RouteSocket inside = other.route()) {
          assertTrue(inside.link("felt0").isEmpty());
          assertTrue(inside.link("lo").isPresent());
        }
      }
      assertEquals(mine, Files.readSymbolicLink(net));
    }
    assertEquals(sockets, sockets());
  }

  @Test
  void severalThreadsShareASocket() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (RouteSocket route = RouteSocket.open(linux)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String name = "felt" + i;
        all.add(
            pool.submit(
                () -> {
                  route.execute(LinkMessage.create(name).bridge().build());
                  assertEquals(name, route.link(name).orElseThrow().name());
                  assertTrue(route.links().stream().anyMatch(l -> l.name().equals(name)));
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
      assertEquals(40, route.links().stream().filter(l -> l.kind().equals("bridge")).count());
    } finally {
      pool.shutdownNow();
    }
  }

  private static long sockets() throws IOException {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(fd -> leadsTo(fd).startsWith("socket:")).count();
    }
  }

  private static String leadsTo(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException e) {
      return "closed meanwhile";
    }
  }

  @Test
  void aNamespaceThatIsGoneIsAnError() {
    assertThrows(IOException.class, () -> NetworkNamespace.open(linux, "/proc/0/ns/net"));
    IOException noNamespace =
        assertThrows(
            IOException.class,
            () -> {
              try (NetworkNamespace file = NetworkNamespace.open(linux, "/proc/self/status")) {
                file.route().close();
              }
            });
    assertTrue(noNamespace.getMessage().contains("EINVAL"), noNamespace.getMessage());
  }
}
