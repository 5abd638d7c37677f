package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.state.EngineConfig;
import dev.felucca.engine.state.StateFile;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.Subnet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Which networks there are: one state file each, the three predefined ones made when missing. */
final class NetworkBook {
  private final Path directory;
  private final Map<String, NetworkRecord> byId = new ConcurrentHashMap<>();

  /**
   * @param bridgeName of the default network's interface, where the settings name none
   * @param damaged hears of files that make no sense
   */
  NetworkBook(
      Path directory,
      EngineConfig config,
      String bridgeName,
      Consumer<DamagedStateException> damaged)
      throws IOException {
    this.directory = Files.createDirectories(directory);
    try (var files = Files.newDirectoryStream(directory, "*.json")) {
      for (Path file : files) {
        try {
          new StateFile<>(file, NetworkRecord.class)
              .read()
              .ifPresent(network -> byId.put(network.spec().id(), network));
        } catch (DamagedStateException e) {
          damaged.accept(e);
        }
      }
    }
    if (find("bridge").isEmpty()) {
      add(
          predefined(
              "bridge",
              "bridge",
              List.of(bridgeSubnet(config)),
              Map.of(
                  "com.docker.network.bridge.name",
                  config.bridgeName().isEmpty() ? bridgeName : config.bridgeName(),
                  "com.docker.network.bridge.default_bridge",
                  "true")));
    }
    if (find("host").isEmpty()) {
      add(predefined("host", "host", List.of(), Map.of()));
    }
    if (find("none").isEmpty()) {
      add(predefined("none", "null", List.of(), Map.of()));
    }
  }

  private static NetworkRecord predefined(
      String name, String driver, List<Subnet> subnets, Map<String, String> options) {
    NetworkSpec spec =
        new NetworkSpec(ContainerId.randomHex(), name, subnets, false, false, options);
    return new NetworkRecord(spec, driver, Instant.now(), false, Map.of(), Map.of());
  }

  private Subnet bridgeSubnet(EngineConfig config) throws IOException {
    if (!config.bridgeAddress().isEmpty()) {
      Cidr given = Cidr.parse(config.bridgeAddress());
      Cidr base = AddressNumbers.masked(given);
      return new Subnet(base, given.address().getHostAddress());
    }
    List<Cidr> taken = new ArrayList<>(HostRoutes.read());
    byId.values().forEach(n -> n.spec().subnets().forEach(subnet -> taken.add(subnet.cidr())));
    return AddressPools.choose(Arrays.asList(config.addressPools()), taken);
  }

  private void add(NetworkRecord network) throws IOException {
    new StateFile<>(directory.resolve(network.spec().id() + ".json"), NetworkRecord.class)
        .writeDurably(network);
    byId.put(network.spec().id(), network);
  }

  Collection<NetworkRecord> all() {
    return byId.values();
  }

  /** By name, then id, then a prefix that only one id has. */
  Optional<NetworkRecord> find(String ref) {
    NetworkRecord exact = byId.get(ref);
    if (exact != null) {
      return Optional.of(exact);
    }
    for (NetworkRecord network : byId.values()) {
      if (network.spec().name().equals(ref)) {
        return Optional.of(network);
      }
    }
    List<NetworkRecord> starting =
        byId.values().stream()
            .filter(n -> !ref.isEmpty() && n.spec().id().startsWith(ref))
            .toList();
    if (starting.size() > 1) {
      throw new EngineException(
          CONFLICT,
          "network "
              + ref
              + " is ambiguous ("
              + starting.size()
              + " matches found based on ID prefix)");
    }
    return starting.stream().findFirst();
  }

  NetworkRecord get(String ref) {
    return find(ref)
        .orElseThrow(() -> new EngineException(NOT_FOUND, "network " + ref + " not found"));
  }
}
