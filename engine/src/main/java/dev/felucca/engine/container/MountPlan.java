package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.container.MountRequest;
import dev.felucca.kernel.volume.VolumeRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Decides at creation what is to be mounted where: binds, tmpfs and volumes. */
final class MountPlan {
  /** How Docker shows a volume that was asked for by name. */
  private static final String NAMED = "z";

  private final String volumeDriver;
  private final Map<String, PlannedMount> byTarget = new LinkedHashMap<>();
  private final Set<String> inherited = new HashSet<>();

  private MountPlan(String volumeDriver) {
    this.volumeDriver = volumeDriver;
  }

  /**
   * Parents before what is mounted on them.
   *
   * @param from what is taken over from other containers; anything else at the same place wins
   */
  static List<PlannedMount> decide(
      ContainerConfig config, HostConfig host, Collection<MountPoint> from) {
    MountPlan plan = new MountPlan(host.volumeDriver());
    from.forEach(plan::inherit);
    host.binds().forEach(plan::bind);
    host.mounts().forEach(plan::mount);
    new TreeMap<>(host.tmpfs()).forEach(plan::tmpfs);
    config.volumes().stream().sorted().forEach(plan::unnamed);
    List<PlannedMount> all = new ArrayList<>(plan.byTarget.values());
    all.sort(Comparator.comparingInt(mount -> depth(mount.target())));
    return all;
  }

  private static int depth(String path) {
    return Path.of(path).getNameCount();
  }

  private void inherit(MountPoint mount) {
    VolumeRequest volume =
        mount.type().equals("volume")
            ? new VolumeRequest(mount.name(), mount.driver(), Map.of(), Map.of())
            : null;
    byTarget.put(mount.destination(), new PlannedMount(mount, volume, false));
    inherited.add(mount.destination());
  }

  private void add(MountPoint mount) {
    add(new PlannedMount(mount, null, false));
  }

  private void add(PlannedMount mount) {
    boolean taken = byTarget.containsKey(mount.target()) && !inherited.remove(mount.target());
    if (taken) {
      throw new EngineException(INVALID, "Duplicate mount point: " + mount.target());
    }
    byTarget.put(mount.target(), mount);
  }

  private void bind(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length == 1) {
      unnamed(parts[0]);
      return;
    }
    if (parts.length > 3 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new EngineException(INVALID, "invalid volume specification: '" + text + "'");
    }
    String mode = parts.length == 3 ? parts[2] : "";
    boolean volume = !parts[0].startsWith("/");
    boolean writable = true;
    boolean copy = true;
    String propagation = "rprivate";
    for (String word : mode.isEmpty() ? new String[0] : mode.split(",", -1)) {
      switch (word) {
        case "ro" -> writable = false;
        case "rw", "z", "Z", "consistent", "cached", "delegated" -> {}
        case "nocopy" -> copy = false;
        case "shared", "rshared", "slave", "rslave", "private", "rprivate" -> {
          if (volume) {
            throw new EngineException(INVALID, "invalid mode: " + mode);
          }
          propagation = word;
        }
        default -> throw new EngineException(INVALID, "invalid mode: " + mode);
      }
    }
    if (volume) {
      add(
          volume(
              new VolumeRequest(parts[0], volumeDriver, Map.of(), Map.of()),
              target(parts[1], text),
              mode.isEmpty() ? NAMED : mode,
              writable,
              copy));
      return;
    }
    add(
        new MountPoint(
            "bind", "", clean(parts[0]), target(parts[1], text), "", mode, writable, propagation));
  }

  private void mount(MountRequest request) {
    String target = target(request.target(), request.target());
    switch (request.type()) {
      case "bind" -> {
        if (!request.source().startsWith("/")) {
          throw invalidMount(
              "bind", "invalid mount path: '" + request.source() + "' mount path must be absolute");
        }
        if (!Files.exists(Path.of(request.source()))) {
          if (!request.bindCreateMountpoint()) {
            throw invalidMount("bind", "bind source path does not exist: " + request.source());
          }
        }
        add(
            new MountPoint(
                "bind",
                "",
                clean(request.source()),
                target,
                "",
                request.bindNonRecursive() ? "nonrecursive" : "",
                !request.readOnly(),
                request.propagation().isEmpty() ? "rprivate" : request.propagation()));
      }
      case "tmpfs" -> {
        StringBuilder options = new StringBuilder();
        if (request.tmpfsSize() != null && request.tmpfsSize() > 0) {
          options.append("size=").append(request.tmpfsSize());
        }
        if (request.tmpfsMode() != null && request.tmpfsMode() != 0) {
          options
              .append(options.isEmpty() ? "" : ",")
              .append("mode=")
              .append(Integer.toOctalString(request.tmpfsMode()));
        }
        add(
            new MountPoint(
                "tmpfs", "", "", target, "", options.toString(), !request.readOnly(), ""));
      }
      case "volume" -> {
        if (!request.volumeSubpath().isEmpty()) {
          throw new EngineException(
              NOT_IMPLEMENTED, "volume-subpath is not supported by this version of the engine");
        }
        add(
            volume(
                new VolumeRequest(
                    request.source(),
                    request.volumeDriver(),
                    request.volumeDriverOptions(),
                    request.volumeLabels()),
                target,
                request.source().isEmpty() ? "" : NAMED,
                !request.readOnly(),
                !request.volumeNoCopy()));
      }
      default ->
          throw new EngineException(INVALID, "mount type unknown: \"" + request.type() + "\"");
    }
  }

  private void tmpfs(String target, String options) {
    add(
        new MountPoint(
            "tmpfs", "", "", target(target, target), "", options, !isReadOnly(options), ""));
  }

  private static boolean isReadOnly(String options) {
    return List.of(options.split(",", -1)).contains("ro");
  }

  private void unnamed(String volume) {
    String target = target(volume, volume);
    if (!byTarget.containsKey(target)) {
      add(volume(new VolumeRequest("", volumeDriver, Map.of(), Map.of()), target, "", true, true));
    }
  }

  private static PlannedMount volume(
      VolumeRequest volume, String target, String mode, boolean writable, boolean copy) {
    return new PlannedMount(
        new MountPoint("volume", volume.name(), "", target, "", mode, writable, ""), volume, copy);
  }

  private static String target(String path, String text) {
    if (!path.startsWith("/")) {
      throw new EngineException(
          INVALID,
          "invalid volume specification: '"
              + text
              + "': invalid mount config: invalid mount path: '"
              + path
              + "' mount path must be absolute");
    }
    String clean = clean(path);
    if (clean.equals("/")) {
      throw new EngineException(
          INVALID,
          "invalid volume specification: '"
              + text
              + "': invalid mount config: invalid specification: destination can't be '/'");
    }
    return clean;
  }

  private static String clean(String path) {
    return Path.of(path).normalize().toString();
  }

  private static EngineException invalidMount(String type, String reason) {
    return new EngineException(
        INVALID, "invalid mount config for type \"" + type + "\": " + reason);
  }
}
