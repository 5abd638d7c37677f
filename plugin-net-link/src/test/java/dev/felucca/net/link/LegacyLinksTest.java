package dev.felucca.net.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Flow;
import dev.felucca.kernel.network.LinkRequest;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LegacyLinksTest {
  private static LinkRequest request(String alias, Set<String> ports, String... environment) {
    return new LinkRequest(
        "web",
        "172.17.0.3",
        alias,
        "store",
        "172.17.0.2",
        "aed84ee21bde",
        ports,
        List.of(environment));
  }

  private static List<String> environment(String alias, Set<String> ports, String... env) {
    return new LegacyLinks().link(request(alias, ports, env)).environment();
  }

  @Test
  void variablesAreThoseOfTheHandbook() {
    assertEquals(
        List.of(
            "DB_PORT=tcp://172.17.0.2:5432",
            "DB_PORT_5432_TCP=tcp://172.17.0.2:5432",
            "DB_PORT_5432_TCP_ADDR=172.17.0.2",
            "DB_PORT_5432_TCP_PORT=5432",
            "DB_PORT_5432_TCP_PROTO=tcp",
            "DB_NAME=/web/db",
            "DB_ENV_PG_VERSION=9.3",
            "DB_ENV_EMPTY="),
        environment(
            "db", Set.of("5432/tcp"), "PATH=/bin", "HOME=/", "PG_VERSION=9.3", "EMPTY=", "ODD"));
  }

  @Test
  void thePortIsTheLowestOfTcp() {
    List<String> all = environment("my-db", Set.of("53/udp", "8080/tcp", "80/tcp"));
    assertEquals("MY_DB_PORT=tcp://172.17.0.2:80", all.get(0));
    assertEquals(
        List.of("MY_DB_PORT_80_TCP", "MY_DB_PORT_8080_TCP", "MY_DB_PORT_53_UDP"),
        all.stream()
            .map(line -> line.substring(0, line.indexOf('=')))
            .filter(name -> name.endsWith("TCP") || name.endsWith("UDP"))
            .toList());
  }

  @Test
  void portsThatFollowEachOtherAreARangeToo() {
    assertEquals(
        List.of(
            "DB_PORT=tcp://172.17.0.2:7000",
            "DB_PORT_7000_TCP_START=tcp://172.17.0.2:7000",
            "DB_PORT_7000_TCP_ADDR=172.17.0.2",
            "DB_PORT_7000_TCP_PROTO=tcp",
            "DB_PORT_7000_TCP_PORT_START=7000",
            "DB_PORT_7000_TCP_END=tcp://172.17.0.2:7002",
            "DB_PORT_7000_TCP_PORT_END=7002"),
        environment("db", Set.of("7000/tcp", "7001/tcp", "7002/tcp", "9000/tcp")).subList(0, 7));
  }

  @Test
  void withoutPortsThereIsTheNameAlone() {
    assertEquals(List.of("DB_NAME=/web/db"), environment("db", Set.of()));
  }

  @Test
  void theTargetIsCalledByAliasHostNameAndName() {
    assertEquals(
        List.of("db", "aed84ee21bde", "store"),
        new LegacyLinks().link(request("db", Set.of())).hostNames());
    assertEquals(
        List.of("store", "aed84ee21bde"),
        new LegacyLinks().link(request("store", Set.of())).hostNames());
  }

  @Test
  void onlyExposedPortsMayBeSentTo() {
    assertEquals(
        List.of(
            new Flow("172.17.0.3", "172.17.0.2", "tcp", 80),
            new Flow("172.17.0.3", "172.17.0.2", "udp", 53)),
        new LegacyLinks().link(request("db", Set.of("53/udp", "80/tcp"))).flows());
    assertThrows(
        EngineException.class, () -> new LegacyLinks().link(request("db", Set.of("x/tcp"))));
  }
}
