package dev.felucca.isolation.linux;

import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.linux.host.Host;
import dev.felucca.isolation.linux.init.InitPlan;
import dev.felucca.isolation.linux.init.InitProgram;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.linux.init.ProcessProgram;
import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.kernel.isolation.RunningContainer;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.cgroup.Cgroup;
import dev.felucca.linux.process.PidFd;
import dev.felucca.linux.process.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Makes one container, and takes back what was made when it fails on the way. */
final class Creation {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Machinery machinery;
  private final ContainerFiles files;
  private final ContainerSpec spec;
  private @Nullable ProcessProgram program;
  private @Nullable RunningContainer running;

  Creation(Machinery machinery, ContainerFiles files, ContainerSpec spec) {
    this.machinery = machinery;
    this.files = files;
    this.spec = spec;
  }

  Container create() throws IOException {
    files.make();
    Cgroup cgroup = null;
    StatusFile status = null;
    try {
      // Before the group, so that whoever finds this directory later finds the group too.
      String parent = Host.parent(spec);
      files.write("cgroup", parent.getBytes(StandardCharsets.UTF_8));
      cgroup = machinery.host().createCgroup(spec);
      InitPlan plan = machinery.host().plan(spec, cgroup, files.target());
      byte[] filter = plan.process().seccomp();
      if (filter != null) {
        files.write("filter", filter);
      }
      status = StatusFile.open(machinery.linux(), files.status());
      ProcessProgram made = InitProgram.of(machinery.linux().arch(), plan);
      ShimProcess shim = launch(plan, made, status);
      int pid = shim.process().pid();
      ContainerState state = state(plan.process(), shim, parent);
      Container container =
          new Container(machinery, spec.id(), files, state, plan.process(), shim, status, cgroup);
      try {
        files.write("state", state.toProperties());
      } catch (IOException e) {
        undo(e, container);
        throw e;
      }
      program = made;
      running = new RunningContainer(pid, "/proc/" + pid + "/ns/net", Instant.now());
      return container;
    } catch (IOException | RuntimeException e) {
      undo(e, cgroup, status);
      throw e;
    }
  }

  private ShimProcess launch(InitPlan plan, ProcessProgram made, StatusFile status)
      throws IOException {
    try (Holding holding = Holding.open(machinery.linux(), plan)) {
      return ShimProcess.launch(
          machinery.linux(),
          machinery.launcher(),
          made,
          spec.openStdin(),
          true,
          status.fd(),
          holding.descriptors());
    }
  }

  ProcessProgram program() {
    return java.util.Objects.requireNonNull(program, "create() comes first");
  }

  RunningContainer running() {
    return java.util.Objects.requireNonNull(running, "create() comes first");
  }

  private static void undo(Exception failure, Container container) {
    try {
      container.delete();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private void undo(Exception failure, @Nullable Cgroup cgroup, @Nullable StatusFile status) {
    try {
      if (status != null) {
        status.close();
      }
      if (cgroup != null) {
        cgroup.kill();
        cgroup.remove(PATIENCE);
      }
      files.delete();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private ContainerState state(ProcessPlan plan, ShimProcess shim, String parent)
      throws IOException {
    Namespaces namespaces = spec.namespaces();
    long joins = CloneFlags.NEWNS.bit();
    joins |= joins(namespaces.uts(), CloneFlags.NEWUTS);
    joins |= joins(namespaces.ipc(), CloneFlags.NEWIPC);
    joins |= joins(namespaces.network(), CloneFlags.NEWNET);
    joins |= joins(namespaces.cgroup(), CloneFlags.NEWCGROUP);
    joins |= plan.users() == null ? 0 : CloneFlags.NEWUSER.bit();
    return new ContainerState(
        identity(machinery.linux(), shim.shim()),
        identity(machinery.linux(), shim.process()),
        spec.process().tty(),
        spec.openStdin(),
        parent,
        joins,
        namespaces.pid().kind() != Kind.HOST,
        namespaces.pid().kind() == Kind.PRIVATE,
        plan.capabilities(),
        plan.noNewPrivileges(),
        plan.seccomp() != null,
        plan.rlimits(),
        plan.oomScoreAdj(),
        plan.label(),
        plan.users());
  }

  private static long joins(Namespaces.Source source, CloneFlags flag) {
    return source.kind() == Kind.HOST ? 0 : flag.bit();
  }

  private static ProcessIdentity identity(Syscalls linux, PidFd process) throws IOException {
    // A process that ended just now is still there to be waited for; only a wrong pid is not.
    return ProcessIdentity.of(linux, process.pid()).orElse(new ProcessIdentity(process.pid(), 0));
  }
}
