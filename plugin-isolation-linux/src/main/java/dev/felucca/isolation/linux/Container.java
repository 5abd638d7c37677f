package dev.felucca.isolation.linux;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.isolation.keeper.Kept;
import dev.felucca.isolation.keeper.KeptContainer;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.linux.init.ProcessProgram;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** A container whose process walks a program of ours until it executes its own. */
final class Container extends KeptContainer {
  private final LinuxMachinery machinery;
  private final Kept kept;
  private final ContainerState state;
  private final ProcessPlan plan;

  /** Thousands of steps, and so not kept longer than until the start. */
  private volatile @Nullable ProcessProgram parked;

  /**
   * @param parked what its first process walks; null when it was started by an earlier engine
   */
  Container(
      LinuxMachinery machinery,
      Kept kept,
      ContainerState state,
      ProcessPlan plan,
      @Nullable ProcessProgram parked) {
    super(machinery.keeper(), kept);
    this.machinery = machinery;
    this.kept = kept;
    this.state = state;
    this.plan = plan;
    this.parked = parked;
  }

  ProcessPlan plan() {
    return plan;
  }

  ContainerState joined() {
    return state;
  }

  @Override
  protected boolean hasOwnUsers() {
    return plan.users() != null;
  }

  @Override
  protected Properties state() {
    Properties values = super.state();
    state.putInto(values);
    return values;
  }

  @Override
  protected void letGo() throws IOException {
    ProcessProgram program = parked;
    if (program == null) {
      throw new EngineException(CONFLICT, "container " + kept.id() + " was started before");
    }
    ShimProcess shim = shim();
    shim.awaitParked(program);
    if (plan.users() != null) {
      new OutsideLimits(machinery.linux()).apply(shim.process().pid(), plan);
    }
    ResolvedUser user =
        Users.find(machinery.linux(), shim.process().pid(), plan.process(), plan.users());
    kept.status().parameters(program.parameters().message(user, plan.capabilities()));
    recordStart();
    if (kept.state().tty()) {
      shim.take(ShimFds.MASTER);
    }
    shim.release();
    shim.awaitExec(program);
    parked = null;
  }
}
