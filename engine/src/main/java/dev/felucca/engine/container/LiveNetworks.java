package dev.felucca.engine.container;

import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.engine.network.NetworkRecord;
import dev.felucca.engine.network.WaysOut;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.PortBinding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the networks and ports of a container that runs. The lane is held throughout. A place is
 * in the run's record from before its driver makes it until after it is taken away: what a crash
 * leaves between is found there, see {@link #finish}. Other changes are written after they are
 * made, and drivers are told again what is written when they come.
 */
final class LiveNetworks {
  private static final Logger LOG = LoggerFactory.getLogger(LiveNetworks.class);

  private final Core core;
  private final Places places;
  private final RunFiles files;
  private final ContainerNames names;

  LiveNetworks(Core core) {
    this.core = core;
    this.places = new Places(core);
    this.files = new RunFiles(core);
    this.names = new ContainerNames(core);
  }

  void connect(Container container, RunRecord run, NetworkRecord network, EndpointConfig asked)
      throws IOException {
    Undo undo = new Undo();
    try {
      String name = Places.interfaceName(asked, network, run.endpoints());
      EndpointInUse reserved =
          core.wiring.reserve(places.request(container.details(), network, asked, name, ""));
      undo.with(() -> core.wiring.release(reserved));
      undo.with(() -> core.store.writeRun(container.id, run));
      List<EndpointInUse> intended = new ArrayList<>(run.endpoints());
      intended.add(reserved);
      core.store.writeRun(container.id, run.withEndpoints(intended));
      undo.with(() -> core.wiring.leave(reserved, run.networkNamespace()));
      EndpointInUse joined = core.wiring.join(reserved, run.networkNamespace());
      List<EndpointInUse> all = new ArrayList<>(run.endpoints());
      all.add(joined);
      settle(container, run, all, undo);
      core.publishNetwork(container, joined, "connect");
    } catch (IOException | RuntimeException e) {
      undo.run(e);
      throw e;
    }
  }

  void disconnect(Container container, RunRecord run, String network) throws IOException {
    List<EndpointInUse> left = new ArrayList<>(run.endpoints());
    List<EndpointInUse> gone =
        run.endpoints().stream().filter(place -> place.networkName().equals(network)).toList();
    left.removeAll(gone);
    for (EndpointInUse place : gone) {
      core.wiring.leave(place, run.networkNamespace());
    }
    Undo undo = new Undo();
    try {
      settle(container, run, left, undo);
    } catch (IOException | RuntimeException e) {
      undo.run(e);
      throw e;
    }
    gone.forEach(place -> core.publishNetwork(container, place, "disconnect"));
  }

  /**
   * Takes away the places that are not among the container's networks, or tells them its new name:
   * a crash came between the two halves of a connect, a disconnect or a rename.
   */
  void finish(Container container) {
    RunRecord run = container.run();
    if (run == null) {
      return;
    }
    for (EndpointInUse place : run.endpoints()) {
      if (!container.record().networks().containsKey(place.networkName())) {
        try {
          disconnect(container, run, place.networkName());
          routeAgain(container);
        } catch (IOException | EngineException e) {
          LOG.warn(
              "container {} could not leave network {}: {}",
              container.name(),
              place.networkName(),
              e.getMessage());
        }
        return;
      }
    }
    try {
      if (!named(container, run).equals(run.endpoints())) {
        renamed(container, run);
      }
    } catch (IOException | EngineException e) {
      LOG.warn("networks of container {} know its old name: {}", container.name(), e.getMessage());
    }
  }

  /** The default routes are those of the record, whichever of them a crash has left. */
  private void routeAgain(Container container) throws IOException {
    RunRecord run = container.run();
    if (run == null) {
      return;
    }
    for (EndpointInUse place : run.endpoints()) {
      if (!place.spec().gateways().isEmpty()) {
        core.wiring.update(
            place.withSpec(place.spec().withGateways(List.of())), run.networkNamespace());
        core.wiring.update(place, run.networkNamespace());
      }
    }
  }

  /** Its name has changed: its networks are told. */
  void renamed(Container container, RunRecord run) throws IOException {
    List<EndpointInUse> now = new ArrayList<>();
    for (EndpointInUse place : named(container, run)) {
      now.add(
          run.endpoints().contains(place)
              ? place
              : core.wiring.update(place, run.networkNamespace()));
    }
    write(container, run, now);
  }

  /** Its places, under the name that it has. */
  private static List<EndpointInUse> named(Container container, RunRecord run) {
    ContainerDetails details = container.details();
    List<EndpointInUse> named = new ArrayList<>();
    for (EndpointInUse place : run.endpoints()) {
      EndpointConfig asked =
          container.record().networks().getOrDefault(place.networkName(), EndpointConfig.DEFAULT);
      EndpointSpec spec =
          place.spec().dnsNames().isEmpty()
              ? place.spec()
              : place.spec().withDnsNames(Places.dnsNames(details, asked));
      named.add(spec.equals(place.spec()) ? place : place.withSpec(spec));
    }
    return named;
  }

  /**
   * Publishes more ports; answers them with the numbers they got. The run's record tells with the
   * ports what the container's is to become: a crash between the two leaves neither behind.
   */
  Map<String, List<HostPort>> publish(
      Container container, RunRecord run, Map<String, List<HostPort>> bindings) throws IOException {
    EndpointInUse place = places.publisher(run.endpoints());
    if (place == null) {
      intend(container, run.withNext(published(container, bindings)));
      return bindings;
    }
    List<PortBinding> taken = core.wiring.takePorts(place, bindings);
    Map<String, List<HostPort>> decided = numbers(taken);
    try {
      List<PortBinding> all = new ArrayList<>(place.spec().ports());
      all.addAll(taken);
      replace(container, run.withNext(published(container, decided)), place, all);
    } catch (IOException | RuntimeException e) {
      core.wiring.givePortsBack(taken);
      throw e;
    }
    return decided;
  }

  private static HostConfig published(Container container, Map<String, List<HostPort>> more) {
    return PortSpecs.with(container.record().hostConfig(), more);
  }

  private static Map<String, List<HostPort>> numbers(List<PortBinding> taken) {
    Map<String, List<HostPort>> decided = new HashMap<>();
    for (PortBinding port : taken) {
      decided
          .computeIfAbsent(port.containerPort() + "/" + port.protocol(), key -> new ArrayList<>())
          .add(new HostPort(port.hostIp(), Integer.toString(port.hostPort())));
    }
    return decided;
  }

  /**
   * False when none of these is published.
   *
   * @param next what the container's settings are to become with it
   */
  boolean unpublish(
      Container container, RunRecord run, Map<String, List<HostPort>> ports, HostConfig next)
      throws IOException {
    for (EndpointInUse place : run.endpoints()) {
      List<PortBinding> given =
          place.spec().ports().stream().filter(port -> PortSpecs.matches(ports, port)).toList();
      if (!given.isEmpty()) {
        List<PortBinding> left = new ArrayList<>(place.spec().ports());
        left.removeAll(given);
        replace(container, run.withNext(next), place, left);
        core.wiring.givePortsBack(given);
        return true;
      }
    }
    intend(container, run.withNext(next));
    return false;
  }

  private void intend(Container container, RunRecord run) throws IOException {
    core.store.writeRun(container.id, run);
    container.run(run);
  }

  private void replace(
      Container container, RunRecord run, EndpointInUse place, List<PortBinding> ports)
      throws IOException {
    EndpointInUse updated =
        core.wiring.update(place.withSpec(place.spec().withPorts(ports)), run.networkNamespace());
    List<EndpointInUse> all = new ArrayList<>(run.endpoints());
    all.replaceAll(one -> one.spec().id().equals(place.spec().id()) ? updated : one);
    write(container, run, all);
  }

  /** Chooses the ways out again, moves routes and ports to where they are now, writes it down. */
  private void settle(Container container, RunRecord run, List<EndpointInUse> all, Undo undo)
      throws IOException {
    List<EndpointInUse> wanted = movePorts(container, run, WaysOut.decide(all), undo);
    // Those that lose something first: two default routes, or two with a port, there are never.
    for (boolean losing : new boolean[] {true, false}) {
      for (int i = 0; i < all.size(); i++) {
        EndpointSpec before = all.get(i).spec();
        EndpointSpec now = wanted.get(i).spec();
        boolean loses =
            !now.gateways().containsAll(before.gateways())
                || !now.ports().containsAll(before.ports());
        if (!now.equals(before) && loses == losing) {
          EndpointInUse old = all.get(i);
          undo.with(() -> core.wiring.update(old, run.networkNamespace()));
          core.wiring.update(wanted.get(i), run.networkNamespace());
        }
      }
    }
    write(container, run, wanted);
    // Ports that no place has any more: there is no way out.
    if (places.publisher(wanted) == null) {
      all.forEach(place -> core.wiring.givePortsBack(place.spec().ports()));
    }
  }

  /** Ports are where the container's answers leave by; where that is new they are taken anew. */
  private List<EndpointInUse> movePorts(
      Container container, RunRecord run, List<EndpointInUse> decided, Undo undo) {
    EndpointInUse way = places.publisher(decided);
    if (way == null) {
      return withPorts(decided, null, List.of());
    }
    List<PortBinding> held =
        decided.stream().flatMap(place -> place.spec().ports().stream()).toList();
    EndpointInUse before = places.publisher(run.endpoints());
    if (held.isEmpty() && (before == null || !before.spec().id().equals(way.spec().id()))) {
      List<PortBinding> taken = core.wiring.takePorts(way, places.bindings(container.details()));
      undo.with(() -> core.wiring.givePortsBack(taken));
      held = taken;
    }
    return withPorts(decided, way, held);
  }

  private static List<EndpointInUse> withPorts(
      List<EndpointInUse> decided, @Nullable EndpointInUse way, List<PortBinding> ports) {
    return decided.stream()
        .map(place -> place.withSpec(place.spec().withPorts(place == way ? ports : List.of())))
        .toList();
  }

  /** What it is linked to has another address, or it is linked no longer. */
  void linksChanged(Container container) {
    try (Lane.Hold hold = container.lane.enterAtLast("links")) {
      RunRecord run = container.run();
      if (run != null && container.status().alive()) {
        files.addressesChanged(container, run);
      }
    } catch (IOException | EngineException e) {
      LOG.warn("links of container {}: {}", container.name(), e.getMessage());
    }
  }

  /** What it asked of its networks has changed, and with it names that are its alone. */
  void aliasesChanged(Container container) throws IOException {
    RunRecord run = container.run();
    if (run != null && container.status().alive()) {
      names.changed(container.details(), run.endpoints(), run.networkNamespace());
    }
  }

  private void write(Container container, RunRecord run, List<EndpointInUse> endpoints)
      throws IOException {
    RunRecord now = run.withEndpoints(endpoints);
    core.store.writeRun(container.id, now);
    container.run(now);
    files.addressesChanged(container, now);
    names.changed(container.details(), endpoints, run.networkNamespace());
  }
}
