package dev.felucca.isolation.linux.init;

import static dev.felucca.isolation.linux.init.ProcessSteps.CWD;
import static dev.felucca.isolation.program.CloneFlags.NEWCGROUP;
import static dev.felucca.isolation.program.CloneFlags.NEWIPC;
import static dev.felucca.isolation.program.CloneFlags.NEWNET;
import static dev.felucca.isolation.program.CloneFlags.NEWNS;
import static dev.felucca.isolation.program.CloneFlags.NEWPID;
import static dev.felucca.isolation.program.CloneFlags.NEWUTS;
import static dev.felucca.linux.Arg.NULL;
import static dev.felucca.linux.Arg.mode;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.host.ProtectedPaths;
import dev.felucca.isolation.mount.MountFlags;
import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.isolation.program.ShimProgram;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.linux.Arch;
import dev.felucca.linux.Arg;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What makes a container: a pure function from the plan to the program of its shim and first
 * process.
 */
public final class InitProgram {
  private static final int S_IFREG = 0100000;
  private final ProgramBuilder builder;
  private final InitPlan plan;
  private final ContainerSpec spec;
  private final MountSteps mounts;
  private final SystemMounts system;
  private final ProcessSteps process;

  private InitProgram(Arch arch, InitPlan plan) {
    this.builder = new ProgramBuilder(arch);
    this.plan = plan;
    this.spec = plan.spec();
    this.mounts = new MountSteps(builder, plan.mountSetattr(), plan.files(), plan.inherited());
    this.system = new SystemMounts(builder, mounts, plan);
    this.process = new ProcessSteps(builder, plan.process(), spec.init());
  }

  public static ProcessProgram of(Arch arch, InitPlan plan) {
    return new InitProgram(arch, plan).build();
  }

  private ProcessProgram build() {
    ShimProgram shim = new ShimProgram(builder, spec.process().tty(), true);
    Namespaces namespaces = spec.namespaces();
    UserNamespace users = namespaces.user();
    long own =
        NEWNS.bit()
            | own(namespaces.pid(), NEWPID)
            | own(namespaces.uts(), NEWUTS)
            | own(namespaces.ipc(), NEWIPC)
            | own(namespaces.network(), NEWNET);
    if (users == null) {
      join(namespaces.pid(), NEWPID);
      shim.child(own, plan.inherited().any());
      process.joinCgroups();
    } else {
      process.giveStreams(users.mapping());
      shim.childOfUsers(own, () -> join(namespaces.pid(), NEWPID));
      process.joinCgroups(plan.inherited().cgroups().values());
      ProcessSteps.becomeRoot(builder);
    }
    join(namespaces.network(), NEWNET);
    join(namespaces.ipc(), NEWIPC);
    join(namespaces.uts(), NEWUTS);
    join(namespaces.cgroup(), NEWCGROUP);
    if (namespaces.cgroup().kind() == Kind.PRIVATE) {
      builder.step(Sysno.UNSHARE, named(NEWCGROUP.bit(), "CLONE_NEWCGROUP"));
    }
    builder.step(Sysno.SETSID);
    builder.step(Sysno.UMASK, mode(0)).ignoringErrors();
    if (users == null) {
      root();
      marks();
      system.kernels();
    } else {
      rootOfUsers();
      marks();
    }
    system.emit();
    for (var mount : spec.mounts()) {
      mounts.attach(mount);
    }
    names();
    if (spec.process().tty()) {
      TerminalSteps.open(builder, spec.process().consoleSize());
      system.console();
    }
    spec.sysctls().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(s -> process.writeFile("/proc/sys/" + s.getKey().replace('.', '/'), s.getValue()));
    protect();
    if (users == null) {
      process.limits();
    }
    process.park(shim.started());
    process.execute(true);
    shim.end();
    return process.build();
  }

  private void root() {
    String target = plan.target().toString();
    // Not private: unmounts on the host still reach us, so that nothing of it is kept busy here.
    // What is to be seen there is taken before.
    spec.mounts().stream().filter(MountSteps::isShared).forEach(mounts::hold);
    mounts.mount("none", "/", null, MountFlags.REC | MountFlags.SLAVE, "");
    spec.mounts().stream().filter(mount -> !MountSteps.isShared(mount)).forEach(mounts::hold);
    holdHostIpc();
    spec.root().forEach(mount -> mounts.root(mount, target));
    builder.step(Sysno.CHDIR, builder.text(target));
    leaveHost();
  }

  private void leaveHost() {
    builder.step(Sysno.PIVOT_ROOT, builder.text("."), builder.text("."));
    builder.step(Sysno.UMOUNT2, builder.text("."), named(2, "MNT_DETACH"));
    builder.step(Sysno.CHDIR, builder.text("/"));
  }

  /**
   * The root is a mount that was made outside, and is put over the one there is: on the way to any
   * other place there may be directories that the container's users may not enter. What shows the
   * kernel is mounted while the host's own is still there, for only then may a user namespace.
   */
  private void rootOfUsers() {
    int root = plan.inherited().root();
    mounts.mount("none", "/", null, MountFlags.REC | MountFlags.SLAVE, "");
    builder.step(
        Sysno.MOVE_MOUNT,
        n(root),
        builder.text(""),
        CWD,
        builder.text("/"),
        named(0x04, "F_EMPTY_PATH"));
    builder.step(Sysno.FCHDIR, n(root));
    system.kernels();
    leaveHost();
  }

  private void holdHostIpc() {
    SystemMounts.hostIpc(spec).forEach(mounts::hold);
    String ipc = spec.namespaces().ipc().path();
    if (spec.namespaces().ipc().kind() == Kind.JOIN && ipc != null) {
      // Only in its mount namespace can another container's /dev/shm be had.
      Step own = openNamespace("/proc/self/ns/mnt");
      Step other = openNamespace(ipc.substring(0, ipc.lastIndexOf('/')) + "/mnt");
      enterMounts(other);
      SystemMounts.joinedIpc(spec).forEach(mounts::hold);
      enterMounts(own);
    }
  }

  private Step openNamespace(String path) {
    int flags = OpenFlag.bits(builder.arch(), OpenFlag.RDONLY, OpenFlag.CLOEXEC);
    return builder.step(Sysno.OPENAT, CWD, builder.text(path), named(flags, "O_RDONLY|O_CLOEXEC"));
  }

  private void enterMounts(Step opened) {
    Step setns = builder.step(Sysno.SETNS, NULL, named(NEWNS.bit(), "CLONE_NEWNS"));
    opened.storeInto(setns, 0);
  }

  /**
   * What programs look for: that they are in a container, and what is mounted. Before the mounts,
   * for it is meant for the container's own root.
   */
  private void marks() {
    builder
        .step(Sysno.MKNODAT, CWD, builder.text("/.dockerenv"), mode(S_IFREG | 0755), n(0))
        .ignoringErrors();
    builder
        .step(Sysno.SYMLINKAT, builder.text("/proc/mounts"), CWD, builder.text("/etc/mtab"))
        .ignoringErrors();
  }

  private void names() {
    String hostname = plan.hostname();
    if (hostname != null) {
      int length = hostname.getBytes(StandardCharsets.UTF_8).length;
      builder.step(Sysno.SETHOSTNAME, builder.text(hostname), n(length));
      String domain = spec.domainname();
      if (!domain.isEmpty()) {
        int domainLength = domain.getBytes(StandardCharsets.UTF_8).length;
        builder.step(Sysno.SETDOMAINNAME, builder.text(domain), n(domainLength));
      }
    }
    if (spec.namespaces().network().kind() == Kind.PRIVATE) {
      loopback();
    }
  }

  private void loopback() {
    Arg.Address request = builder.space(40, "{lo, UP|RUNNING}");
    builder.putInt(request, 'l' | 'o' << 8);
    builder.putInt(request.plus(16), 0x41);
    Step socket = builder.step(Sysno.SOCKET, n(2), named(2 | 02000000, "SOCK_DGRAM"), n(0));
    Step up = builder.step(Sysno.IOCTL, NULL, named(0x8914, "SIOCSIFFLAGS"), request);
    socket.storeInto(up, 0);
  }

  private void protect() {
    boolean privileged = spec.security().privileged();
    orDefault(spec.security().readonlyPaths(), privileged, ProtectedPaths.READ_ONLY)
        .forEach(mounts::readOnly);
    orDefault(spec.security().maskedPaths(), privileged, ProtectedPaths.MASKED)
        .forEach(mounts::mask);
    if (spec.readonlyRootfs()) {
      mounts.mount("", "/", null, MountFlags.BIND | MountFlags.REMOUNT | MountFlags.RDONLY, "");
    }
  }

  private static List<String> orDefault(
      @Nullable List<String> given, boolean privileged, List<String> otherwise) {
    if (given != null) {
      return given;
    }
    return privileged ? List.of() : new ArrayList<>(otherwise);
  }

  private static long own(Namespaces.Source source, CloneFlags flag) {
    return source.kind() == Kind.PRIVATE ? flag.bit() : 0;
  }

  private void join(Namespaces.Source source, CloneFlags flag) {
    String path = source.path();
    if (source.kind() != Kind.JOIN || path == null) {
      return;
    }
    Integer held = plan.inherited().namespaces().get(path);
    if (held != null) {
      builder.step(Sysno.SETNS, n(held), named(flag.bit(), "CLONE_" + flag));
      return;
    }
    Step open = openNamespace(path);
    Step setns = builder.step(Sysno.SETNS, NULL, named(flag.bit(), "CLONE_" + flag));
    open.storeInto(setns, 0);
  }
}
