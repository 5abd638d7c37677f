package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INTERNAL;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.Namespaces.Source;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Turns what a container is into what its isolation driver is told. */
final class Specs {
  private static final String PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final int MOST_HOPS = 16;

  private final ContainerIndex index;
  private final ImageMounts images;

  Specs(Core core) {
    this.index = core.index;
    this.images = new ImageMounts(core);
  }

  ContainerSpec spec(
      Container container,
      List<Mount> root,
      Path scratch,
      Source network,
      String hostname,
      List<String> linked)
      throws IOException {
    ContainerDetails details = container.details();
    ContainerConfig config = details.config();
    HostConfig host = details.hostConfig();
    return new ContainerSpec(
        container.id,
        MountWords.owned(root, host.users()),
        host.readonlyRootfs(),
        scratch,
        process(details, hostname, linked),
        hostname,
        config.domainname(),
        mounts(details),
        new Namespaces(
            network,
            namespace(host.pidMode(), "pid"),
            namespace(host.ipcMode(), "ipc"),
            namespace(host.utsMode(), "uts"),
            namespace(host.cgroupnsMode(), "cgroup"),
            users(host, network)),
        security(host),
        DriverLimits.created(host.resources(), host.nanoCpus()),
        Sysctls.of(host, network),
        host.ipcMode().equals("none") ? 0 : host.shmSize(),
        Boolean.TRUE.equals(host.init()),
        host.cgroupParent().isEmpty() ? null : host.cgroupParent(),
        config.openStdin(),
        host.annotations());
  }

  private static Security security(HostConfig host) {
    Security asked = SecurityOptions.parse(host);
    return asked.withApparmorProfile(
        AppArmor.HOST.profile(asked.apparmorProfile(), host.privileged()));
  }

  private static ProcessSpec process(
      ContainerDetails details, String hostname, List<String> linked) {
    ContainerConfig config = details.config();
    List<String> argv = new ArrayList<>();
    argv.add(details.path());
    argv.addAll(details.args());
    return new ProcessSpec(
        argv,
        env(config, hostname, config.tty(), linked),
        config.workingDir().isEmpty() ? "/" : config.workingDir(),
        config.user(),
        details.hostConfig().groupAdd(),
        config.tty(),
        details.hostConfig().consoleSize());
  }

  /**
   * Docker's own variables and those of links, unless the client or the image says otherwise; a
   * name alone takes a variable away.
   */
  static List<String> env(
      ContainerConfig config, String hostname, boolean tty, List<String> linked) {
    List<String> env = new ArrayList<>();
    List<String> asked = config.env();
    addMissing(env, asked, PATH);
    addMissing(env, asked, "HOSTNAME=" + hostname);
    if (tty) {
      addMissing(env, asked, "TERM=xterm");
    }
    linked.forEach(entry -> addMissing(env, asked, entry));
    asked.stream().filter(entry -> entry.indexOf('=') > 0).forEach(env::add);
    return env;
  }

  private static void addMissing(List<String> env, List<String> asked, String entry) {
    String name = ConfigMerge.name(entry);
    if (asked.stream().noneMatch(other -> ConfigMerge.name(other).equals(name))) {
      env.add(entry);
    }
  }

  /** Who has the network of this container, and the files that describe it: itself or another. */
  ContainerDetails networkOwner(ContainerDetails details) {
    ContainerDetails owner = details;
    for (int hops = 0; hops < MOST_HOPS; hops++) {
      NetworkMode mode = NetworkMode.parse(owner.hostConfig().networkMode());
      if (mode.kind() != NetworkMode.Kind.CONTAINER) {
        return owner;
      }
      owner = index.resolve(mode.ref()).details();
    }
    throw new EngineException(
        CONFLICT, "container " + details.name() + " joins a network that joins its own");
  }

  private List<ContainerMount> mounts(ContainerDetails details) throws IOException {
    List<ContainerMount> all = new ArrayList<>(RunFiles.mounts(details, networkOwner(details)));
    for (MountPoint mount : details.mounts()) {
      all.add(mount(details, mount));
    }
    return all;
  }

  /** One of a container's mounts. */
  ContainerMount mount(ContainerDetails details, MountPoint mount) throws IOException {
    return ImageMounts.is(mount)
        ? new ContainerMount(images.shown(details, mount), mount.destination())
        : MountWords.mount(mount, details.hostConfig().users());
  }

  /**
   * The container's own users, or those of the container whose namespaces it joins: what may be
   * done in those is decided by the users who own them.
   */
  private @Nullable UserNamespace users(HostConfig host, Source network) {
    IdMapping mapping = host.users();
    if (mapping == null) {
      return null;
    }
    String joined = null;
    NetworkMode mode = NetworkMode.parse(host.networkMode());
    if (mode.kind() == NetworkMode.Kind.CONTAINER) {
      sameUsers(mode.ref(), mapping, "network");
      joined = network.path();
    }
    for (String kind : List.of("pid", "ipc")) {
      String words = kind.equals("pid") ? host.pidMode() : host.ipcMode();
      if (words.startsWith(NamespaceModes.CONTAINER)) {
        sameUsers(words.substring(NamespaceModes.CONTAINER.length()), mapping, kind);
        joined = namespace(words, kind).path();
      }
    }
    return new UserNamespace(
        mapping, joined == null ? null : joined.substring(0, joined.lastIndexOf('/')) + "/user");
  }

  private void sameUsers(String ref, IdMapping mapping, String kind) {
    if (!mapping.equals(index.resolve(ref).details().hostConfig().users())) {
      throw new EngineException(
          CONFLICT,
          "cannot join the "
              + kind
              + " namespace of container "
              + ref
              + ": its users are others on the host (--userns)");
    }
  }

  private Source namespace(String mode, String kind) {
    if (mode.equals("host")) {
      return Source.HOST;
    }
    if (!mode.startsWith(NamespaceModes.CONTAINER)) {
      return Source.PRIVATE;
    }
    String ref = mode.substring(NamespaceModes.CONTAINER.length());
    int pid = pidOf(ref, kind);
    if (kind.equals("ipc")) {
      shareable(ref);
    }
    return Source.of("/proc/" + pid + "/ns/" + kind);
  }

  private void shareable(String ref) {
    Container donor = index.resolve(ref);
    String mode = donor.details().hostConfig().ipcMode();
    if (mode.equals("private") || mode.equals("none")) {
      throw new EngineException(
          EngineException.Kind.INVALID,
          "can't join IPC of container "
              + ref
              + ": container "
              + donor.id.hex()
              + ": non-shareable IPC (hint: use IpcMode:shareable for the donor container)");
    }
  }

  private int pidOf(String ref, String kind) {
    Container other = index.resolve(ref);
    RunRecord run = other.run();
    if (run == null) {
      throw new EngineException(
          INTERNAL,
          "failed to join "
              + kind.toUpperCase(Locale.ROOT)
              + " namespace: container "
              + other.id.hex()
              + " is not running");
    }
    return run.pid();
  }

  /** The namespace file of a container whose network another joins. */
  static Source networkOf(Container other) {
    RunRecord run = other.run();
    if (run == null) {
      throw new EngineException(
          CONFLICT, "cannot join network of a non running container: " + other.id.hex());
    }
    @Nullable String path = run.networkNamespace();
    return path == null || path.isEmpty() ? Source.HOST : Source.of(path);
  }
}
