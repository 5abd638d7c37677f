package dev.felucca.tck.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Endpoint;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.NetworkSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * The contract of a {@link NetworkDriver}. A subclass makes sure that a test has a host of its own,
 * such as a network namespace; what only a driver of isolated or addressed networks can do is
 * skipped for the others.
 */
public abstract class NetworkDriverContract {
  /** A container's network namespace, empty but for loopback; gone when closed. */
  public interface Namespace extends AutoCloseable {
    String path();

    /** Names of the interfaces in it. */
    Set<String> interfaces() throws IOException;

    @Override
    void close();
  }

  /** A driver that knows nothing yet, on a host where earlier ones may have left things. */
  protected abstract NetworkDriver create();

  protected abstract Namespace namespace() throws Exception;

  /** Everything of Felucca's that is on the host now: interfaces, tables. */
  protected abstract Set<String> traces() throws IOException;

  @Test
  void itWorksHere() {
    NetworkDriver driver = create();
    assertEquals(Optional.empty(), driver.unusable());
    assertFalse(driver.name().isEmpty());
    assertEquals(create().name(), driver.name());
  }

  @Test
  void makingANetworkAgainIsNoError() throws Exception {
    NetworkDriver driver = create();
    Set<String> before = traces();
    driver.createNetwork(Specs.network(1, Map.of()));
    Set<String> after = traces();
    driver.createNetwork(Specs.network(1, Map.of()));
    assertEquals(after, traces());
    driver.deleteNetwork(Specs.network(1, Map.of()).id());
    assertEquals(before, traces());
  }

  @Test
  void anotherSpecOfTheSameNetworkIsConflict() throws Exception {
    NetworkDriver driver = addressed(create());
    NetworkSpec spec = Specs.network(1, Map.of());
    driver.createNetwork(spec);
    NetworkSpec other =
        new NetworkSpec(
            spec.id(), spec.name(), Specs.network(2, Map.of()).subnets(), true, false, Map.of());
    assertKind(EngineException.Kind.CONFLICT, () -> driver.createNetwork(other));
    driver.deleteNetwork(spec.id());
  }

  @Test
  void deletingWhatIsNotThereIsNoError() throws Exception {
    NetworkDriver driver = create();
    Set<String> before = traces();
    driver.deleteNetwork(Specs.id(77));
    driver.leave(Specs.id(77), Specs.id(78));
    driver.leave(Specs.id(77), Specs.id(78));
    assertEquals(before, traces());
  }

  @Test
  void aNetworkWithEndpointsStays() throws Exception {
    NetworkDriver driver = addressed(create());
    NetworkSpec network = Specs.network(1, Map.of());
    driver.createNetwork(network);
    try (Namespace container = namespace()) {
      EndpointSpec endpoint = Specs.endpoint(network, 1, 2);
      driver.join(network, endpoint, container.path());
      assertKind(EngineException.Kind.CONFLICT, () -> driver.deleteNetwork(network.id()));
      driver.leave(network.id(), endpoint.id());
    }
    driver.deleteNetwork(network.id());
  }

  @Test
  void joiningGivesTheInterfaceAndLeavingTakesIt() throws Exception {
    NetworkDriver driver = create();
    Set<String> before = traces();
    NetworkSpec network = Specs.network(1, Map.of());
    driver.createNetwork(network);
    Set<String> unused = traces();
    try (Namespace container = namespace()) {
      Set<String> empty = container.interfaces();
      EndpointSpec spec = Specs.endpoint(network, 1, 2);
      Endpoint endpoint = driver.join(network, spec, container.path());
      assertEquals(spec.id(), endpoint.id());
      assertEquals(driver.addressed(), !endpoint.macAddress().isEmpty());
      assertEquals(driver.addressed(), container.interfaces().contains("eth0"));
      driver.leave(network.id(), spec.id());
      driver.leave(network.id(), spec.id());
      assertEquals(empty, container.interfaces());
      assertEquals(unused, traces());
    }
    driver.deleteNetwork(network.id());
    assertEquals(before, traces());
  }

  @Test
  void leavingANamespaceThatIsGoneIsNoError() throws Exception {
    NetworkDriver driver = create();
    Set<String> before = traces();
    NetworkSpec network = Specs.network(1, Map.of());
    driver.createNetwork(network);
    EndpointSpec spec = Specs.endpoint(network, 1, 2);
    try (Namespace container = namespace()) {
      driver.join(network, spec, container.path());
    }
    driver.leave(network.id(), spec.id());
    driver.deleteNetwork(network.id());
    assertEquals(before, traces());
  }

  @Test
  void aFailedJoinLeavesNothing() throws Exception {
    NetworkDriver driver = addressed(create());
    NetworkSpec network = Specs.network(1, Map.of());
    driver.createNetwork(network);
    Set<String> before = traces();
    EndpointSpec spec = Specs.endpoint(network, 1, 2);
    assertThrows(IOException.class, () -> driver.join(network, spec, "/proc/0/ns/net"));
    assertThrows(IOException.class, () -> driver.join(network, spec, "/proc/self/status"));
    assertEquals(before, traces());
    driver.deleteNetwork(network.id());
  }

  @Test
  void aSecondInterfaceOfTheSameNameIsConflictAndLeavesNothing() throws Exception {
    NetworkDriver driver = addressed(create());
    NetworkSpec network = Specs.network(1, Map.of());
    driver.createNetwork(network);
    try (Namespace container = namespace()) {
      driver.join(network, Specs.endpoint(network, 1, 2), container.path());
      Set<String> before = traces();
      EndpointSpec second = Specs.endpoint(network, 2, 3);
      assertKind(
          EngineException.Kind.CONFLICT, () -> driver.join(network, second, container.path()));
      assertEquals(before, traces());
      driver.leave(network.id(), Specs.id(0xe000 + 1));
    }
    driver.deleteNetwork(network.id());
  }

  @Test
  void manyJoinAndLeaveAtOnce() throws Exception {
    NetworkDriver driver = addressed(create());
    NetworkSpec network = Specs.network(1, Map.of());
    driver.createNetwork(network);
    Set<String> before = traces();
    List<Namespace> containers = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        Namespace container = namespace();
        containers.add(container);
        EndpointSpec spec = Specs.endpoint(network, i, 2 + i);
        all.add(
            pool.submit(
                () -> {
                  driver.join(network, spec, container.path());
                  assertTrue(container.interfaces().contains("eth0"));
                  driver.leave(network.id(), spec.id());
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      pool.shutdownNow();
      containers.forEach(Namespace::close);
    }
    assertEquals(before, traces());
    driver.deleteNetwork(network.id());
  }

  @Test
  void afterARestartAdoptingKeepsWhatIsListed() throws Exception {
    Set<String> before = traces();
    NetworkDriver first = create();
    NetworkSpec network = Specs.network(1, Map.of());
    first.createNetwork(network);
    try (Namespace container = namespace()) {
      EndpointSpec spec = Specs.endpoint(network, 1, 2);
      first.join(network, spec, container.path());
      Set<String> joined = traces();
      NetworkDriver second = create();
      second.adopt(List.of(network), Map.of(spec, container.path()));
      second.adopt(List.of(network), Map.of(spec, container.path()));
      assertEquals(joined, traces());
      second.leave(network.id(), spec.id());
      second.deleteNetwork(network.id());
      assertEquals(before, traces());
    }
  }

  @Test
  void adoptingRemovesWhatIsNotListed() throws Exception {
    Set<String> before = traces();
    NetworkDriver first = create();
    NetworkSpec network = Specs.network(1, Map.of());
    first.createNetwork(network);
    try (Namespace container = namespace()) {
      first.join(network, Specs.endpoint(network, 1, 2), container.path());
      NetworkDriver second = create();
      second.adopt(List.of(), Map.of());
      assertEquals(before, traces());
      second.adopt(List.of(network), Map.of());
      second.deleteNetwork(network.id());
      assertEquals(before, traces());
    }
  }

  @Test
  void aDriverThatDidNotAdoptStillDeletes() throws Exception {
    Set<String> before = traces();
    create().createNetwork(Specs.network(1, Map.of()));
    create().deleteNetwork(Specs.network(1, Map.of()).id());
    create().adopt(List.of(), Map.of());
    assertEquals(before, traces());
  }

  @Test
  void explainingChangesNothing() throws Exception {
    NetworkDriver driver = create();
    Set<String> before = traces();
    NetworkSpec network = Specs.network(1, Map.of());
    List<String> lines = driver.explain(network, Specs.endpoint(network, 1, 2));
    assertEquals(before, traces());
    assertEquals(driver.addressed(), lines.stream().anyMatch(line -> line.contains("10.201.1.2")));
    assertTrue(lines.stream().noneMatch(line -> line.contains("\n")));
    if (driver.isolated()) {
      assertNotEquals(List.of(), lines);
    }
  }

  /** A call that may be refused. */
  protected interface Call {
    void run() throws IOException;
  }

  protected static void assertKind(EngineException.Kind kind, Call call) {
    assertEquals(kind, assertThrows(EngineException.class, call::run).kind());
  }

  private static NetworkDriver addressed(NetworkDriver driver) {
    assumeTrue(driver.addressed(), "driver " + driver.name() + " has no addresses");
    return driver;
  }
}
