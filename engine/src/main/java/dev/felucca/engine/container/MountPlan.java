package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.container.MountRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Decides at creation what is mounted where: binds, tmpfs, and, until volumes come, a plain
 * directory of the container's own for each volume that has no name.
 */
final class MountPlan {
  private final Path volumes;
  private final Map<String, MountPoint> byTarget = new LinkedHashMap<>();

  /**
   * @param volumes where the container's own directories are to be
   */
  private MountPlan(Path volumes) {
    this.volumes = volumes;
  }

  /** Parents before what is mounted on them. */
  static List<MountPoint> decide(ContainerConfig config, HostConfig host, Path volumes) {
    MountPlan plan = new MountPlan(volumes);
    host.binds().forEach(plan::bind);
    host.mounts().forEach(plan::mount);
    new TreeMap<>(host.tmpfs()).forEach(plan::tmpfs);
    config.volumes().stream().sorted().forEach(plan::unnamed);
    List<MountPoint> all = new ArrayList<>(plan.byTarget.values());
    all.sort(Comparator.comparingInt(mount -> depth(mount.destination())));
    return all;
  }

  private static int depth(String path) {
    return Path.of(path).getNameCount();
  }

  private void add(MountPoint mount) {
    if (byTarget.putIfAbsent(mount.destination(), mount) != null) {
      throw new EngineException(INVALID, "Duplicate mount point: " + mount.destination());
    }
  }

  private void bind(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length == 1) {
      String target = target(parts[0], text);
      if (!byTarget.containsKey(target)) {
        add(ownDirectory(target));
      }
      return;
    }
    if (parts.length > 3 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new EngineException(INVALID, "invalid volume specification: '" + text + "'");
    }
    if (!parts[0].startsWith("/")) {
      throw noNamed(parts[0]);
    }
    String mode = parts.length == 3 ? parts[2] : "";
    boolean writable = true;
    String propagation = "rprivate";
    for (String word : mode.isEmpty() ? new String[0] : mode.split(",", -1)) {
      switch (word) {
        case "ro" -> writable = false;
        case "rw", "z", "Z", "nocopy", "consistent", "cached", "delegated" -> {}
        case "shared", "rshared", "slave", "rslave", "private", "rprivate" -> propagation = word;
        default -> throw new EngineException(INVALID, "invalid mode: " + mode);
      }
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
        if (!request.source().isEmpty()) {
          throw noNamed(request.source());
        }
        if (!request.volumeSubpath().isEmpty() || !request.volumeDriverOptions().isEmpty()) {
          throw new EngineException(
              NOT_IMPLEMENTED, "volume options are not supported by this version of the engine");
        }
        MountPoint own = ownDirectory(target);
        add(
            new MountPoint(
                own.type(),
                own.name(),
                own.source(),
                target,
                own.driver(),
                own.mode(),
                !request.readOnly(),
                ""));
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
      add(ownDirectory(target));
    }
  }

  private MountPoint ownDirectory(String target) {
    String name = ContainerId.randomHex();
    return new MountPoint(
        "volume",
        name,
        volumes.resolve(name.substring(0, 12)).toString(),
        target,
        "local",
        "",
        true,
        "");
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

  private static EngineException noNamed(String name) {
    return new EngineException(
        NOT_IMPLEMENTED,
        "volume " + name + ": named volumes are not supported by this version of the engine");
  }

  private static EngineException invalidMount(String type, String reason) {
    return new EngineException(
        INVALID, "invalid mount config for type \"" + type + "\": " + reason);
  }

  /** The container that these mounts belong to keeps its own directories here. */
  static Path volumes(Path directory) {
    return directory.resolve("volumes");
  }
}
