package dev.felucca.isolation.linux;

import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.Creation;
import dev.felucca.isolation.keeper.Keeper;
import dev.felucca.isolation.keeper.Kept;
import dev.felucca.isolation.keeper.KeptDriver;
import dev.felucca.isolation.linux.host.Host;
import dev.felucca.isolation.linux.init.ExecProgram;
import dev.felucca.isolation.linux.init.InitProgram;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.linux.init.ProcessProgram;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimLaunch;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.PidFd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The isolation driver "linux": containers from namespaces, control groups, capabilities and
 * seccomp, each kept by a shim of its own, without any helper program.
 */
@Component(configurationPid = "dev.felucca.isolation.linux", service = IsolationDriver.class)
public final class LinuxIsolation extends KeptDriver<LinuxMachinery, Container> {
  /** Bytes of a struct sock_filter. */
  private static final int FILTER_STEP = 8;

  private static final byte[] DAMAGED_FILTER = {};

  @Activate
  public LinuxIsolation(@Reference Syscalls linux, BundleContext context) {
    this(linux, runDirectory(context));
  }

  /** Keeps what a reboot may forget in that directory. Never throws for what the host lacks. */
  public LinuxIsolation(Syscalls linux, Path run) {
    super("linux", run, directory -> start(linux, directory));
  }

  private static LinuxMachinery start(Syscalls linux, Path run) throws IOException {
    Host host = Host.probe(linux);
    return new LinuxMachinery(Keeper.start(linux, run), host);
  }

  private static Path runDirectory(BundleContext context) {
    String configured = context.getProperty("felucca.run-dir");
    return Path.of(configured == null ? "/run/felucca" : configured, "isolation-linux");
  }

  @Override
  protected Creation<Container> creation(
      LinuxMachinery machinery, ContainerFiles files, ContainerSpec spec) {
    return new LinuxCreation(machinery, files, spec);
  }

  @Override
  protected ShimProcess launch(LinuxMachinery machinery, Container container, ExecSpec spec)
      throws IOException {
    byte[] filter = container.plan().seccomp();
    if (filter != null && filter.length == 0) {
      throw new EngineException(
          UNAVAILABLE,
          "the seccomp filter of container " + container.id() + " was damaged: start it again");
    }
    PidFd target = container.shim().process();
    ProcessPlan plan =
        machinery
            .host()
            .exec(container.plan(), spec.process(), spec.privileged(), spec.openStdin());
    ResolvedUser user = Users.find(machinery.linux(), target.pid(), spec.process(), plan.users());
    ContainerState state = container.joined();
    ProcessProgram program =
        ExecProgram.of(machinery.linux().arch(), plan, state.joins(), state.joinPid());
    try (StatusFile parameters = StatusFile.inMemory(machinery.linux())) {
      parameters.parameters(program.parameters().message(user, plan.capabilities()));
      ShimProcess shim =
          new ShimLaunch(
                  machinery.linux(),
                  machinery.keeper().launcher(),
                  program,
                  spec.openStdin(),
                  false,
                  parameters.fd(),
                  Map.of(ShimFds.TARGET, target.fd()))
              .start();
      try {
        if (spec.process().tty()) {
          // While it waits: the shim goes as soon as its process ends, and the master with it.
          shim.awaitParked(program);
          shim.take(ShimFds.MASTER);
          shim.release();
        } else {
          shim.release();
          shim.awaitParked(program);
        }
        shim.awaitExec(program);
        return shim;
      } catch (IOException | RuntimeException e) {
        shim.abandon(e);
        throw e;
      }
    }
  }

  @Override
  protected Container found(LinuxMachinery machinery, Kept kept, Properties values)
      throws IOException {
    ContainerState state = ContainerState.of(values);
    // Only what execs take from it; the first process's own words are not needed again.
    ProcessSpec unknown =
        new ProcessSpec(List.of(""), List.of(), "/", "", List.of(), kept.state().tty(), null);
    byte[] filter = state.filtered() ? filter(kept.files()) : null;
    ProcessPlan plan =
        machinery
            .host()
            .restored(
                unknown,
                state.capabilities(),
                state.noNewPrivileges(),
                filter,
                kept.cgroup(),
                state.rlimits(),
                state.oomScoreAdj(),
                state.label(),
                state.users());
    return new Container(machinery, kept, state, plan, null);
  }

  /** Never none: with one that is damaged nothing can be executed. */
  private static byte[] filter(ContainerFiles files) throws IOException {
    try {
      byte[] filter = Files.readAllBytes(files.filter());
      if (filter.length > 0 && filter.length % FILTER_STEP == 0) {
        return filter;
      }
      files.aside(files.filter(), "it is cut short; no exec is possible until the next start");
    } catch (NoSuchFileException e) {
      return DAMAGED_FILTER; // an earlier driver has moved it aside
    } catch (IOException e) {
      files.aside(files.filter(), "no exec is possible until the next start: " + e.getMessage());
    }
    return DAMAGED_FILTER;
  }

  @Override
  public List<String> explain(ContainerSpec spec) {
    try {
      Path target = files(spec.id()).target();
      return InitProgram.of(machinery().linux().arch(), machinery().host().plan(spec, null, target))
          .listing();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
