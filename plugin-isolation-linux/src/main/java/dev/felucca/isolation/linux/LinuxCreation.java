package dev.felucca.isolation.linux;

import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.Creation;
import dev.felucca.isolation.keeper.Kept;
import dev.felucca.isolation.linux.init.InitPlan;
import dev.felucca.isolation.linux.init.InitProgram;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.linux.init.ProcessProgram;
import dev.felucca.isolation.shim.ShimLaunch;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.linux.cgroup.Cgroup;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes one container by a program of ours. */
final class LinuxCreation extends Creation<Container> {
  private final LinuxMachinery machinery;
  private @Nullable ProcessPlan plan;
  private @Nullable ProcessProgram program;

  LinuxCreation(LinuxMachinery machinery, ContainerFiles files, ContainerSpec spec) {
    super(machinery, files, spec);
    this.machinery = machinery;
  }

  @Override
  protected ShimProcess launch(Cgroup cgroup, StatusFile status) throws IOException {
    InitPlan init = machinery.host().plan(spec, cgroup, files.target());
    plan = init.process();
    byte[] filter = init.process().seccomp();
    if (filter != null) {
      files.write("filter", filter);
    }
    ProcessProgram made = InitProgram.of(machinery.linux().arch(), init);
    program = made;
    try (Holding holding = Holding.open(machinery.linux(), init)) {
      return new ShimLaunch(
              machinery.linux(),
              machinery.keeper().launcher(),
              made,
              spec.openStdin(),
              true,
              status.fd(),
              holding.descriptors())
          .start();
    }
  }

  @Override
  protected Container container(Kept kept) {
    ProcessPlan process = Objects.requireNonNull(plan);
    return new Container(machinery, kept, ContainerState.of(spec, process), process, program);
  }
}
