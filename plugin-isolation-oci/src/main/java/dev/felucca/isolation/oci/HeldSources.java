package dev.felucca.isolation.oci;

import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.mount.HeldMounts;
import dev.felucca.isolation.mount.MountFlags;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.mount.DetachedMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Mounts that a runtime does not make as they are wanted: with other owners, below a directory that
 * others write to, made of layers, or with the host seeing what is mounted in them. They are made
 * here, and the shim puts them where the runtime finds them: what it then binds is a mount that is
 * complete.
 *
 * <p>Root of a container with users of its own is nobody on the host, and comes to no source below
 * a directory that lets only root pass: so all that is bound there is held, its root too.
 */
final class HeldSources implements AutoCloseable {
  /**
   * A directory of every host that a runtime has no use for. In the shim's mount namespace a file
   * system of its own covers it, which lets everybody pass.
   */
  static final Path COVERED = Path.of("/dev/shm");

  static final Path COVERED_ROOT = COVERED.resolve("root");

  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;
  private static final String OWNERS = "idmap=";

  private final Syscalls linux;
  private final HeldMounts mounts;
  private final boolean apart;
  private final Map<Integer, Fd> descriptors = new LinkedHashMap<>();
  private final Map<Integer, Place> places = new LinkedHashMap<>();

  /** Where one is to be put; the place is made first. */
  record Place(Path path, boolean file) {}

  private HeldSources(Syscalls linux, boolean apart) {
    this.linux = linux;
    this.mounts = new HeldMounts(linux);
    this.apart = apart;
  }

  static HeldSources open(Syscalls linux, ContainerSpec spec, ContainerFiles files)
      throws IOException {
    HeldSources held = new HeldSources(linux, apart(spec));
    try {
      held.open(spec, files);
      return held;
    } catch (IOException | RuntimeException e) {
      held.close();
      throw e;
    }
  }

  private void open(ContainerSpec spec, ContainerFiles files) throws IOException {
    Path root = root(spec, files);
    if (apart) {
      if (spec.root().size() != 1) {
        throw new IOException(
            "a root made of " + spec.root().size() + " mounts cannot have other owners");
      }
      add(spec.root().get(0), root);
      if (spec.init()) {
        add(bind(init(files.target()).toString(), "bind"), init(root));
      }
    }
    String ipc = spec.namespaces().ipc().path();
    if (spec.namespaces().ipc().kind() == Kind.JOIN && ipc != null) {
      add(sharedMemory(ipc), sharedMemory(root));
    }
    for (ContainerMount mount : hosts(spec)) {
      add(mount.mount(), place(root, spec, mount));
    }
    for (ContainerMount mount : spec.mounts()) {
      if (isHeld(spec, mount.mount())) {
        add(mount.mount(), place(root, spec, mount));
      }
    }
  }

  private void add(Mount mount, Path place) throws IOException {
    add(mounts.make(mount, apart), place);
  }

  private void add(Fd tree, Path place) throws IOException {
    int number = ShimFds.HELD + descriptors.size();
    descriptors.put(number, tree);
    boolean file = (new LinuxFiles(linux).mode(tree) & S_IFMT) != S_IFDIR;
    places.put(number, new Place(place, file));
  }

  /** Only in its mount namespace can another container's /dev/shm be had. */
  private Fd sharedMemory(String ipc) throws IOException {
    String path = ipc.substring(0, ipc.lastIndexOf('/')) + "/mnt";
    try (Fd namespace =
        new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, path, 0, OpenFlag.RDONLY)) {
      return new DetachedMounts(linux).seenIn(namespace, "/dev/shm");
    }
  }

  /** Whether the container has users of its own. */
  static boolean apart(ContainerSpec spec) {
    return spec.namespaces().user() != null;
  }

  /** What the shim is to cover. */
  static @Nullable Path covered(ContainerSpec spec) {
    return apart(spec) ? COVERED : null;
  }

  /** Where the runtime finds the root; all else that is held is beside it. */
  static Path root(ContainerSpec spec, ContainerFiles files) {
    return apart(spec) ? COVERED_ROOT : files.target();
  }

  /** Where it finds our init. */
  static Path init(Path root) {
    return root.resolveSibling("init");
  }

  /** Where it finds another container's /dev/shm. */
  static Path sharedMemory(Path root) {
    return root.resolveSibling("shm");
  }

  /** What a user namespace cannot mount: file systems of the host's IPC namespace. */
  static List<ContainerMount> hosts(ContainerSpec spec) {
    List<ContainerMount> all = new ArrayList<>();
    if (!apart(spec)) {
      return all;
    }
    if (spec.namespaces().ipc().kind() == Kind.HOST) {
      if (Files.isDirectory(Path.of("/dev/mqueue"))) {
        all.add(new ContainerMount(bind("/dev/mqueue", "rbind"), "/dev/mqueue"));
      }
      all.add(new ContainerMount(bind("/dev/shm", "rbind"), "/dev/shm"));
    }
    return all;
  }

  private static Mount bind(String source, String... options) {
    return new Mount("bind", source, List.of(options), null);
  }

  static boolean isHeld(ContainerSpec spec, Mount mount) {
    MountFlags flags = MountFlags.of(mount.type(), mount.options());
    boolean told = (flags.propagation() & (MountFlags.SHARED | MountFlags.SLAVE)) != 0;
    // Everybody comes to /sys, and runc took a held mount of control groups for the one to use.
    boolean unreached = apart(spec) && !mount.source().matches("/sys(/.*)?");
    return HeldMounts.layered(mount)
        || flags.bind() && (unreached || told || mount.base() != null || hasOwners(mount));
  }

  private static boolean hasOwners(Mount mount) {
    return mount.options().stream().anyMatch(option -> option.startsWith(OWNERS));
  }

  /** What the runtime takes it for: of what is held it sees a mount only. */
  static String type(Mount mount) {
    return HeldMounts.layered(mount) ? "bind" : mount.type();
  }

  /**
   * The options that are left for the runtime. Without mount_setattr(2) it would refuse {@code rro}
   * and the like: what is mounted below stays as it is then, as with the driver {@code linux}.
   */
  static List<String> options(Mount mount, boolean mountSetattr) {
    if (HeldMounts.layered(mount)) {
      return mount.options().contains("ro") ? List.of("rbind", "ro") : List.of("rbind");
    }
    return mount.options().stream()
        .filter(option -> !option.startsWith(OWNERS))
        .map(
            option ->
                mountSetattr ? option : option.replaceFirst("^r(ro|no(suid|dev|exec))$", "$1"))
        .toList();
  }

  /** Where the runtime finds one. */
  static Path place(Path root, ContainerSpec spec, ContainerMount mount) {
    int index = spec.mounts().indexOf(mount);
    return root.resolveSibling(
        index < 0 ? "host" + mount.target().replace('/', '-') : "held-" + index);
  }

  /** By the numbers that the shim is to have. */
  Map<Integer, Fd> descriptors() {
    return descriptors;
  }

  /** Where the shim is to put them. */
  Map<Integer, Place> places() {
    return places;
  }

  @Override
  public void close() {
    descriptors.values().forEach(Fd::close);
  }
}
