package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.engine.image.ImageSnapshots;
import dev.felucca.engine.network.EndpointCheck;
import dev.felucca.engine.network.NetworkRecord;
import dev.felucca.engine.volume.EngineVolumes;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.CreateResult;
import dev.felucca.kernel.container.DriverNames;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes containers: everything is decided and in place before the one file that makes it one is
 * written.
 */
final class Creation {
  private final Core core;
  private final VolumeMounts volumes;
  private final ImageMounts images;

  Creation(Core core) {
    this.core = core;
    this.volumes = new VolumeMounts(core);
    this.images = new ImageMounts(core);
  }

  CreateResult create(CreateRequest request) throws IOException {
    List<String> warnings = new ArrayList<>();
    ImageDetails image = image(request, warnings);
    ContainerId id = ContainerId.random();
    ContainerConfig asked = ConfigMerge.merge(request.config(), image.config());
    DriverNames drivers = drivers(request);
    HostConfig host =
        joining(
            HostConfigCheck.check(
                asked,
                request.hostConfig(),
                core.settings.now(),
                core.limits(drivers.isolation()),
                warnings));
    // After the check: a name of ours is no name that a client may not give.
    ContainerConfig config = hostname(asked, request.hostConfig(), id);
    if (!core.drivers.logs().has(drivers.log())) {
      throw new EngineException(
          UNAVAILABLE,
          "error looking up logging plugin "
              + drivers.log()
              + ": plugin \""
              + drivers.log()
              + "\" not found");
    }
    core.drivers.logs().run(drivers.log(), log -> log.validate(host.logConfig().config()));
    Undo undo = new Undo();
    List<EngineVolumes.Hold> holds = new ArrayList<>();
    try {
      String name = core.index.reserve(request.name(), id);
      undo.with(() -> core.index.release(name, id));
      ContainerRecord record =
          prepare(request, image, config, host, drivers, id, name, holds, undo);
      Container container =
          new Container(record, LastState.CREATED, null, core.store.directory(id), core.workers);
      core.index.add(container);
      core.publish(container, "create");
      return new CreateResult(id, warnings);
    } catch (IOException | RuntimeException e) {
      undo.run(e);
      throw e;
    } finally {
      holds.forEach(EngineVolumes.Hold::close);
    }
  }

  /** Where nobody names it, it is called after its id, or as the host whose name it shares. */
  private static ContainerConfig hostname(ContainerConfig config, HostConfig host, ContainerId id)
      throws IOException {
    if (!config.hostname().isEmpty()) {
      return config;
    }
    ContainerConfig.Builder named = config.toBuilder();
    boolean hosts = NetworkMode.parse(host.networkMode()).isHost() || host.utsMode().equals("host");
    named.hostname = hosts ? Starter.hostsName() : id.shortForm();
    return named.build();
  }

  private ImageDetails image(CreateRequest request, List<String> warnings) {
    if (request.config().image().isEmpty()) {
      throw new EngineException(INVALID, "no image specified");
    }
    ImageDetails image = core.images.inspect(request.config().image());
    Platform wanted = request.platform();
    if (wanted != null && !wanted.equals(image.platform())) {
      throw new EngineException(
          NOT_FOUND,
          "image with reference "
              + request.config().image()
              + " was found but its platform ("
              + image.platform()
              + ") does not match the specified platform ("
              + wanted
              + ")");
    }
    if (!image.platform().architecture().equals(Platform.host().architecture())) {
      warnings.add(
          "The requested image's platform ("
              + image.platform()
              + ") does not match the detected host platform ("
              + Platform.host()
              + ") and no specific platform was requested");
    }
    return image;
  }

  private DriverNames drivers(CreateRequest request) {
    Map<String, String> asked = request.drivers();
    String log = request.hostConfig().logConfig().type();
    String runtime = request.hostConfig().runtime();
    String isolation = asked.getOrDefault("isolation", "");
    if (isolation.isEmpty()) {
      isolation = runtime.isEmpty() ? core.defaults.isolation() : runtime;
    }
    if (!runtime.isEmpty() && !core.drivers.isolation().has(isolation)) {
      throw new EngineException(INVALID, "unknown or invalid runtime name: " + runtime);
    }
    return new DriverNames(
        asked.getOrDefault("storage", core.defaults.storage()),
        isolation,
        log.isEmpty() ? core.defaults.log() : log);
  }

  private ContainerRecord prepare(
      CreateRequest request,
      ImageDetails image,
      ContainerConfig config,
      HostConfig host,
      DriverNames drivers,
      ContainerId id,
      String name,
      List<EngineVolumes.Hold> holds,
      Undo undo)
      throws IOException {
    Map<String, EndpointConfig> networks = networks(request, host);
    Map<String, ContainerId> links = new Links(core).resolve(host, name);
    List<PlannedMount> plan =
        MountPlan.decide(config, host, VolumesFrom.collect(core.index, host.volumesFrom()));
    plan.forEach(planned -> BindOwners.check(planned.mount(), host.users()));
    core.store.prepare(id);
    undo.with(() -> core.store.deleteRest(id));
    String key = ContainerRecord.snapshotKey(id);
    long size = StorageOptions.size(host.storageOpt());
    try (ImageSnapshots.Top top = core.snapshots.hold(image, drivers.storage())) {
      core.drivers
          .snapshotters()
          .run(
              drivers.storage(),
              storage -> {
                if (size > 0) {
                  storage.prepare(key, top.key(), size);
                } else {
                  storage.prepare(key, top.key());
                }
              });
      undo.with(
          () -> core.drivers.snapshotters().run(drivers.storage(), storage -> storage.remove(key)));
      List<String> words = ConfigMerge.words(config);
      List<MountPoint> withVolumes =
          volumes.make(
              id,
              plan,
              MountWords.owned(imageMounts(drivers.storage(), top.key()), host.users()),
              host.users(),
              holds,
              undo);
      List<MountPoint> mounts = images.make(id, drivers.storage(), withVolumes, undo);
      ContainerRecord record =
          new ContainerRecord(
              id,
              name,
              Instant.now(),
              words.get(0),
              List.copyOf(words.subList(1, words.size())),
              image.id().toString(),
              image.platform(),
              config,
              host,
              drivers,
              networks,
              mounts,
              core.drivers
                  .logs()
                  .use(drivers.log(), log -> log.path(core.store.directory(id), id.hex())),
              links);
      core.store.create(record);
      volumes.made(mounts);
      return record;
    }
  }

  /** Where an image's files are; nowhere for one without layers. */
  private List<Mount> imageMounts(String storage, @Nullable String top) throws IOException {
    return top == null
        ? List.of()
        : core.drivers.snapshotters().use(storage, driver -> driver.mounts(top));
  }

  private Map<String, EndpointConfig> networks(CreateRequest request, HostConfig host) {
    NetworkMode mode = NetworkMode.parse(host.networkMode());
    if (mode.kind() == NetworkMode.Kind.CONTAINER) {
      return Map.of();
    }
    Map<String, EndpointConfig> networks = new HashMap<>();
    for (Map.Entry<String, EndpointConfig> one : request.endpoints().entrySet()) {
      String ref = one.getKey().equals("default") ? mode.ref() : one.getKey();
      Optional<NetworkRecord> network = core.wiring.findNetwork(ref);
      network.ifPresent(there -> EndpointCheck.against(there, one.getValue()));
      networks.put(nameOf(network, ref), one.getValue());
    }
    networks.putIfAbsent(
        nameOf(core.wiring.findNetwork(mode.ref()), mode.ref()), EndpointConfig.DEFAULT);
    for (String name : networks.keySet()) {
      refuseTogether(networks.keySet(), name);
    }
    return networks;
  }

  /** A network need not be there before the start. */
  private static String nameOf(Optional<NetworkRecord> network, String ref) {
    return network.map(there -> there.spec().name()).orElse(ref);
  }

  /** Other containers are meant by id from here on: they may be renamed. */
  private HostConfig joining(HostConfig host) {
    HostConfig.Builder joining = host.toBuilder();
    joining.networkMode = joined(host.networkMode());
    joining.pidMode = joined(host.pidMode());
    joining.ipcMode = joined(host.ipcMode());
    return joining.build();
  }

  private String joined(String mode) {
    return mode.startsWith(NamespaceModes.CONTAINER) && !mode.equals(NamespaceModes.CONTAINER)
        ? NamespaceModes.CONTAINER
            + core.index.named(mode.substring(NamespaceModes.CONTAINER.length())).id.hex()
        : mode;
  }

  private static void refuseTogether(Set<String> all, String name) {
    if (all.size() > 1 && (name.equals("host") || name.equals("none"))) {
      throw new EngineException(
          INVALID, "container cannot be connected to network endpoints: " + String.join(", ", all));
    }
  }
}
