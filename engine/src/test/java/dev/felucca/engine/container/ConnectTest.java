package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.network.Networks.NetworkRequest;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConnectTest extends OnTestEngine {
  private NetworkService service;
  private ContainerId id;

  @BeforeEach
  void begin() throws IOException {
    service = new NetworkService(engine.core, engine.adoption);
    engine.networks.create(NetworkRequest.of("n", ""));
    id = engine.run("c1");
  }

  @Test
  void whatEndsMeanwhileConnectsWithItsNextStart() throws IOException {
    machine
        .bridge
        .trouble()
        .at(
            "join",
            () -> {
              engine.process(id).exit(0);
              throw new IOException("open /proc/7/ns/net: ENOENT");
            });
    service.connect("n", "c1", EndpointConfig.DEFAULT);
    engine.awaitStatus(id, Status.EXITED);
    assertTrue(machine.bridge.endpoints().isEmpty());
    machine.bridge.trouble().end("join");
    engine.manager.start("c1");
    assertEquals(2, machine.bridge.endpoints().size());
  }

  @Test
  void whatRunsIsRefusedWhenItsDriverFails() {
    machine.bridge.trouble().fail("join", "no such luck");
    assertThrows(IOException.class, () -> service.connect("n", "c1", EndpointConfig.DEFAULT));
    assertEquals(Status.RUNNING, engine.status(id));
    assertEquals(1, machine.bridge.endpoints().size());
    assertEquals(1, engine.inspect(id).networks().size());
  }
}
