package dev.felucca.net.bridge;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.linux.netlink.Link;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts right what somebody else took away: the permission to forward, a bridge, its addresses, a
 * container's interface, the table. What cannot be put right keeps nothing else from it.
 */
final class Healing {
  private static final Logger LOG = LoggerFactory.getLogger(Healing.class);

  private final Inventory wanted;
  private final Pairs pairs;
  private long generation = -1;

  /** Whether interfaces are looked at though nobody told of a change. */
  private boolean look = true;

  private List<String> told = List.of();

  Healing(Inventory wanted, Pairs pairs) {
    this.wanted = wanted;
    this.pairs = pairs;
  }

  /** The next look is at everything. */
  void lookAnew() {
    look = true;
  }

  /** Looks at all of it and does what is to be done; nobody else may change it meanwhile. */
  void heal(Host host) throws IOException {
    Failures failures = new Failures();
    forwarding(host);
    for (BridgeNetwork network : wanted.networks()) {
      try {
        bridge(host, network);
      } catch (IOException | EngineException e) {
        failures.add("network " + network.id(), e);
      }
    }
    table(host);
    interfaces(host, failures);
    failures.tell();
  }

  private void forwarding(Host host) throws IOException {
    List<BridgeNetwork> leading =
        wanted.networks().stream().filter(network -> !network.internal()).toList();
    if (host.forward() && !leading.isEmpty()) {
      Forwarding.on(leading.stream().anyMatch(BridgeNetwork::ipv6));
    }
  }

  private void bridge(Host host, BridgeNetwork network) throws IOException {
    if (host.route().link(network.bridge()).filter(Link::up).isEmpty()) {
      LOG.warn("bridge {} was gone or down: it is put right", network.bridge());
      host.ensureBridge(network, wanted);
    }
  }

  private void table(Host host) throws IOException {
    if (host.nft().generation() == generation) {
      return;
    }
    if (!host.hasTable(wanted)) {
      LOG.warn("nftables table {} was changed or gone: it is made again", host.firewall().table());
      host.makeTable(wanted);
    }
    tellDropping(host);
    generation = host.nft().generation();
  }

  /** Said once for each change of what drops: containers reach nobody then, and nobody them. */
  private void tellDropping(Host host) throws IOException {
    List<String> dropping = host.droppingForwardChains();
    if (!dropping.isEmpty() && !dropping.equals(told)) {
      LOG.warn(
          "what {} does not accept is dropped, of containers too: no table can accept for another",
          String.join(", ", dropping));
    }
    told = dropping;
  }

  /** Those of the host are looked at only after some interface of it has changed. */
  private void interfaces(Host host, Failures failures) throws IOException {
    boolean changed = host.changes().heard() || look;
    look = false;
    Map<String, Link> links = new HashMap<>();
    if (changed) {
      host.route().links().forEach(link -> links.put(link.name(), link));
    }
    for (BridgeNetwork network : wanted.networks()) {
      Link bridge = links.get(network.bridge());
      if (bridge != null && host.bridges().address(network, bridge)) {
        LOG.warn("bridge {} had lost an address: it has it again", network.bridge());
      }
    }
    for (EndpointSpec endpoint : wanted.endpoints()) {
      BridgeNetwork network = wanted.network(endpoint.networkId());
      if (network != null) {
        try {
          endpoint(host, network, endpoint, links);
        } catch (IOException | EngineException e) {
          failures.add("container " + endpoint.container().shortForm(), e);
        }
      }
    }
  }

  private void endpoint(
      Host host, BridgeNetwork network, EndpointSpec endpoint, Map<String, Link> links)
      throws IOException {
    @Nullable Link bridge = links.get(network.bridge());
    if (bridge != null) {
      Link port = links.get(Owner.portName(endpoint.id()));
      pairs.putRight(host, network, endpoint, bridge, port);
    }
    pairs.tend(network, endpoint);
  }
}
