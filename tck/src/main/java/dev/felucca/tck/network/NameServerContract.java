package dev.felucca.tck.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NameClient;
import dev.felucca.kernel.network.NameServer;
import dev.felucca.kernel.network.NameUpstream;
import dev.felucca.kernel.network.NamedEndpoint;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The contract of a {@link NameServer}. A subclass makes sure that a test has a host of its own,
 * whose loopback interface is up.
 */
public abstract class NameServerContract {
  private static final int NO_ERROR = 0;
  private static final int FORMAT_ERROR = 1;
  private static final int SERVER_FAILURE = 2;
  private static final int NO_SUCH_NAME = 3;
  private static final int NOT_IMPLEMENTED = 4;
  private static final String UPSTREAM = "127.0.0.53";

  /** A container's network namespace with its loopback interface up. */
  public interface Place extends AutoCloseable {
    String path();

    <T> T inside(Callable<T> action) throws Exception;

    @Override
    void close();
  }

  protected abstract NameServer create();

  /** Ends a server as its bundle's stop does. */
  protected abstract void close(NameServer server);

  protected abstract Place place() throws Exception;

  private final NameServer names = create();

  @AfterEach
  void ended() {
    close(names);
  }

  private static ContainerId container(int number) {
    return new ContainerId(String.format("%064x", number));
  }

  private static NamedEndpoint endpoint(
      int number, String network, List<String> names, String... addresses) {
    return new NamedEndpoint(
        "endpoint" + number + network,
        network,
        network,
        container(number),
        names,
        Arrays.stream(addresses).map(Cidr::parse).toList());
  }

  private static NameClient client(int number, String... networks) {
    return new NameClient(container(number), List.of(networks), Map.of(), List.of(), false);
  }

  private static NameClient asking(int number, NameUpstream... upstreams) {
    return new NameClient(container(number), List.of("front"), Map.of(), List.of(upstreams), false);
  }

  private static Dns.Answer ask(Place place, String name, int type) throws Exception {
    return ask(place, Dns.question(4711, name, type));
  }

  private static Dns.Answer ask(Place place, byte[] question) throws Exception {
    return place.inside(() -> Dns.ask(InetAddress.getByName(NameServer.ADDRESS), question));
  }

  @Test
  void aNameIsTheAddressOfItsEndpoint() throws Exception {
    names.announce(endpoint(1, "front", List.of("web", "www"), "10.1.0.2/24", "fd00::2/64"));
    try (Place place = place()) {
      names.serve(client(9, "front"), place.path());
      assertEquals(
          new Dns.Answer(4711, NO_ERROR, false, List.of("10.1.0.2")), ask(place, "web", Dns.A));
      assertEquals(List.of("10.1.0.2"), ask(place, "wWw", Dns.A).data());
      assertEquals(List.of("10.1.0.2"), ask(place, "web.front", Dns.A).data());
      assertEquals(List.of("fd00:0:0:0:0:0:0:2"), ask(place, "web", Dns.AAAA).data());
    }
  }

  @Test
  void aNameWithoutWhatIsAskedForIsThereAllTheSame() throws Exception {
    names.announce(endpoint(1, "front", List.of("web"), "10.1.0.2/24"));
    try (Place place = place()) {
      names.serve(client(9, "front"), place.path());
      Dns.Answer nothing = new Dns.Answer(4711, NO_ERROR, false, List.of());
      assertEquals(nothing, ask(place, "web", Dns.AAAA));
      assertEquals(nothing, ask(place, "web", Dns.TXT));
    }
  }

  @Test
  void anAddressIsCalledByItsNameAndNetwork() throws Exception {
    names.announce(endpoint(1, "front", List.of("web", "www"), "10.1.0.2/24", "fd00::2/64"));
    try (Place place = place()) {
      names.serve(client(9, "front"), place.path());
      assertEquals(List.of("web.front."), ask(place, "2.0.1.10.in-addr.arpa", Dns.PTR).data());
      String six = "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa";
      assertEquals(List.of("web.front."), ask(place, six, Dns.PTR).data());
    }
  }

  @Test
  void whoSharesANameIsAnsweredInTurns() throws Exception {
    for (int i = 2; i < 5; i++) {
      names.announce(endpoint(i, "front", List.of("one" + i, "web"), "10.1.0." + i + "/24"));
    }
    try (Place place = place()) {
      names.serve(client(9, "front"), place.path());
      Set<String> first = new HashSet<>();
      for (int i = 0; i < 200 && first.size() < 3; i++) {
        List<String> all = ask(place, "web", Dns.A).data();
        assertEquals(Set.of("10.1.0.2", "10.1.0.3", "10.1.0.4"), new HashSet<>(all));
        first.add(all.get(0));
      }
      assertEquals(3, first.size());
    }
  }

  @Test
  void whatDoesNotFitADatagramIsHadByTcp() throws Exception {
    List<String> all = IntStream.range(1, 100).mapToObj(i -> "10.1.0." + i).toList();
    IntStream.range(1, 100)
        .forEach(i -> names.announce(endpoint(i, "front", List.of("web"), "10.1.0." + i + "/24")));
    try (Place place = place()) {
      names.serve(client(200, "front"), place.path());
      Dns.Answer cut = ask(place, "web", Dns.A);
      assertTrue(cut.truncated());
      assertTrue(cut.data().size() < 35);
      List<Dns.Answer> whole =
          place.inside(
              () ->
                  Dns.askByTcp(
                      InetAddress.getByName(NameServer.ADDRESS),
                      List.of(Dns.question(1, "web", Dns.A), Dns.question(2, "web", Dns.AAAA))));
      assertEquals(new HashSet<>(all), new HashSet<>(whole.get(0).data()));
      assertEquals(new Dns.Answer(2, NO_ERROR, false, List.of()), whole.get(1));
    }
  }

  @Test
  void aClientSeesNoNamesOfNetworksItIsNotIn() throws Exception {
    names.announce(endpoint(1, "front", List.of("web"), "10.1.0.2/24"));
    names.announce(endpoint(2, "back", List.of("db", "web"), "10.2.0.2/24"));
    try (Place front = place();
        Place both = place()) {
      names.serve(client(8, "front"), front.path());
      names.serve(client(9, "back", "front"), both.path());
      assertEquals(SERVER_FAILURE, ask(front, "db", Dns.A).code());
      assertEquals(SERVER_FAILURE, ask(front, "2.0.2.10.in-addr.arpa", Dns.PTR).code());
      assertEquals(List.of("10.2.0.2"), ask(both, "web", Dns.A).data());
      assertEquals(List.of("10.1.0.2"), ask(both, "web.front", Dns.A).data());
    }
  }

  @Test
  void anAliasMeansSomethingToItsClientAlone() throws Exception {
    names.announce(endpoint(1, "front", List.of("db"), "10.1.0.2/24"));
    try (Place linked = place();
        Place other = place()) {
      names.serve(
          new NameClient(container(8), List.of("front"), Map.of("store", "db"), List.of(), false),
          linked.path());
      names.serve(client(9, "front"), other.path());
      assertEquals(List.of("10.1.0.2"), ask(linked, "store", Dns.A).data());
      assertEquals(SERVER_FAILURE, ask(other, "store", Dns.A).code());
    }
  }

  @Test
  void namesComeAndGoWhileTheyAreAskedFor() throws Exception {
    try (Place place = place()) {
      names.serve(client(9, "front"), place.path());
      assertEquals(SERVER_FAILURE, ask(place, "web", Dns.A).code());
      names.announce(endpoint(1, "front", List.of("web"), "10.1.0.2/24"));
      assertEquals(List.of("10.1.0.2"), ask(place, "web", Dns.A).data());
      names.announce(endpoint(1, "front", List.of("web"), "10.1.0.3/24"));
      assertEquals(List.of("10.1.0.3"), ask(place, "web", Dns.A).data());
      names.retract("endpoint1front");
      names.retract("endpoint1front");
      assertEquals(SERVER_FAILURE, ask(place, "web", Dns.A).code());
    }
  }

  @Test
  void aServedClientCanBeDescribedAnew() throws Exception {
    names.announce(endpoint(1, "front", List.of("web"), "10.1.0.2/24"));
    try (Place place = place()) {
      names.serve(client(9), place.path());
      assertEquals(SERVER_FAILURE, ask(place, "web", Dns.A).code());
      names.serve(client(9, "front"), place.path());
      assertEquals(List.of("10.1.0.2"), ask(place, "web", Dns.A).data());
    }
  }

  @Test
  void aContainerMayListenOnEveryAddressItself() throws Exception {
    names.announce(endpoint(1, "front", List.of("web"), "10.1.0.2/24"));
    try (Place place = place()) {
      names.serve(client(9, "front"), place.path());
      try (DatagramSocket udp = place.inside(() -> new DatagramSocket(53));
          ServerSocket tcp = place.inside(() -> new ServerSocket(53))) {
        assertTrue(udp.isBound() && tcp.isBound());
        assertEquals(List.of("10.1.0.2"), ask(place, "web", Dns.A).data());
      }
    }
  }

  @Test
  void anotherServerTakesOverWhatOneLeaves() throws Exception {
    names.announce(endpoint(1, "front", List.of("web"), "10.1.0.2/24"));
    try (Place place = place()) {
      names.serve(client(9, "front"), place.path());
      close(names);
      NameServer next = create();
      try {
        next.adopt(
            List.of(endpoint(1, "front", List.of("web"), "10.1.0.7/24")),
            Map.of(client(9, "front"), place.path()));
        assertEquals(List.of("10.1.0.7"), ask(place, "web", Dns.A).data());
      } finally {
        close(next);
      }
    }
  }

  @Test
  void aClientThatIsGoneKeepsNobodyFromBeingAdopted() throws Exception {
    try (Place place = place()) {
      Map<NameClient, String> clients =
          Map.of(
              client(7, "front"), "/proc/self/no-such-namespace", client(9, "front"), place.path());
      assertThrows(
          IOException.class,
          () -> names.adopt(List.of(endpoint(1, "front", List.of("web"), "10.1.0.2/24")), clients));
      assertEquals(List.of("10.1.0.2"), ask(place, "web", Dns.A).data());
    }
  }

  @Test
  void whatNobodyIsCalledIsAskedOfTheHostsUpstream() throws Exception {
    try (Place place = place();
        FakeUpstream upstream = new FakeUpstream(UPSTREAM)) {
      names.serve(asking(9, new NameUpstream(UPSTREAM, true)), place.path());
      assertTrue(upstream.isBound());
      assertEquals(List.of("192.0.2.1"), ask(place, "example.org", Dns.A).data());
      assertEquals(NO_SUCH_NAME, ask(place, "nx.example.org", Dns.A).code());
      assertEquals(4711, ask(place, "example.org", Dns.A).id());
      List<Dns.Answer> byTcp =
          place.inside(
              () ->
                  Dns.askByTcp(
                      InetAddress.getByName(NameServer.ADDRESS),
                      List.of(Dns.question(5, "example.org", Dns.A))));
      assertEquals(List.of(new Dns.Answer(5, NO_ERROR, false, List.of("192.0.2.2"))), byTcp);
    }
  }

  @Test
  void anotherUpstreamIsAskedInTheContainersOwnNetwork() throws Exception {
    try (Place place = place()) {
      FakeUpstream upstream = place.inside(() -> new FakeUpstream("127.0.0.1"));
      try (upstream) {
        assertTrue(upstream.isBound());
        names.serve(asking(9, new NameUpstream("127.0.0.1", false)), place.path());
        assertEquals(List.of("192.0.2.1"), ask(place, "example.org", Dns.A).data());
      }
    }
  }

  @Test
  void theNextUpstreamStepsInForOneThatFailsRefusesOrIsNotThere() throws Exception {
    try (Place place = place();
        FakeUpstream upstream = new FakeUpstream(UPSTREAM);
        DatagramSocket silent =
            new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.54"), 53))) {
      NameUpstream good = new NameUpstream(UPSTREAM, true);
      assertTrue(upstream.isBound());
      names.serve(asking(9, new NameUpstream("127.0.0.55", true), good), place.path());
      assertEquals(List.of("192.0.2.1"), ask(place, "example.org", Dns.A).data());
      names.serve(asking(9, new NameUpstream("127.0.0.54", true), good), place.path());
      assertTrue(silent.isBound());
      assertEquals(List.of("192.0.2.1"), ask(place, "example.org", Dns.A).data());
      names.serve(asking(9, good), place.path());
      assertEquals(SERVER_FAILURE, ask(place, "broken.example.org", Dns.A).code());
    }
  }

  @Test
  void withoutAnAnswerTheClientHearsOfIt() throws Exception {
    try (Place place = place()) {
      names.serve(asking(9, new NameUpstream("127.0.0.55", true)), place.path());
      assertEquals(SERVER_FAILURE, ask(place, "example.org", Dns.A).code());
    }
  }

  @Test
  void aSingleLabelStaysWhereThatIsAskedFor() throws Exception {
    try (Place place = place();
        FakeUpstream upstream = new FakeUpstream(UPSTREAM)) {
      NameUpstream up = new NameUpstream(UPSTREAM, true);
      names.serve(
          new NameClient(container(9), List.of("front"), Map.of(), List.of(up), true),
          place.path());
      assertEquals(new Dns.Answer(4711, NO_ERROR, false, List.of()), ask(place, "nobody", Dns.A));
      assertEquals(List.of("192.0.2.1"), ask(place, "example.org", Dns.A).data());
      assertTrue(upstream.isBound());
    }
  }

  @Test
  void malformedQuestionsAreRefusedOrPassedOver() throws Exception {
    names.announce(endpoint(1, "front", List.of("web"), "10.1.0.2/24"));
    try (Place place = place()) {
      names.serve(client(9, "front"), place.path());
      byte[] good = Dns.question(7, "web", Dns.A);
      byte[] loop = good.clone();
      loop[12] = (byte) 0xc0;
      loop[13] = 12;
      assertEquals(FORMAT_ERROR, ask(place, loop).code());
      assertEquals(FORMAT_ERROR, ask(place, Arrays.copyOf(good, good.length - 3)).code());
      byte[] two = good.clone();
      two[5] = 2;
      assertEquals(FORMAT_ERROR, ask(place, two).code());
      byte[] records = good.clone();
      records[11] = 9;
      assertEquals(FORMAT_ERROR, ask(place, records).code());
      byte[] update = good.clone();
      update[2] |= 5 << 3;
      assertEquals(NOT_IMPLEMENTED, ask(place, update).code());
      assertEquals(FORMAT_ERROR, ask(place, Dns.question(7, "a.".repeat(130) + "b", Dns.A)).code());
      assertEquals(List.of("10.1.0.2"), ask(place, good).data());
    }
  }

  @Test
  void rubbishHurtsNobody() throws Exception {
    names.announce(endpoint(1, "front", List.of("web"), "10.1.0.2/24"));
    Random random = new Random(53);
    try (Place place = place()) {
      names.serve(asking(9, new NameUpstream("127.0.0.55", true)), place.path());
      byte[] good = Dns.question(7, "web", Dns.A);
      place.inside(
          () -> {
            InetSocketAddress server = new InetSocketAddress(NameServer.ADDRESS, 53);
            try (DatagramSocket socket = new DatagramSocket()) {
              for (int i = 0; i < 3000; i++) {
                byte[] bad = i % 2 == 0 ? new byte[random.nextInt(600)] : good.clone();
                if (i % 2 == 0) {
                  random.nextBytes(bad);
                } else {
                  bad[random.nextInt(bad.length)] = (byte) random.nextInt();
                }
                socket.send(new DatagramPacket(bad, bad.length, server));
              }
              byte[] huge = new byte[65000];
              socket.send(new DatagramPacket(huge, huge.length, server));
            }
            return null;
          });
      assertEquals(List.of("10.1.0.2"), ask(place, good).data());
    }
  }
}
