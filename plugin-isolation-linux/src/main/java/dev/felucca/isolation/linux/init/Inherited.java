package dev.felucca.isolation.linux.init;

import dev.felucca.isolation.host.DeviceNode;
import dev.felucca.isolation.mount.HeldMounts;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.kernel.isolation.Namespaces.Source;
import dev.felucca.kernel.storage.Mount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers of descriptors that a container's first process is given, of what it cannot come by
 * itself. In a user namespace that is nearly everything of the host: its root, the sources of
 * mounts, devices, other containers' namespaces, its control group. Without one it is only mounts
 * with other owners, for which the maps are needed, and those made of directories of the host.
 *
 * @param root 0 for none
 * @param cgroups files to write 0 to
 */
public record Inherited(
    int root,
    Map<ContainerMount, Integer> mounts,
    Map<DeviceNode, Integer> devices,
    Map<String, Integer> namespaces,
    Map<String, Integer> cgroups) {
  /** For what is no container, or needs nothing. */
  public static final Inherited NONE = new Inherited(0, Map.of(), Map.of(), Map.of(), Map.of());

  private static final List<String> BINDS = List.of("bind", "rbind");

  public Inherited {
    mounts = Collections.unmodifiableMap(new LinkedHashMap<>(mounts));
    devices = Collections.unmodifiableMap(new LinkedHashMap<>(devices));
    namespaces = Collections.unmodifiableMap(new LinkedHashMap<>(namespaces));
    cgroups = Collections.unmodifiableMap(new LinkedHashMap<>(cgroups));
  }

  /** Numbers for all that this container needs; what they mean is opened elsewhere. */
  public static Inherited of(
      ContainerSpec spec, List<DeviceNode> devices, List<String> cgroupFiles) {
    Numbers numbers = new Numbers();
    if (spec.namespaces().user() == null) {
      List<ContainerMount> held = spec.mounts().stream().filter(Inherited::held).toList();
      return new Inherited(0, numbers.of(held), Map.of(), Map.of(), Map.of());
    }
    int root = numbers.next();
    List<ContainerMount> mounts = new ArrayList<>(spec.mounts());
    mounts.removeIf(mount -> !bind(mount.mount()) && !HeldMounts.layered(mount.mount()));
    mounts.addAll(SystemMounts.hostIpc(spec));
    mounts.addAll(SystemMounts.joinedIpc(spec));
    mounts.addAll(hosts(spec));
    return new Inherited(
        root,
        numbers.of(mounts),
        numbers.of(devices),
        numbers.of(joined(spec.namespaces())),
        numbers.of(cgroupFiles));
  }

  /** File systems of the host's namespaces, which cannot be mounted from a user namespace. */
  static List<ContainerMount> hosts(ContainerSpec spec) {
    List<ContainerMount> all = new ArrayList<>();
    if (spec.namespaces().user() == null) {
      return all;
    }
    if (spec.namespaces().cgroup().kind() == Kind.HOST) {
      all.add(host("/sys/fs/cgroup", "rro"));
    }
    if (spec.namespaces().ipc().kind() == Kind.HOST && Files.isDirectory(Path.of("/dev/mqueue"))) {
      all.add(host("/dev/mqueue", "rw"));
    }
    return all;
  }

  private static ContainerMount host(String path, String access) {
    return new ContainerMount(new Mount("bind", path, List.of("rbind", access), null), path);
  }

  private static List<String> joined(Namespaces all) {
    List<String> paths = new ArrayList<>();
    for (Source source : List.of(all.network(), all.pid(), all.ipc(), all.uts(), all.cgroup())) {
      String path = source.path();
      if (source.kind() == Kind.JOIN && path != null) {
        paths.add(path);
      }
    }
    return paths;
  }

  private static boolean bind(Mount mount) {
    return mount.type().equals("bind") || mount.options().stream().anyMatch(BINDS::contains);
  }

  private static boolean held(ContainerMount mount) {
    return HeldMounts.layered(mount.mount())
        || mount.mount().options().stream().anyMatch(option -> option.startsWith("idmap="));
  }

  /** Whether there is any. */
  boolean any() {
    return root != 0 || !mounts.isEmpty();
  }

  private static final class Numbers {
    private int next = ShimFds.HELD;

    int next() {
      return next++;
    }

    <T> Map<T, Integer> of(List<T> things) {
      Map<T, Integer> numbers = new LinkedHashMap<>();
      things.forEach(thing -> numbers.computeIfAbsent(thing, each -> next()));
      return numbers;
    }
  }
}
