package dev.felucca.engine.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NameClient;
import dev.felucca.kernel.network.NameServer;
import dev.felucca.kernel.network.NamedEndpoint;
import dev.felucca.tck.fake.FakeNameServer;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NamingTest {
  private final DriverTable<NameServer> servers =
      new DriverTable<>("name server", Duration.ofSeconds(20));
  private final Naming naming = new Naming(servers);
  private final FakeNameServer server = new FakeNameServer();
  private final ContainerId container = new ContainerId("a".repeat(64));

  private static EndpointInUse place(String id, String... names) {
    EndpointSpec spec =
        new EndpointSpec(
            id.repeat(64),
            "f".repeat(64),
            new ContainerId("a".repeat(64)),
            "eth0",
            List.of(Cidr.parse("10.9.0.2/24")),
            List.of(),
            null,
            List.of(),
            Map.of(),
            List.of(names),
            List.of(),
            List.of(),
            false);
    return new EndpointInUse("front", "bridge", spec, "", List.of(), 0);
  }

  private NameClient client(String... networks) {
    return new NameClient(container, List.of(networks), Map.of(), List.of(), false);
  }

  private List<List<String>> known() {
    return server.endpoints().stream().map(NamedEndpoint::names).toList();
  }

  @Test
  void whoComesHearsOfEverything() throws IOException {
    naming.announce(place("1", "web"));
    naming.restore(client("front"), "/proc/1/ns/net");
    servers.bind(server);
    naming.agree("embedded");
    assertEquals(List.of(List.of("web")), known());
    assertTrue(server.client(container).isPresent());
  }

  @Test
  void otherNamesReplaceTheFirstAndNoneForgetThem() {
    servers.bind(server);
    naming.announce(place("1", "web"));
    naming.announce(place("1", "shop"));
    assertEquals(List.of(List.of("shop")), known());
    naming.announce(place("1"));
    assertEquals(List.of(), known());
  }

  @Test
  void withoutAServerNobodyIsServedAndItIsNamed() {
    EngineException refusal =
        assertThrows(EngineException.class, () -> naming.serve(client("front"), "/proc/1/ns/net"));
    assertTrue(
        refusal.getMessage().contains("name server driver embedded is not available"),
        refusal.getMessage());
    assertFalse(naming.isServed(container));
  }

  @Test
  void whatChangesWhileItIsToldIsToldAfterwards() throws IOException {
    naming.announce(place("1", "gone"));
    naming.announce(place("2", "web"));
    FakeNameServer told = server;
    NameServer slow =
        new NameServer() {
          @Override
          public String name() {
            return "embedded";
          }

          @Override
          public void announce(NamedEndpoint endpoint) {
            told.announce(endpoint);
          }

          @Override
          public void retract(String endpointId) {
            told.retract(endpointId);
          }

          @Override
          public void serve(NameClient client, String namespace) throws IOException {
            told.serve(client, namespace);
          }

          @Override
          public void withdraw(ContainerId container) {
            told.withdraw(container);
          }

          @Override
          public void adopt(Collection<NamedEndpoint> endpoints, Map<NameClient, String> clients)
              throws IOException {
            naming.retract("1".repeat(64));
            naming.announce(place("3", "late"));
            naming.serve(client("front"), "/proc/1/ns/net");
            told.adopt(endpoints, clients);
          }
        };
    servers.bind(slow);
    naming.agree("embedded");
    assertEquals(
        List.of(List.of("late"), List.of("web")),
        known().stream().sorted((a, b) -> a.get(0).compareTo(b.get(0))).toList());
    assertTrue(server.client(container).isPresent());
  }

  @Test
  void aDescriptionIsForThoseWhoAreServed() throws IOException {
    servers.bind(server);
    naming.describe(client("front"));
    assertTrue(server.client(container).isEmpty());
    naming.serve(client("front"), "/proc/1/ns/net");
    naming.describe(client("front", "back"));
    assertEquals(List.of("front", "back"), server.client(container).orElseThrow().networks());
    naming.withdraw(container);
    assertTrue(server.client(container).isEmpty());
    naming.withdraw(container);
  }
}
