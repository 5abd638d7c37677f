package dev.felucca.isolation.oci;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.shim.StatusRecord;
import dev.felucca.kernel.ContainerId;
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
final class OciAdoption {
  private static final Logger LOG = LoggerFactory.getLogger(OciAdoption.class);
  private static final int SIGKILL = 9;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final OciMachinery machinery;
  private final Path run;

  OciAdoption(OciMachinery machinery) {
    this.machinery = machinery;
    this.run = machinery.keeper().run();
  }

  /** {@code present} are the driver's own by now, and are left alone. */
  Map<ContainerId, OciContainer> adopt(Set<ContainerId> known, Set<ContainerId> present)
      throws IOException {
    Map<ContainerId, OciContainer> found = new HashMap<>();
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

  private Optional<OciContainer> adopt(ContainerId id, boolean known) throws IOException {
    ContainerFiles files = new ContainerFiles(run, id);
    String parent = files.text("cgroup").orElse("");
    Optional<Cgroup> cgroup =
        parent.isEmpty() ? Optional.empty() : machinery.cgroups().adopt(parent, id.hex());
    Optional<Properties> values = files.read("state");
    if (values.isEmpty() || cgroup.isEmpty()) {
      remove(id, files, cgroup, null);
      return Optional.empty();
    }
    OciState state = OciState.of(values.get());
    PidFd shim = state.shim().open(machinery.linux()).orElse(null);
    if (!known || !files.isStarted()) {
      remove(id, files, cgroup, shim);
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
    String config = files.text("config.json").orElseThrow();
    ObjectNode first = (ObjectNode) OciCreation.MAPPER.readTree(config).get("process");
    OciContainer container =
        new OciContainer(machinery, id, files, state, first, held, status, cgroup.get());
    container.run();
    return Optional.of(container);
  }

  private void remove(
      ContainerId id, ContainerFiles files, Optional<Cgroup> cgroup, @Nullable PidFd shim)
      throws IOException {
    if (cgroup.isPresent()) {
      cgroup.get().kill();
    }
    if (shim != null) {
      try (shim) {
        shim.signal(SIGKILL);
      }
    }
    machinery.forget(files, id);
    if (cgroup.isPresent()) {
      cgroup.get().remove(PATIENCE);
    }
    files.delete();
  }
}
