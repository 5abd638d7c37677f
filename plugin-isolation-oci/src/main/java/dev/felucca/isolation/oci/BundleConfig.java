package dev.felucca.isolation.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.host.DeviceNode;
import dev.felucca.isolation.host.Devices;
import dev.felucca.isolation.host.ProtectedPaths;
import dev.felucca.isolation.mount.HeldMounts;
import dev.felucca.isolation.mount.MountFlags;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.kernel.isolation.Namespaces.Source;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.cgroup.DeviceRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code config.json} of a container: the runtime specification's words for ours. */
final class BundleConfig {
  /** Where a container has our init. */
  static final String INIT = "/sbin/docker-init";

  private static final int S_IFMT = 0170000;
  private static final int S_IFBLK = 0060000;
  private static final int TTY_GROUP = 5;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ContainerSpec spec;
  private final Path root;
  private final boolean mountSetattr;

  /**
   * @param root where the runtime finds it
   * @param mountSetattr as {@link OciMachinery#mountSetattr}
   */
  BundleConfig(ContainerSpec spec, Path root, boolean mountSetattr) {
    this.spec = spec;
    this.root = root;
    this.mountSetattr = mountSetattr;
  }

  /**
   * @param cgroup the group's path below each hierarchy
   * @param seccomp null for no filter
   */
  ObjectNode json(ObjectNode process, String cgroup, @Nullable ObjectNode seccomp)
      throws IOException {
    ObjectNode out = JSON.objectNode();
    out.put("ociVersion", "1.0.2");
    out.set("process", process);
    out.putObject("root").put("path", root.toString()).put("readonly", spec.readonlyRootfs());
    if (spec.namespaces().uts().kind() == Kind.PRIVATE) {
      out.put("hostname", spec.hostname());
    }
    mounts(out.putArray("mounts"));
    if (!spec.annotations().isEmpty()) {
      ObjectNode annotations = out.putObject("annotations");
      spec.annotations().forEach(annotations::put);
    }
    linux(out.putObject("linux"), cgroup, seccomp);
    return out;
  }

  private void mounts(ArrayNode all) {
    Set<String> replaced =
        spec.mounts().stream().map(ContainerMount::target).collect(Collectors.toSet());
    boolean privileged = spec.security().privileged();
    String access = privileged ? "rw" : "ro";
    List<ObjectNode> usual = new ArrayList<>();
    usual.add(mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"));
    usual.add(mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"));
    usual.add(terminals());
    usual.add(mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", access));
    usual.add(cgroups(access));
    // It shows the queues of the IPC namespace in which it is mounted, the host's too.
    boolean hostIpc = spec.namespaces().ipc().kind() == Kind.HOST;
    if (!hostIpc || !HeldSources.apart(spec)) {
      usual.add(mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"));
    }
    if (hostIpc && !HeldSources.apart(spec)) {
      usual.add(mount("/dev/shm", "bind", "/dev/shm", "rbind"));
    }
    HeldSources.hosts(spec).forEach(mount -> usual.add(held(mount)));
    if (spec.namespaces().ipc().kind() == Kind.JOIN) {
      usual.add(mount("/dev/shm", "bind", HeldSources.sharedMemory(root).toString(), "bind"));
    } else if (spec.namespaces().ipc().kind() == Kind.PRIVATE && spec.shmSize() > 0) {
      usual.add(
          mount(
              "/dev/shm",
              "tmpfs",
              "shm",
              "nosuid",
              "noexec",
              "nodev",
              "mode=1777",
              "size=" + (spec.shmSize() + 1023) / 1024 + "k"));
    }
    usual.stream()
        .filter(one -> !replaced.contains(one.get("destination").asText()))
        .forEach(all::add);
    if (spec.init()) {
      String init = HeldSources.init(root).toString();
      all.add(mount(INIT, "bind", init, "bind", "ro"));
    }
    for (ContainerMount mount : spec.mounts()) {
      all.add(mount(mount));
    }
  }

  private ObjectNode mount(ContainerMount mount) {
    Mount what = mount.mount();
    MountFlags flags = MountFlags.of(what.type(), what.options());
    List<String> options = new ArrayList<>(HeldSources.options(what, mountSetattr));
    if ((flags.bind() || HeldMounts.layered(what)) && flags.propagation() == 0) {
      options.add("rprivate"); // runtimes differ in what they take for it
    }
    String source =
        HeldSources.isHeld(spec, what)
            ? HeldSources.place(root, spec, mount).toString()
            : what.source();
    String type = HeldSources.type(what);
    return mount(mount.target(), type, source, options.toArray(String[]::new));
  }

  private ObjectNode cgroups(String access) {
    boolean hosts = spec.namespaces().cgroup().kind() == Kind.HOST;
    if (hosts && HeldSources.apart(spec)) {
      // Nobody in a user namespace can mount it, nor write to it.
      return mount(
          "/sys/fs/cgroup",
          "bind",
          "/sys/fs/cgroup",
          "rbind",
          "rprivate",
          "ro",
          "nosuid",
          "noexec",
          "nodev");
    }
    return mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", access);
  }

  /** With its attributes already. */
  private ObjectNode held(ContainerMount mount) {
    String source = HeldSources.place(root, spec, mount).toString();
    return mount(mount.target(), "bind", source, "rbind", "rprivate");
  }

  private ObjectNode terminals() {
    List<String> options =
        new ArrayList<>(List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"));
    UserNamespace user = spec.namespaces().user();
    if (user == null || user.mapping().hostGid(TTY_GROUP).isPresent()) {
      options.add("gid=" + TTY_GROUP);
    }
    return mount("/dev/pts", "devpts", "devpts", options.toArray(String[]::new));
  }

  /** What the runtime's own namespace is to be: else it cuts off what a bind is to be told. */
  private String propagation() {
    long all = 0;
    for (ContainerMount mount : spec.mounts()) {
      all |= MountFlags.of(mount.mount().type(), mount.mount().options()).propagation();
    }
    return (all & MountFlags.SHARED) != 0
        ? "shared"
        : (all & MountFlags.SLAVE) != 0 ? "rslave" : "";
  }

  private static ObjectNode mount(String target, String type, String source, String... options) {
    ObjectNode one = JSON.objectNode();
    one.put("destination", target).put("type", type).put("source", source);
    ArrayNode words = one.putArray("options");
    Arrays.stream(options).forEach(words::add);
    return one;
  }

  private void linux(ObjectNode out, String cgroup, @Nullable ObjectNode seccomp)
      throws IOException {
    out.put("cgroupsPath", cgroup);
    if (!propagation().isEmpty()) {
      out.put("rootfsPropagation", propagation());
    }
    namespaces(out.putArray("namespaces"));
    UserNamespace user = spec.namespaces().user();
    if (user != null) {
      ranges(out.putArray("uidMappings"), user.mapping().uids());
      ranges(out.putArray("gidMappings"), user.mapping().gids());
    }
    ObjectNode sysctls = out.putObject("sysctl");
    spec.sysctls().forEach(sysctls::put);
    if (!spec.domainname().isEmpty() && spec.namespaces().uts().kind() == Kind.PRIVATE) {
      sysctls.put("kernel.domainname", spec.domainname());
    }
    devices(out);
    paths(out.putArray("maskedPaths"), spec.security().maskedPaths(), ProtectedPaths.MASKED);
    paths(out.putArray("readonlyPaths"), spec.security().readonlyPaths(), ProtectedPaths.READ_ONLY);
    if (seccomp != null) {
      out.set("seccomp", seccomp);
    }
  }

  private void namespaces(ArrayNode out) {
    Namespaces all = spec.namespaces();
    out.addObject().put("type", "mount");
    namespace(out, "network", all.network());
    namespace(out, "pid", all.pid());
    namespace(out, "ipc", all.ipc());
    namespace(out, "uts", all.uts());
    namespace(out, "cgroup", all.cgroup());
    UserNamespace user = all.user();
    if (user != null) {
      ObjectNode one = out.addObject().put("type", "user");
      if (user.path() != null) {
        one.put("path", user.path());
      }
    }
  }

  private static void namespace(ArrayNode out, String type, Source source) {
    if (source.kind() == Kind.HOST) {
      return;
    }
    ObjectNode one = out.addObject().put("type", type);
    if (source.path() != null) {
      one.put("path", source.path());
    }
  }

  private static void ranges(ArrayNode out, List<IdMapping.Range> ranges) {
    for (IdMapping.Range range : ranges) {
      out.addObject()
          .put("containerID", range.container())
          .put("hostID", range.host())
          .put("size", range.length());
    }
  }

  /** The users of a container that has this configuration; null for the host's. */
  static @Nullable IdMapping users(ObjectNode config) {
    JsonNode linux = config.path("linux");
    return linux.has("uidMappings")
        ? new IdMapping(ranges(linux.get("uidMappings")), ranges(linux.get("gidMappings")))
        : null;
  }

  private static List<IdMapping.Range> ranges(JsonNode from) {
    List<IdMapping.Range> ranges = new ArrayList<>();
    for (JsonNode one : from) {
      ranges.add(
          new IdMapping.Range(
              one.get("containerID").asLong(),
              one.get("hostID").asLong(),
              one.get("size").asLong()));
    }
    return ranges;
  }

  private void devices(ObjectNode out) throws IOException {
    ArrayNode nodes = out.putArray("devices");
    for (DeviceNode node : Devices.nodes(spec.security())) {
      nodes
          .addObject()
          .put("path", node.path())
          .put("type", (node.mode() & S_IFMT) == S_IFBLK ? "b" : "c")
          .put("major", node.major())
          .put("minor", node.minor())
          .put("fileMode", node.mode() & 07777)
          .put("uid", node.uid())
          .put("gid", node.gid());
    }
    ArrayNode rules = out.putObject("resources").putArray("devices");
    for (DeviceRule rule : Devices.rules(spec.security())) {
      ObjectNode one = rules.addObject().put("allow", rule.allow());
      one.put("type", String.valueOf(rule.type().letter()));
      if (rule.major() != DeviceRule.ANY) {
        one.put("major", rule.major());
      }
      if (rule.minor() != DeviceRule.ANY) {
        one.put("minor", rule.minor());
      }
      one.put(
          "access",
          ((rule.access() & DeviceRule.READ) != 0 ? "r" : "")
              + ((rule.access() & DeviceRule.WRITE) != 0 ? "w" : "")
              + ((rule.access() & DeviceRule.MKNOD) != 0 ? "m" : ""));
    }
  }

  private void paths(ArrayNode out, @Nullable List<String> given, List<String> otherwise) {
    List<String> usual = spec.security().privileged() ? List.of() : otherwise;
    (given == null ? usual : given).forEach(out::add);
  }
}
