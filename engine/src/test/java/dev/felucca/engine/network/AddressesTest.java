package dev.felucca.engine.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.kernel.network.Subnet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AddressesTest {
  @Test
  void noAddressIsGivenTwiceUntilItIsBack() {
    AddressRange range = new AddressRange(new Subnet(Cidr.parse("10.9.0.0/28"), "10.9.0.1"));
    Set<Cidr> given = new HashSet<>();
    for (int n = 0; n < 13; n++) {
      assertTrue(given.add(range.next()));
    }
    assertTrue(given.stream().noneMatch(a -> a.address().getHostAddress().equals("10.9.0.1")));
    assertTrue(given.stream().noneMatch(a -> a.address().getHostAddress().equals("10.9.0.15")));
    EngineException e = assertThrows(EngineException.class, range::next);
    assertEquals(EngineException.Kind.UNAVAILABLE, e.kind());
    Cidr one = given.iterator().next();
    range.giveBack(one.address());
    assertEquals(one, range.next());
  }

  @Test
  void manyAtOnceGetDifferentAddresses() {
    AddressRange range = new AddressRange(new Subnet(Cidr.parse("10.9.0.0/16"), "10.9.0.1"));
    long different =
        IntStream.range(0, 5000).parallel().mapToObj(n -> range.next()).distinct().count();
    assertEquals(5000, different);
  }

  @Test
  void poolsPassOverWhatIsTaken() {
    assertEquals(
        "172.17.0.0/16",
        AddressPools.choose(
                List.of("172.16.0.0/12=16"), List.of(Cidr.parse("172.16.5.0/24")), false)
            .cidr()
            .toString());
    assertThrows(
        EngineException.class,
        () ->
            AddressPools.choose(
                List.of("10.0.0.0/16=16"), List.of(Cidr.parse("10.0.0.0/8")), false));
  }

  @Test
  void portsAreGivenToOneAtATime() {
    HostPorts ports = new HostPorts("49000-49900");
    Map<String, List<HostPort>> wanted = Map.of("80/tcp", List.of(new HostPort("", "40180")));
    List<PortBinding> mine = ports.take(wanted, "");
    Map<String, List<HostPort>> two =
        Map.of(
            "70/tcp", List.of(new HostPort("", "40170")),
            "80/tcp", List.of(new HostPort("127.0.0.1", "40180")));
    EngineException e = assertThrows(EngineException.class, () -> ports.take(two, ""));
    assertEquals("Bind for 127.0.0.1:40180 failed: port is already allocated", e.getMessage());
    ports.take(Map.of("80/udp", List.of(new HostPort("", "40180"))), "");
    ports.giveBack(mine);
    assertEquals(2, ports.take(two, "").size(), "what a refused one took was given back");
  }
}
