package dev.felucca.isolation.linux;

import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.KeptContainer;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.linux.init.ProcessProgram;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.ContainerId;
import dev.felucca.linux.cgroup.Cgroup;
import java.io.IOException;

/** A container whose process walks a program of ours until it executes its own. */
final class Container extends KeptContainer {
  private final Machinery machinery;
  private final ContainerState state;
  private final ProcessPlan plan;
  private final StatusFile status;

  Container(
      Machinery machinery,
      ContainerId id,
      ContainerFiles files,
      ContainerState state,
      ProcessPlan plan,
      ShimProcess shim,
      StatusFile status,
      Cgroup cgroup) {
    super(
        machinery.keeper(),
        id,
        files,
        new Streams(state.tty(), state.openStdin(), state.privatePid()),
        shim,
        status,
        cgroup);
    this.machinery = machinery;
    this.state = state;
    this.plan = plan;
    this.status = status;
  }

  ProcessPlan plan() {
    return plan;
  }

  ContainerState state() {
    return state;
  }

  void start(ProcessProgram program) throws IOException {
    start(() -> release(program));
  }

  private void release(ProcessProgram program) throws IOException {
    ShimProcess shim = shim();
    shim.awaitParked(program);
    if (plan.users() != null) {
      new OutsideLimits(machinery.linux()).apply(shim.process().pid(), plan);
    }
    ResolvedUser user =
        Users.find(machinery.linux(), shim.process().pid(), plan.process(), plan.users());
    status.parameters(program.parameters().message(user, plan.capabilities()));
    recordStart();
    if (state.tty()) {
      shim.take(ShimFds.MASTER);
    }
    shim.release();
    shim.awaitExec(program);
  }
}
