package dev.felucca.isolation.linux.init;

import static dev.felucca.isolation.linux.init.ProcessSteps.CWD;
import static dev.felucca.isolation.mount.MountFlags.NODEV;
import static dev.felucca.isolation.mount.MountFlags.NOEXEC;
import static dev.felucca.isolation.mount.MountFlags.NOSUID;
import static dev.felucca.isolation.mount.MountFlags.RDONLY;
import static dev.felucca.linux.Arg.mode;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.host.DeviceNode;
import dev.felucca.isolation.mount.MountFlags;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Sysno;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The mounts every container has: /proc, /dev and what is in it, /sys, with Docker's options. */
final class SystemMounts {
  private static final int S_IFREG = 0100000;
  private static final int TTY_GROUP = 5;
  private static final Map<String, String> LINKS =
      new TreeMap<>(
          Map.of(
              "/dev/fd", "/proc/self/fd",
              "/dev/stdin", "/proc/self/fd/0",
              "/dev/stdout", "/proc/self/fd/1",
              "/dev/stderr", "/proc/self/fd/2",
              "/dev/ptmx", "pts/ptmx",
              "/dev/core", "/proc/kcore"));

  private final ProgramBuilder builder;
  private final MountSteps mounts;
  private final InitPlan plan;
  private final ContainerSpec spec;
  private final Set<String> replaced;

  SystemMounts(ProgramBuilder builder, MountSteps mounts, InitPlan plan) {
    this.builder = builder;
    this.mounts = mounts;
    this.plan = plan;
    this.spec = plan.spec();
    this.replaced = spec.mounts().stream().map(ContainerMount::target).collect(Collectors.toSet());
  }

  /** What a container in the host's IPC namespace sees of it. */
  static List<ContainerMount> hostIpc(ContainerSpec spec) {
    if (spec.namespaces().ipc().kind() != Kind.HOST) {
      return List.of();
    }
    return List.of(new ContainerMount(Mount.bind(Path.of("/dev/shm"), false), "/dev/shm"));
  }

  /** What a container in another's IPC namespace sees of it. */
  static List<ContainerMount> joinedIpc(ContainerSpec spec) {
    return spec.namespaces().ipc().kind() == Kind.JOIN
        ? List.of(new ContainerMount(Mount.bind(Path.of("/dev/shm"), false), "/dev/shm"))
        : List.of();
  }

  /** What shows the kernel itself, in the directory that is or becomes the root. */
  void kernels() {
    if (!replaced.contains("/proc")) {
      mounts.makeReal(kernel("proc"));
      mounts.mount("proc", kernel("proc"), "proc", NOSUID | NODEV | NOEXEC, "");
    }
    if (users() && !replaced.contains("/sys")) {
      sys();
    }
  }

  private boolean users() {
    return spec.namespaces().user() != null;
  }

  private String kernel(String name) {
    return users() ? name : "/" + name;
  }

  private void sys() {
    mounts.makeReal(kernel("sys"));
    mounts.mount("sysfs", kernel("sys"), "sysfs", system(), "");
  }

  void emit() {
    if (!replaced.contains("/dev")) {
      mounts.makeReal("/dev");
      mounts.mount(
          "tmpfs", "/dev", "tmpfs", NOSUID | MountFlags.STRICTATIME, "mode=755,size=65536k");
      dev();
    }
    if (!replaced.contains("/sys")) {
      if (!users()) {
        sys();
      }
      if (!replaced.contains("/sys/fs/cgroup")) {
        cgroup();
      }
    }
  }

  /** /dev/console is the terminal, where there is one. */
  void console() {
    if (!replaced.contains("/dev")) {
      builder.step(Sysno.MKNODAT, CWD, builder.text("/dev/console"), mode(S_IFREG | 0600), n(0));
      mounts.mount("/dev/pts/0", "/dev/console", null, MountFlags.BIND, "");
    }
  }

  private long system() {
    return NOSUID | NODEV | NOEXEC | (spec.security().privileged() ? 0 : RDONLY);
  }

  private void dev() {
    for (DeviceNode device : plan.devices()) {
      node(device);
    }
    LINKS.forEach(
        (link, target) ->
            builder.step(Sysno.SYMLINKAT, builder.text(target), CWD, builder.text(link)));
    mounts.places().make("/dev/pts", false);
    mounts.mount(
        "devpts",
        "/dev/pts",
        "devpts",
        NOSUID | NOEXEC,
        "newinstance,ptmxmode=0666,mode=0620" + (hasTtyGroup() ? ",gid=5" : ""));
    List<ContainerMount> host = hostIpc(spec);
    // It shows the queues of the IPC namespace in which it is mounted, the host's too.
    List<ContainerMount> hosts = Inherited.hosts(spec);
    boolean ownQueues = !users() || spec.namespaces().ipc().kind() != Kind.HOST;
    if (!replaced.contains("/dev/mqueue") && ownQueues) {
      mounts.places().make("/dev/mqueue", false);
      mounts.mount("mqueue", "/dev/mqueue", "mqueue", NOSUID | NODEV | NOEXEC, "");
    }
    List<ContainerMount> joined = joinedIpc(spec);
    boolean own = host.isEmpty() && joined.isEmpty();
    if (!replaced.contains("/dev/shm") && own && spec.shmSize() > 0) {
      mounts.places().make("/dev/shm", false);
      // Rounded up: none at all would be no limit.
      long size = (spec.shmSize() + 1023) / 1024;
      mounts.mount(
          "shm", "/dev/shm", "tmpfs", NOSUID | NODEV | NOEXEC, "mode=1777,size=" + size + "k");
    }
    joined.stream().filter(m -> !replaced.contains(m.target())).forEach(mounts::attach);
    host.stream().filter(m -> !replaced.contains(m.target())).forEach(mounts::attach);
    hosts.stream()
        .filter(m -> m.target().startsWith("/dev/") && !replaced.contains(m.target()))
        .forEach(mounts::attach);
  }

  private boolean hasTtyGroup() {
    UserNamespace users = spec.namespaces().user();
    return users == null || users.mapping().hostGid(TTY_GROUP).isPresent();
  }

  private void node(DeviceNode device) {
    int slash = device.path().lastIndexOf('/');
    if (slash > "/dev".length()) {
      mounts.places().make(device.path().substring(0, slash), false);
    }
    Integer held = plan.inherited().devices().get(device);
    if (held != null) {
      mounts.device(held, device.path());
      return;
    }
    var path = builder.text(device.path());
    var number =
        named(
            LinuxFiles.makedev(device.major(), device.minor()),
            device.major() + ":" + device.minor());
    builder.step(Sysno.MKNODAT, CWD, path, mode(device.mode()), number);
    if (device.uid() != 0 || device.gid() != 0) {
      builder.step(Sysno.FCHOWNAT, CWD, path, n(device.uid()), n(device.gid()), n(0));
    }
  }

  private void cgroup() {
    if (users() && spec.namespaces().cgroup().kind() == Kind.HOST) {
      Inherited.hosts(spec).stream()
          .filter(mount -> mount.target().equals("/sys/fs/cgroup"))
          .forEach(mounts::attach);
      return;
    }
    if (plan.cgroupView().unified()) {
      mounts.mount("cgroup", "/sys/fs/cgroup", "cgroup2", system(), "");
      return;
    }
    mounts.mount("tmpfs", "/sys/fs/cgroup", "tmpfs", NOSUID | NODEV | NOEXEC, "mode=755");
    plan.cgroupView()
        .hierarchies()
        .forEach(
            (directory, options) -> {
              String target = "/sys/fs/cgroup/" + directory;
              mounts.places().make(target, false);
              String type = options.isEmpty() ? "cgroup2" : "cgroup";
              mounts.mount("cgroup", target, type, system(), options);
              // Controllers that share a hierarchy are found under each of their names.
              for (String name : directory.split(",", -1)) {
                if (!name.equals(directory)) {
                  builder.step(
                      Sysno.SYMLINKAT,
                      builder.text(directory),
                      CWD,
                      builder.text("/sys/fs/cgroup/" + name));
                }
              }
            });
    if (!spec.security().privileged()) {
      mounts.mount(
          "",
          "/sys/fs/cgroup",
          null,
          MountFlags.BIND | MountFlags.REMOUNT | RDONLY | NOSUID | NODEV | NOEXEC,
          "");
    }
  }
}
