package dev.felucca.isolation.linux.init;

import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.isolation.program.ShimProgram;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.kernel.IdMapping;
import dev.felucca.linux.Arch;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Sysno;

/**
 * A further process in a container: it joins the namespaces of {@link ShimFds#TARGET}. A shim is
 * its parent too, so that no memory of the JVM is ever where a container's processes might reach
 * it.
 */
public final class ExecProgram {
  private ExecProgram() {}

  /**
   * A pure function.
   *
   * @param namespaces the CLONE_NEW flags of the namespaces to join, the pid namespace apart
   * @param joinPid whether the pid namespace is joined
   */
  public static ProcessProgram of(Arch arch, ProcessPlan plan, long namespaces, boolean joinPid) {
    ProgramBuilder builder = new ProgramBuilder(arch);
    ProcessSteps process = new ProcessSteps(builder, plan);
    IdMapping users = plan.users();
    ShimProgram shim = new ShimProgram(builder, plan.process().tty(), false);
    if (joinPid) {
      // Takes effect for children only: the shim itself stays outside.
      builder.step(Sysno.SETNS, n(ShimFds.TARGET), named(CloneFlags.NEWPID.bit(), "NEWPID"));
    }
    if (users != null) {
      process.giveStreams(users);
    }
    shim.child(0, false);
    process.joinCgroups();
    if (users != null) {
      // Inside, nothing may be raised any more.
      process.limits();
    }
    builder.step(Sysno.SETNS, n(ShimFds.TARGET), named(namespaces, CloneFlags.names(namespaces)));
    if (users != null) {
      ProcessSteps.becomeRoot(builder);
    }
    builder.step(Sysno.SETSID);
    if (plan.process().tty()) {
      TerminalSteps.open(builder, plan.process().consoleSize());
    }
    if (users == null) {
      process.limits();
    }
    process.park(shim.started());
    process.execute(false);
    shim.end();
    return process.build();
  }
}
