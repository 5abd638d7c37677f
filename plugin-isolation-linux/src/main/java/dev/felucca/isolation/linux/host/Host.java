package dev.felucca.isolation.linux.host;

import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import dev.felucca.isolation.capability.Capabilities;
import dev.felucca.isolation.capability.CapabilityRequest;
import dev.felucca.isolation.capability.HostCapabilities;
import dev.felucca.isolation.host.DeviceNode;
import dev.felucca.isolation.host.Devices;
import dev.felucca.isolation.host.Limits;
import dev.felucca.isolation.host.ProcMounts;
import dev.felucca.isolation.host.Rlimit;
import dev.felucca.isolation.host.Rlimits;
import dev.felucca.isolation.linux.init.Inherited;
import dev.felucca.isolation.linux.init.InitPlan;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.mount.HeldMounts;
import dev.felucca.isolation.seccomp.SeccompFilters;
import dev.felucca.isolation.seccomp.SeccompTarget;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.cgroup.Cgroup;
import dev.felucca.linux.cgroup.Cgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** This machine: looked at once, then asked what a specification comes to on it. */
public final class Host {
  private static final int CAP_SYS_RESOURCE = 24;
  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;
  private static final String BELOW = "below=";

  private final Syscalls linux;
  private final Cgroups cgroups;
  private final KernelFeatures features;
  private final HostCapabilities capabilities;
  private final SeccompTarget seccomp;
  private final SeccompFilters filters = new SeccompFilters();
  private final InitPlan.CgroupView cgroupView;
  private final Rlimits rlimits;
  private final HostLimits limits;

  private Host(Syscalls linux) throws IOException {
    this.linux = linux;
    this.cgroups = Cgroups.probe(linux);
    this.limits = Limits.settable(cgroups, Cgroups.DEFAULT_PARENT);
    this.features = KernelFeatures.probe(linux);
    this.capabilities = HostCapabilities.probe();
    this.seccomp = SeccompTarget.host(Capabilities.NONE);
    this.cgroupView = CgroupViews.of(Path.of("/proc/self/mountinfo"));
    this.rlimits =
        new Rlimits(linux, (capabilities.available().bits() >>> CAP_SYS_RESOURCE & 1) != 0);
  }

  /** Looks. */
  public static Host probe(Syscalls linux) throws IOException {
    Optional<String> missing = KernelFeatures.missing(linux);
    if (missing.isPresent()) {
      throw new IOException(missing.get());
    }
    if (linux.call(Sysno.GETEUID) != 0) {
      throw new IOException("the engine does not run as root");
    }
    return new Host(linux);
  }

  public Cgroups cgroups() {
    return cgroups;
  }

  public HostLimits limits() {
    return limits;
  }

  /** Decides everything about a container that depends on this host. */
  public InitPlan plan(ContainerSpec spec, @Nullable Cgroup cgroup, Path target)
      throws IOException {
    if (spec.namespaces().user() != null && !features.mountSetattr()) {
      throw new EngineException(
          NOT_IMPLEMENTED,
          "users of their own need idmapped mounts, which Linux has from 5.12 (with overlay from 5.19)");
    }
    Set<String> files = new HashSet<>();
    for (var mount : spec.mounts()) {
      ProcMounts.check(mount);
      addFile(mount.mount(), files);
      if (isPartAndFile(mount.mount())) {
        files.add(InitPlan.source(mount.mount()));
      }
    }
    ProcessPlan process = process(spec, cgroup);
    List<DeviceNode> devices = Devices.nodes(spec.security());
    boolean ownName = spec.namespaces().uts().kind() == Namespaces.Kind.PRIVATE;
    return new InitPlan(
        spec,
        process,
        target,
        files,
        devices,
        cgroupView,
        ownName ? spec.hostname() : null,
        features.mountSetattr(),
        Inherited.of(spec, devices, process.cgroups()));
  }

  /** What of a bind's source has no directory is mounted on a file. */
  public static void addFile(Mount mount, Set<String> files) {
    String text = InitPlan.source(mount);
    Path source = Path.of(text);
    if (source.isAbsolute() && Files.exists(source) && !Files.isDirectory(source)) {
      files.add(text);
    }
  }

  /** Of a part of a file system nobody knows what it is before it is mounted. */
  private boolean isPartAndFile(Mount mount) throws IOException {
    if (!HeldMounts.layered(mount)
        || mount.options().stream().noneMatch(word -> word.startsWith(BELOW))) {
      return false;
    }
    try (Fd tree = new HeldMounts(linux).make(mount, false)) {
      return (new LinuxFiles(linux).mode(tree) & S_IFMT) != S_IFDIR;
    }
  }

  private ProcessPlan process(ContainerSpec spec, @Nullable Cgroup cgroup) throws IOException {
    Security security = spec.security();
    UserNamespace users = spec.namespaces().user();
    Capabilities granted =
        new CapabilityRequest(security.capAdd(), security.capDrop(), security.privileged())
            .resolve(capabilities);
    return new ProcessPlan(
        spec.process(),
        spec.openStdin(),
        granted.bits(),
        lastCapability(),
        security.noNewPrivileges(),
        filter(security, granted),
        joined(cgroup),
        rlimits.plan(security.rlimits()),
        security.oomScoreAdj(),
        features.closeRangeCloexec(),
        SecurityLabels.forExec(security),
        users == null ? null : users.mapping());
  }

  /**
   * A later process: it is held by what holds the container's first. One that is privileged has all
   * capabilities and no label; the seccomp filter it has as with runc, for that is the container's.
   */
  public ProcessPlan exec(
      ProcessPlan container, ProcessSpec process, boolean privileged, boolean openStdin) {
    return new ProcessPlan(
        process,
        openStdin,
        privileged ? capabilities.available().bits() : container.capabilities(),
        lastCapability(),
        container.noNewPrivileges(),
        container.seccomp(),
        container.cgroups(),
        container.rlimits(),
        container.oomScoreAdj(),
        features.closeRangeCloexec(),
        privileged ? "" : container.label(),
        container.users());
  }

  /** The part of a plan that execs need, put together again after a restart of the engine. */
  public ProcessPlan restored(
      ProcessSpec process,
      long granted,
      boolean noNewPrivileges,
      byte @Nullable [] seccompFilter,
      @Nullable Cgroup cgroup,
      List<Rlimit> limits,
      @Nullable Integer oomScoreAdj,
      String label,
      @Nullable IdMapping users) {
    return new ProcessPlan(
        process,
        false,
        granted,
        lastCapability(),
        noNewPrivileges,
        seccompFilter,
        joined(cgroup),
        limits,
        oomScoreAdj,
        features.closeRangeCloexec(),
        label,
        users);
  }

  private byte @Nullable [] filter(Security security, Capabilities granted) {
    String profile = security.seccomp();
    if ("unconfined".equals(profile) || (profile == null && security.privileged())) {
      return null;
    }
    return filters.filter(
        profile == null ? SeccompFilters.defaultProfile() : profile, seccomp.with(granted));
  }

  private int lastCapability() {
    return 63 - Long.numberOfLeadingZeros(capabilities.known().bits());
  }

  private static List<String> joined(@Nullable Cgroup cgroup) {
    return cgroup == null ? List.of() : cgroup.joinFiles().stream().map(Path::toString).toList();
  }

  Syscalls linux() {
    return linux;
  }
}
