package dev.felucca.rest.fake;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.Networks;
import dev.felucca.kernel.network.Subnet;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The bridge. */
public final class FakeNetworks implements Networks {
  public static final String BRIDGE = "b".repeat(64);

  @Override
  public List<NetworkDetails> list(Map<String, List<String>> filters) {
    return List.of(inspect("bridge"));
  }

  @Override
  public NetworkDetails inspect(String ref) {
    if (!ref.equals("bridge")) {
      throw new EngineException(EngineException.Kind.NOT_FOUND, "network " + ref + " not found");
    }
    return new NetworkDetails(
        new NetworkSpec(
            BRIDGE,
            "bridge",
            List.of(new Subnet(Cidr.parse("172.30.0.0/16"), "172.30.0.1")),
            false,
            false,
            Map.of()),
        "bridge",
        "local",
        Instant.parse("2026-01-01T00:00:00Z"),
        false,
        Map.of(),
        Map.of(),
        Map.of(),
        false,
        "");
  }

  @Override
  public NetworkCreated create(NetworkRequest request) {
    return new NetworkCreated("c".repeat(64), List.of());
  }

  @Override
  public void remove(String ref) {
    inspect(ref);
  }

  @Override
  public List<String> prune(Map<String, List<String>> filters) {
    return List.of();
  }

  @Override
  public void leaveHost() {}
}
