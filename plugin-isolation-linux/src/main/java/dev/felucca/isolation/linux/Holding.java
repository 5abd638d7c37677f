package dev.felucca.isolation.linux;

import dev.felucca.isolation.host.DeviceNode;
import dev.felucca.isolation.linux.init.Inherited;
import dev.felucca.isolation.linux.init.InitPlan;
import dev.felucca.isolation.mount.HeldMounts;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.mount.DetachedMounts;
import dev.felucca.linux.process.IdMap;
import dev.felucca.linux.process.UserNamespaces;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Opens what {@link Inherited} gives numbers to; held until the process has it. */
final class Holding implements AutoCloseable {
  private static final String SHM = "/dev/shm";

  private final Syscalls linux;
  private final InitPlan plan;
  private final HeldMounts mounts;
  private final boolean apart;
  private final Map<Integer, Fd> descriptors = new HashMap<>();

  private Holding(Syscalls linux, InitPlan plan) {
    this.linux = linux;
    this.plan = plan;
    this.mounts = new HeldMounts(linux);
    this.apart = plan.spec().namespaces().user() != null;
  }

  static Holding open(Syscalls linux, InitPlan plan) throws IOException {
    Holding holding = new Holding(linux, plan);
    try {
      holding.open();
      return holding;
    } catch (IOException | RuntimeException e) {
      holding.close();
      throw e;
    }
  }

  /** By the numbers that they are to have. */
  Map<Integer, Fd> descriptors() {
    return descriptors;
  }

  private void open() throws IOException {
    Inherited inherited = plan.inherited();
    for (Map.Entry<ContainerMount, Integer> mount : inherited.mounts().entrySet()) {
      descriptors.put(mount.getValue(), mount(mount.getKey()));
    }
    UserNamespace users = plan.spec().namespaces().user();
    if (users == null) {
      return;
    }
    descriptors.put(ShimFds.USER, users(users));
    descriptors.put(inherited.root(), root());
    for (Map.Entry<DeviceNode, Integer> device : inherited.devices().entrySet()) {
      Mount node = new Mount("bind", device.getKey().source(), List.of("bind"), null);
      descriptors.put(device.getValue(), mounts.make(node, apart));
    }
    for (Map.Entry<String, Integer> namespace : inherited.namespaces().entrySet()) {
      descriptors.put(namespace.getValue(), file(namespace.getKey(), OpenFlag.RDONLY));
    }
    for (Map.Entry<String, Integer> cgroup : inherited.cgroups().entrySet()) {
      descriptors.put(cgroup.getValue(), file(cgroup.getKey(), OpenFlag.WRONLY));
    }
  }

  private Fd users(UserNamespace users) throws IOException {
    String path = users.path();
    return path == null
        ? new UserNamespaces(linux).make(IdMap.parse(users.mapping().words()))
        : file(path, OpenFlag.RDONLY);
  }

  private Fd root() throws IOException {
    List<Mount> root = plan.spec().root();
    if (root.size() != 1) {
      throw new IOException("a root made of " + root.size() + " mounts cannot have other owners");
    }
    return mounts.make(root.get(0), apart);
  }

  private Fd mount(ContainerMount mount) throws IOException {
    Namespaces.Source ipc = plan.spec().namespaces().ipc();
    String path = ipc.path();
    if (!apart || ipc.kind() != Kind.JOIN || path == null || !mount.mount().source().equals(SHM)) {
      return mounts.make(mount.mount(), apart);
    }
    // Only in its mount namespace can another container's be had.
    try (Fd namespace = file(path.substring(0, path.lastIndexOf('/')) + "/mnt", OpenFlag.RDONLY)) {
      return new DetachedMounts(linux).seenIn(namespace, SHM);
    }
  }

  private Fd file(String path, OpenFlag access) throws IOException {
    return new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, path, 0, access);
  }

  @Override
  public void close() {
    descriptors.values().forEach(Fd::close);
  }
}
