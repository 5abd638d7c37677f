package dev.felucca.isolation.linux;

import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.shim.StatusRecord;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.cgroup.Cgroup;
import dev.felucca.linux.process.PidFd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what an earlier engine left behind: takes over what is known, removes the rest. */
final class Adoption {
  private static final Logger LOG = LoggerFactory.getLogger(Adoption.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Machinery machinery;
  private final Path run;

  Adoption(Machinery machinery, Path run) {
    this.machinery = machinery;
    this.run = run;
  }

  /** {@code present} are the driver's own by now, and are left alone. */
  Map<ContainerId, Container> adopt(Set<ContainerId> known, Set<ContainerId> present)
      throws IOException {
    Map<ContainerId, Container> found = new HashMap<>();
    List<Path> directories;
    try (Stream<Path> entries = Files.list(run)) {
      directories = entries.filter(Files::isDirectory).toList();
    }
    for (Path directory : directories) {
      String name = directory.getFileName().toString();
      if (!name.matches("[0-9a-f]{64}") || present.contains(new ContainerId(name))) {
        continue;
      }
      ContainerId id = new ContainerId(name);
      try {
        adopt(id, known.contains(id)).ifPresent(container -> found.put(id, container));
      } catch (IOException | RuntimeException e) {
        // One that cannot be understood must not keep the others from being found.
        LOG.error("taking over container {}", id, e);
      }
    }
    return found;
  }

  private Optional<Container> adopt(ContainerId id, boolean known) throws IOException {
    ContainerFiles files = new ContainerFiles(run, id);
    String parent = files.text("cgroup").orElse("");
    Optional<Cgroup> cgroup =
        parent.isEmpty() ? Optional.empty() : machinery.host().cgroups().adopt(parent, id.hex());
    Optional<Properties> values = files.read("state");
    if (values.isEmpty() || cgroup.isEmpty()) {
      remove(files, cgroup, null);
      return Optional.empty();
    }
    ContainerState state = ContainerState.of(values.get());
    PidFd shim = state.shim().open(machinery.linux()).orElse(null);
    if (!known || !files.isStarted()) {
      remove(files, cgroup, shim);
      return Optional.empty();
    }
    StatusFile status = StatusFile.open(machinery.linux(), files.status());
    Optional<StatusRecord> record = status.record();
    PidFd process =
        record.isPresent() ? null : state.process().open(machinery.linux()).orElse(null);
    ShimProcess held =
        shim == null
            ? ShimProcess.orphan(machinery.linux(), process)
            : ShimProcess.found(
                machinery.linux(),
                shim,
                process,
                ShimFds.CONTROL_WRITE,
                ShimFds.EXIT,
                ShimFds.INPUT,
                ShimFds.OUTPUT,
                ShimFds.ERRORS,
                ShimFds.MASTER,
                ShimFds.TERMINAL_PIPE);
    Container container =
        new Container(
            machinery,
            id,
            files,
            state,
            plan(state, files, cgroup.get()),
            held,
            status,
            cgroup.get());
    container.run();
    return Optional.of(container);
  }

  private ProcessPlan plan(ContainerState state, ContainerFiles files, Cgroup cgroup)
      throws IOException {
    // Only what execs take from it; the first process's own words are not needed again.
    ProcessSpec unknown =
        new ProcessSpec(List.of(""), List.of(), "/", "", List.of(), state.tty(), null);
    byte[] filter = state.filtered() ? Files.readAllBytes(files.filter()) : null;
    return machinery
        .host()
        .restored(
            unknown,
            state.capabilities(),
            state.noNewPrivileges(),
            filter,
            cgroup,
            state.rlimits(),
            state.oomScoreAdj(),
            state.label(),
            state.users());
  }

  private static void remove(ContainerFiles files, Optional<Cgroup> cgroup, @Nullable PidFd shim)
      throws IOException {
    if (cgroup.isPresent()) {
      cgroup.get().kill();
    }
    if (shim != null) {
      try (shim) {
        ShimProcess.end(shim);
      }
    }
    if (cgroup.isPresent()) {
      cgroup.get().remove(PATIENCE);
    }
    files.delete();
  }
}
