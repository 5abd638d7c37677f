package dev.felucca.isolation.oci;

import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.mount.HeldMounts;
import dev.felucca.isolation.mount.MountFlags;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Mounts that a runtime does not make as they are wanted: with other owners, below a directory that
 * others write to, or with the host seeing what is mounted in them. They are made here, and the
 * shim puts them where the runtime finds them: what it then binds is a mount that is complete.
 */
final class HeldSources implements AutoCloseable {
  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;
  private static final String OWNERS = "idmap=";

  private final Map<Integer, Fd> descriptors = new LinkedHashMap<>();
  private final Map<Integer, Path> places = new LinkedHashMap<>();

  private HeldSources() {}

  static HeldSources open(Syscalls linux, ContainerSpec spec, ContainerFiles files)
      throws IOException {
    HeldSources held = new HeldSources();
    try {
      for (ContainerMount mount : spec.mounts()) {
        if (isHeld(mount.mount())) {
          Fd tree = new HeldMounts(linux).make(mount.mount(), false);
          Path place = place(files.target(), spec, mount);
          held.add(tree, place);
          if ((new LinuxFiles(linux).mode(tree) & S_IFMT) == S_IFDIR) {
            Files.createDirectory(place);
          } else {
            Files.createFile(place);
          }
        }
      }
      return held;
    } catch (IOException | RuntimeException e) {
      held.close();
      throw e;
    }
  }

  private void add(Fd tree, Path place) {
    int number = ShimFds.HELD + descriptors.size();
    descriptors.put(number, tree);
    places.put(number, place);
  }

  static boolean isHeld(Mount mount) {
    MountFlags flags = MountFlags.of(mount.type(), mount.options());
    boolean told = (flags.propagation() & (MountFlags.SHARED | MountFlags.SLAVE)) != 0;
    return flags.bind() && (told || mount.base() != null || hasOwners(mount));
  }

  static boolean hasOwners(Mount mount) {
    return mount.options().stream().anyMatch(option -> option.startsWith(OWNERS));
  }

  /** The options that are left for the runtime. */
  static List<String> options(Mount mount) {
    return mount.options().stream().filter(option -> !option.startsWith(OWNERS)).toList();
  }

  /** Where the runtime finds one. */
  static Path place(Path root, ContainerSpec spec, ContainerMount mount) {
    return root.resolveSibling("held-" + spec.mounts().indexOf(mount));
  }

  /** By the numbers that the shim is to have. */
  Map<Integer, Fd> descriptors() {
    return descriptors;
  }

  /** Where the shim is to put them. */
  Map<Integer, Path> places() {
    return places;
  }

  @Override
  public void close() {
    descriptors.values().forEach(Fd::close);
  }
}
