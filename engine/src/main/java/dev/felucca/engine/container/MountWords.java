package dev.felucca.engine.container;

import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a container has mounted, in the words of whoever mounts it. */
final class MountWords {
  /** How the first engines wrote down a bind that leaves out what is mounted below. */
  private static final String OLD_NON_RECURSIVE = "nonrecursive";

  private MountWords() {}

  static ContainerMount mount(MountPoint mount, @Nullable IdMapping users) {
    Mount made =
        mount.type().equals("tmpfs")
            ? new Mount("tmpfs", "tmpfs", tmpfs(mount), null)
            : bind(mount, options(mount, users));
    return new ContainerMount(made, mount.destination());
  }

  /** A bind or volume as files are copied through it. */
  static Mount view(MountPoint mount, @Nullable IdMapping users) {
    List<String> options = new ArrayList<>(List.of("rbind"));
    if (!mount.writable()) {
      options.add("ro");
    }
    BindOwners.option(mount, users).ifPresent(options::add);
    return bind(mount, options);
  }

  private static Mount bind(MountPoint mount, List<String> options) {
    return mount.subpath().isEmpty()
        ? new Mount("bind", mount.source(), options, null)
        : Mount.bindBelow(Path.of(mount.source()), mount.subpath(), options);
  }

  private static List<String> tmpfs(MountPoint mount) {
    List<String> options = new ArrayList<>(List.of("nosuid", "nodev", "noexec"));
    Arrays.stream(mount.mode().split(",")).filter(word -> !word.isEmpty()).forEach(options::add);
    if (!mount.writable() && !options.contains("ro")) {
      options.add("ro");
    }
    return options;
  }

  private static List<String> options(MountPoint mount, @Nullable IdMapping users) {
    List<String> options = new ArrayList<>();
    boolean single = mount.nonRecursive() || mount.mode().equals(OLD_NON_RECURSIVE);
    options.add(single ? "bind" : "rbind");
    if (!mount.writable()) {
      options.add(single || mount.submountsWritable() ? "ro" : "rro");
    }
    options.add(mount.propagation().isEmpty() ? MountPlan.PROPAGATION : mount.propagation());
    BindOwners.option(mount, users).ifPresent(options::add);
    return options;
  }

  /** What a root is made of, with the owners that the container has. */
  static List<Mount> owned(List<Mount> root, @Nullable IdMapping users) {
    if (users == null) {
      return root;
    }
    List<Mount> owned = new ArrayList<>();
    for (Mount mount : root) {
      List<String> options = new ArrayList<>(mount.options());
      options.add(users.mountOption());
      owned.add(new Mount(mount.type(), mount.source(), options, mount.base()));
    }
    return owned;
  }

  /**
   * A host directory that {@code -v} names is made when it is missing; one that {@code --mount}
   * names, only when it asks for that.
   */
  static void makeSources(ContainerDetails details) throws IOException {
    for (MountPoint mount : details.mounts()) {
      makeSource(details, mount);
    }
  }

  static void makeSource(ContainerDetails details, MountPoint mount) throws IOException {
    if (mount.type().equals("bind")) {
      makeMissing(details, mount);
      SourceMount.requirePropagation(mount);
    }
  }

  private static void makeMissing(ContainerDetails details, MountPoint mount) throws IOException {
    Path source = Path.of(mount.source());
    if (Files.exists(source)) {
      return;
    }
    boolean refused =
        details.hostConfig().mounts().stream()
            .anyMatch(
                asked ->
                    !asked.bindCreateMountpoint()
                        && MountTarget.clean(asked.target()).equals(mount.destination()));
    if (refused) {
      throw MountForm.missingSource(mount.source());
    }
    Files.createDirectories(source);
  }
}
