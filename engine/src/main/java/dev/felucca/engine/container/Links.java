package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.engine.network.NetworkFiles.ExtraHost;
import dev.felucca.engine.network.NetworkRecord;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.network.Flow;
import dev.felucca.kernel.network.LinkEffect;
import dev.felucca.kernel.network.LinkRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers linked to others ({@code --link target:alias}). Which are is kept with the container,
 * by the target's id; what it gets of that is the link driver's to say and lives on the default
 * network. On other networks an alias is a name, see {@link ContainerNames}.
 */
final class Links {
  private static final Logger LOG = LoggerFactory.getLogger(Links.class);
  private static final String DRIVER = "legacy";
  private static final String NETWORK = "bridge";

  private final Core core;

  Links(Core core) {
    this.core = core;
  }

  /** The two halves of {@code name:alias}; also as an inspect shows it, {@code /db:/web/db}. */
  static String[] split(String link) {
    String[] parts = link.split(":", -1);
    if (link.isEmpty()) {
      throw new EngineException(INVALID, "empty string specified for links");
    }
    if (parts.length > 2 || parts[0].isEmpty() || parts[parts.length - 1].isEmpty()) {
      throw new EngineException(INVALID, "bad format for links: " + link);
    }
    String name = parts[0].startsWith("/") ? parts[0].substring(1) : parts[0];
    String alias = parts[parts.length - 1];
    return new String[] {name, alias.substring(alias.lastIndexOf('/') + 1)};
  }

  /** Finds the targets of a new container's links. */
  Map<String, ContainerId> resolve(HostConfig host, String container) throws IOException {
    Map<String, ContainerId> found = new TreeMap<>();
    for (String link : host.links()) {
      String[] parts = split(link);
      Container target;
      try {
        target = target(parts[0]);
      } catch (EngineException e) {
        throw new EngineException(
            e.kind(), "could not get container for " + parts[0] + ": " + e.getMessage(), e);
      }
      ContainerId other = found.put(parts[1], target.id);
      if (other != null && !other.equals(target.id)) {
        throw new EngineException(
            CONFLICT,
            "Conflict. The container name \"/"
                + container
                + "/"
                + parts[1]
                + "\" is already in use by container \""
                + other.hex()
                + "\". You have to remove (or rename) that container to be able to reuse that"
                + " name.");
      }
    }
    if (!found.isEmpty()) {
      core.drivers.links().run(DRIVER, driver -> {});
    }
    return found;
  }

  /** The container meant, or the one whose network it has. */
  private Container target(String ref) {
    Container target = core.index.named(ref);
    NetworkMode mode = NetworkMode.parse(target.details().hostConfig().networkMode());
    if (mode.kind() == NetworkMode.Kind.CONTAINER) {
      return core.index.named(mode.ref());
    }
    if (mode.isHost()) {
      throw new EngineException(
          INVALID,
          "conflicting options: host type networking can't be used with links. This would result in"
              + " undefined behavior");
    }
    return target;
  }

  /** The variables a container starts with; refuses it while a target doesn't run. */
  List<String> environment(Container container, List<EndpointInUse> places) throws IOException {
    return environment(container, places, true);
  }

  /**
   * The variables it would start with now, without those of targets that don't run; while the link
   * driver is away those it did start with.
   */
  List<String> environmentNow(Container container, RunRecord run) throws IOException {
    return core.drivers.links().has(DRIVER)
        ? environment(container, run.endpoints(), false)
        : run.linked();
  }

  private List<String> environment(Container container, List<EndpointInUse> places, boolean strict)
      throws IOException {
    String own = address(places);
    List<String> all = new ArrayList<>();
    if (own == null) {
      return all;
    }
    for (Map.Entry<String, ContainerId> link : container.record().links().entrySet()) {
      Container target = core.index.get(link.getValue());
      if (target == null) {
        continue; // removed since: the link went with it
      }
      RunRecord run = target.run();
      if (!strict && (run == null || !target.status().alive())) {
        continue;
      }
      if (run == null || !target.status().alive()) {
        throw new EngineException(
            CONFLICT,
            "Cannot link to a non running container: /"
                + target.name()
                + " AS /"
                + container.name()
                + "/"
                + link.getKey());
      }
      LinkEffect effect = effect(container, own, link.getKey(), target);
      if (effect == null) {
        throw new EngineException(
            CONFLICT,
            "Cannot link to /" + target.name() + ", as it does not belong to the default network");
      }
      all.addAll(effect.environment());
    }
    return all;
  }

  /** What it calls its targets that run now. */
  List<ExtraHost> hosts(ContainerDetails details, List<EndpointInUse> places) throws IOException {
    List<ExtraHost> lines = new ArrayList<>();
    Container container = core.index.get(details.id());
    String own = address(places);
    if (container == null || own == null) {
      return lines;
    }
    for (Map.Entry<String, ContainerId> link : container.record().links().entrySet()) {
      Container target = core.index.get(link.getValue());
      String address = target == null ? null : addressNow(target, Map.of());
      LinkEffect effect = target == null ? null : effect(container, own, link.getKey(), target);
      if (address != null && effect != null) {
        lines.add(new ExtraHost(String.join(" ", effect.hostNames()), address));
      }
    }
    return lines;
  }

  private @Nullable LinkEffect effect(
      Container container, String own, String alias, Container target) throws IOException {
    return effect(container, own, alias, target, Map.of());
  }

  private @Nullable LinkEffect effect(
      Container container,
      String own,
      String alias,
      Container target,
      Map<ContainerId, String> starting)
      throws IOException {
    String address = addressNow(target, starting);
    if (address == null) {
      return null;
    }
    ContainerDetails details = target.details();
    String hostname = details.config().hostname();
    LinkRequest request =
        new LinkRequest(
            container.name(),
            own,
            alias,
            target.name(),
            address,
            hostname.isEmpty() ? details.id().shortForm() : hostname,
            details.config().exposedPorts(),
            details.config().env());
    return core.drivers.links().use(DRIVER, driver -> driver.link(request));
  }

  private static @Nullable String addressNow(
      Container container, Map<ContainerId, String> starting) {
    RunRecord run = container.run();
    return starting.containsKey(container.id)
        ? starting.get(container.id)
        : run == null || !container.status().alive() ? null : address(run.endpoints());
  }

  /** Its IPv4 address on the default network. */
  private static @Nullable String address(List<EndpointInUse> places) {
    return places.stream()
        .filter(place -> place.networkName().equals(NETWORK))
        .flatMap(place -> place.spec().addresses().stream())
        .filter(address -> address.address().getAddress().length == 4)
        .map(address -> address.address().getHostAddress())
        .findFirst()
        .orElse(null);
  }

  /**
   * It is wired and about to run: what it is linked to lets it in, and those linked to it find it.
   */
  void starts(Container container, List<EndpointInUse> places) throws IOException {
    String own = address(places);
    if (own != null) {
      Map<ContainerId, String> starting = new HashMap<>();
      starting.put(container.id, own);
      settle(starting);
    }
  }

  /** It runs: those that are linked to it have its address in their hosts files. */
  void started(Container container) {
    for (Container other : core.index.all()) {
      if (other.record().links().containsValue(container.id)) {
        core.workers.execute(() -> new LiveNetworks(core).linksChanged(other));
      }
    }
  }

  /** The link driver is back: what has changed meanwhile is made up for. */
  void again() {
    try {
      settle();
    } catch (IOException | EngineException e) {
      LOG.warn("links could not be let through: {}", e.getMessage());
    }
    for (Container container : core.index.all()) {
      if (!container.record().links().isEmpty()) {
        new LiveNetworks(core).linksChanged(container);
      }
    }
  }

  /** Has the default network let pass what links allow, where it keeps containers apart. */
  void settle() throws IOException {
    settle(Map.of());
  }

  private void settle(Map<ContainerId, String> starting) throws IOException {
    NetworkRecord network = core.wiring.network(NETWORK);
    String icc =
        network.spec().options().getOrDefault("com.docker.network.bridge.enable_icc", "true");
    if (!icc.equals("false")) {
      return;
    }
    // One at a time: who comes later has seen more.
    synchronized (core.linksLock) {
      Set<Flow> flows = new LinkedHashSet<>();
      for (Container container : core.index.all()) {
        String own = container.record().links().isEmpty() ? null : addressNow(container, starting);
        if (own == null) {
          continue;
        }
        for (Map.Entry<String, ContainerId> link : container.record().links().entrySet()) {
          Container target = core.index.get(link.getValue());
          LinkEffect effect =
              target == null ? null : effect(container, own, link.getKey(), target, starting);
          if (effect != null) {
            flows.addAll(effect.flows());
          }
        }
      }
      core.wiring.allow(network, List.copyOf(flows));
    }
  }

  /** As {@code docker rm --link web/db}. */
  void unlink(String ref) throws IOException {
    String name = ref.startsWith("/") ? ref.substring(1) : ref;
    int slash = name.indexOf('/');
    if (slash < 0) {
      core.index.resolve(name);
      throw new EngineException(
          CONFLICT, "Conflict, cannot remove the default link name of the container");
    }
    Container container = core.index.resolve(name.substring(0, slash));
    String alias = name.substring(slash + 1);
    try (Lane.Hold hold = container.lane.enter("unlinking", container.name())) {
      Map<String, ContainerId> left = new TreeMap<>(container.record().links());
      if (left.remove(alias) == null) {
        throw new EngineException(NOT_FOUND, "No such link: /" + name);
      }
      ContainerRecord changed = container.record().withLinks(left);
      core.store.rewrite(changed);
      container.record(changed);
    }
    settle();
    new LiveNetworks(core).linksChanged(container);
  }

  /** As an inspect shows them: {@code /db:/web/db}. */
  List<String> shown(Container container) {
    List<String> all = new ArrayList<>();
    container
        .record()
        .links()
        .forEach(
            (alias, id) -> {
              Container target = core.index.get(id);
              if (target != null) {
                all.add("/" + target.name() + ":/" + container.name() + "/" + alias);
              }
            });
    return all;
  }
}
