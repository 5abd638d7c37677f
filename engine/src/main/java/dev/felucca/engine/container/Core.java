package dev.felucca.engine.container;

import dev.felucca.engine.driver.DefaultDrivers;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.image.ImageSnapshots;
import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.engine.network.EngineNetworks;
import dev.felucca.engine.network.Naming;
import dev.felucca.engine.network.Wiring;
import dev.felucca.engine.state.Directories;
import dev.felucca.engine.state.Settings;
import dev.felucca.engine.volume.EngineVolumes;
import dev.felucca.engine.work.Workers;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.isolation.Limit;
import java.io.IOException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** What every part of the container side works with. */
@Component(service = Core.class)
public final class Core {
  final Directories directories;
  final Settings settings;
  final Drivers drivers;
  final DefaultDrivers defaults;
  final EventBus events;
  final Images images;
  final ImageSnapshots snapshots;
  final Wiring wiring;

  /** Held while it is found out and told which flows links allow. */
  final Object linksLock = new Object();

  final Naming naming;
  final EngineVolumes volumes;
  final ContainerIndex index;
  final ContainerStore store;
  final Workers workers = new Workers();

  @Activate
  public Core(
      @Reference Directories directories,
      @Reference Settings settings,
      @Reference Drivers drivers,
      @Reference DefaultDrivers defaults,
      @Reference EventBus events,
      @Reference Images images,
      @Reference ImageSnapshots snapshots,
      @Reference EngineNetworks networks,
      @Reference EngineVolumes volumes,
      @Reference ContainerIndex index)
      throws IOException {
    this.directories = directories;
    this.settings = settings;
    this.drivers = drivers;
    this.defaults = defaults;
    this.events = events;
    this.images = images;
    this.snapshots = snapshots;
    this.wiring = networks.wiring();
    this.naming = networks.naming();
    this.volumes = volumes;
    this.index = index;
    this.store = new ContainerStore(directories);
  }

  /** Ends the threads; every container goes on. */
  @Deactivate
  void close() {
    workers.close();
  }

  /** What can be limited here; everything when nobody is there to ask, who then refuses later. */
  HostLimits limits(String isolation) throws IOException {
    try {
      return drivers.isolation().ask(isolation, IsolationDriver::limits);
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.UNAVAILABLE) {
        throw e;
      }
      return new HostLimits(2, EnumSet.allOf(Limit.class), "0-9999", "0-9999");
    }
  }

  void publish(Container container, String action) {
    publish(container, action, Map.of());
  }

  /** Tells what happened to a container, with its labels, image and name as Docker has them. */
  void publish(Container container, String action, Map<String, String> more) {
    ContainerDetails details = container.details();
    Map<String, String> attributes = new HashMap<>(details.config().labels());
    attributes.put("image", details.config().image());
    attributes.put("name", details.name());
    attributes.putAll(more);
    events.publish(new Event("container", action, details.id().hex(), attributes, Instant.now()));
  }

  /** Tells that a container came to be in a network, or left it. */
  void publishNetwork(Container container, EndpointInUse endpoint, String action) {
    events.publish(
        new Event(
            "network",
            action,
            endpoint.spec().networkId(),
            Map.of(
                "container",
                container.id.hex(),
                "name",
                endpoint.networkName(),
                "type",
                endpoint.driver()),
            Instant.now()));
  }
}
