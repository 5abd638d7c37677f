package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.state.DurableFiles;
import dev.felucca.engine.state.EngineConfig;
import dev.felucca.engine.state.StateFile;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.ListSetting;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.Networks.NetworkRequest;
import dev.felucca.kernel.network.Subnet;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Which networks there are: one state file each, the three predefined ones made when missing. */
final class NetworkBook {
  private static final String ICC = "com.docker.network.bridge.enable_icc";

  private final Path directory;
  private final Map<String, NetworkRecord> byId = new ConcurrentHashMap<>();
  private final List<String> pools;

  /** Being made: their names and subnets are taken already. Guarded by this. */
  private final Map<String, NetworkRecord> making = new HashMap<>();

  /** Being removed: nobody gets a place in them any more. */
  private final Set<String> removing = ConcurrentHashMap.newKeySet();

  /**
   * @param seed tells engines' own IPv6 ranges apart
   * @param bridgeName of the default network's interface, where the settings name none
   * @param damaged hears of files that make no sense
   */
  NetworkBook(
      Path directory,
      EngineConfig config,
      String seed,
      String bridgeName,
      Consumer<DamagedStateException> damaged)
      throws IOException {
    this.directory = Files.createDirectories(directory);
    this.pools = pools(config, seed);
    for (NetworkRecord network : StateFile.readAll(directory, NetworkRecord.class, damaged)) {
      byId.put(network.spec().id(), network);
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
    setIcc(config.icc());
    if (find("host").isEmpty()) {
      add(predefined("host", "host", List.of(), Map.of()));
    }
    if (find("none").isEmpty()) {
      add(predefined("none", "null", List.of(), Map.of()));
    }
  }

  /** The default network follows the setting, also one that an earlier engine made. */
  private void setIcc(boolean icc) throws IOException {
    NetworkRecord bridge = find("bridge").orElseThrow();
    boolean now = !"false".equals(bridge.spec().options().get(ICC));
    if (now != icc) {
      Map<String, String> options = new HashMap<>(bridge.spec().options());
      options.put(ICC, Boolean.toString(icc));
      add(bridge.withOptions(options));
    }
  }

  private static NetworkRecord predefined(
      String name, String driver, List<Subnet> subnets, Map<String, String> options) {
    NetworkSpec spec =
        new NetworkSpec(ContainerId.randomHex(), name, subnets, false, false, options);
    return new NetworkRecord(spec, driver, Instant.now(), false, Map.of(), Map.of(), false, "");
  }

  private Subnet bridgeSubnet(EngineConfig config) throws IOException {
    if (!config.bridgeAddress().isEmpty()) {
      Cidr given = Cidr.parse(config.bridgeAddress());
      Cidr base = AddressNumbers.masked(given);
      return new Subnet(base, given.address().getHostAddress());
    }
    List<Cidr> taken = new ArrayList<>(HostRoutes.read());
    byId.values().stream()
        .filter(network -> !network.configOnly())
        .forEach(n -> n.spec().subnets().forEach(subnet -> taken.add(subnet.cidr())));
    return AddressPools.choose(pools, taken, false);
  }

  /** Those of the settings; where none is of IPv6, an own range as RFC 4193 wants it. */
  private static List<String> pools(EngineConfig config, String seed) {
    List<String> all = new ArrayList<>(ListSetting.of(config.addressPools()));
    if (all.stream().noneMatch(pool -> pool.contains(":"))) {
      byte[] digest = Digest.newSha256().digest(seed.getBytes(StandardCharsets.UTF_8));
      byte[] address = new byte[16];
      address[0] = (byte) 0xfd;
      System.arraycopy(digest, 0, address, 1, 5);
      all.add(Cidr.text(AddressNumbers.address(new BigInteger(1, address), 16)) + "/48=64");
    }
    return all;
  }

  /**
   * Decides a new network and takes its name and subnets; {@link #made} or {@link #notMade} is
   * next.
   *
   * @param isolated false for a driver whose networks are the host's own: they may overlap them
   */
  synchronized NetworkRecord begin(NetworkPlan plan, String driver, boolean isolated)
      throws IOException {
    NetworkRequest request = plan.request();
    List<NetworkRecord> others = new ArrayList<>(byId.values());
    others.addAll(making.values());
    if (others.stream().anyMatch(other -> other.spec().name().equals(request.name()))) {
      throw new EngineException(
          CONFLICT, "network with name " + request.name() + " already exists");
    }
    if (request.configOnly()) {
      return begun(plan, "null", NetworkConfigs.subnets(plan));
    }
    others.removeIf(NetworkRecord::configOnly);
    List<Cidr> networks =
        others.stream().flatMap(o -> o.spec().subnets().stream()).map(Subnet::cidr).toList();
    List<Cidr> routes = HostRoutes.read();
    for (Subnet subnet : plan.subnets()) {
      if (networks.stream().anyMatch(subnet.cidr()::overlaps)) {
        throw NetworkPlan.overlap();
      }
      if (isolated) {
        HostOverlap.check(subnet.cidr(), routes);
      }
    }
    List<Subnet> subnets = new ArrayList<>(plan.subnets());
    List<Cidr> taken = new ArrayList<>(routes);
    taken.addAll(networks);
    subnets.forEach(subnet -> taken.add(subnet.cidr()));
    if (plan.ipv4() && subnets.stream().allMatch(Subnet::ipv6)) {
      subnets.add(0, AddressPools.choose(pools, taken, false));
    }
    if (plan.ipv6() && subnets.stream().noneMatch(Subnet::ipv6)) {
      subnets.add(AddressPools.choose(pools, taken, true));
    }
    return begun(plan, driver, subnets);
  }

  private NetworkRecord begun(NetworkPlan plan, String driver, List<Subnet> subnets) {
    NetworkRequest request = plan.request();
    NetworkSpec spec =
        new NetworkSpec(
            ContainerId.randomHex(),
            request.name(),
            subnets,
            request.internal(),
            plan.ipv6(),
            request.options(),
            !plan.ipv4());
    NetworkRecord network =
        new NetworkRecord(
            spec,
            driver,
            Instant.now(),
            request.attachable(),
            request.labels(),
            request.ipamOptions(),
            request.configOnly(),
            request.configFrom());
    making.put(spec.id(), network);
    return network;
  }

  /** Its driver has made it: from here on it exists. */
  void made(NetworkRecord network) throws IOException {
    try {
      add(network);
    } finally {
      notMade(network);
    }
  }

  synchronized void notMade(NetworkRecord network) {
    making.remove(network.spec().id());
  }

  /** From here on nobody gets a place in it; CONFLICT when somebody is removing it already. */
  void beginRemoval(NetworkRecord network) {
    if (!removing.add(network.spec().id())) {
      throw new EngineException(CONFLICT, "network " + network.spec().name() + " is being removed");
    }
  }

  void endRemoval(NetworkRecord network) {
    removing.remove(network.spec().id());
  }

  boolean isLeaving(String id) {
    return removing.contains(id) || !byId.containsKey(id);
  }

  /** Its driver has removed it. */
  void remove(NetworkRecord network) throws IOException {
    new StateFile<>(directory.resolve(network.spec().id() + ".json"), NetworkRecord.class).delete();
    DurableFiles.syncDirectory(directory);
    byId.remove(network.spec().id());
  }

  private void add(NetworkRecord network) throws IOException {
    new StateFile<>(directory.resolve(network.spec().id() + ".json"), NetworkRecord.class)
        .writeDurably(network);
    byId.put(network.spec().id(), network);
  }

  /** NOT_FOUND, in Docker's words, for what is none of those that others can be made from. */
  NetworkRecord config(String name) {
    return byId.values().stream()
        .filter(network -> network.configOnly() && network.spec().name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    NOT_FOUND, "configuration network \"" + name + "\" does not exist"));
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
