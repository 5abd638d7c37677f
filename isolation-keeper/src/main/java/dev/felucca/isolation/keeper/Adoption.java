package dev.felucca.isolation.keeper;

import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.shim.StatusRecord;
import dev.felucca.kernel.ContainerId;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
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
final class Adoption<C extends KeptContainer> {
  private static final Logger LOG = LoggerFactory.getLogger(Adoption.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** What a driver does about its own. */
  interface Owner<C> {
    /**
     * Puts a container together again.
     *
     * @param state all that was written of it
     */
    C found(Kept kept, Properties state) throws IOException;

    /** One that nobody knows is being removed: its processes have ended, its files are there. */
    void forget(ContainerId id, ContainerFiles files) throws IOException;
  }

  private final Machinery machinery;
  private final Path run;
  private final Owner<C> owner;

  Adoption(Machinery machinery, Path run, Owner<C> owner) {
    this.machinery = machinery;
    this.run = run;
    this.owner = owner;
  }

  /** {@code present} are the driver's own by now, and are left alone. */
  Map<ContainerId, C> adopt(Set<ContainerId> known, Set<ContainerId> present) throws IOException {
    Map<ContainerId, C> found = new HashMap<>();
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

  private Optional<C> adopt(ContainerId id, boolean known) throws IOException {
    ContainerFiles files = new ContainerFiles(run, id);
    Optional<Properties> values = files.either("state", Adoption::state);
    String noted = files.text(Creation.CGROUP).orElse("");
    String parent = values.map(state -> state.getProperty(Creation.CGROUP, noted)).orElse(noted);
    Optional<Cgroup> cgroup =
        parent.isEmpty() ? Optional.empty() : machinery.cgroups().adopt(parent, id.hex());
    if (values.isEmpty() || cgroup.isEmpty()) {
      remove(id, files, cgroup, null);
      return Optional.empty();
    }
    KeptState state = KeptState.of(values.get());
    PidFd shim = state.shim().open(machinery.linux()).orElse(null);
    if (!known || !files.isStarted()) {
      remove(id, files, cgroup, shim);
      return Optional.empty();
    }
    StatusFile status = status(files, shim);
    ShimProcess held = held(state, shim, status.record());
    C container = owner.found(new Kept(id, files, state, held, status, cgroup.get()), values.get());
    container.run();
    return Optional.of(container);
  }

  private static Properties state(byte[] content) throws IOException {
    Properties values = ContainerFiles.properties(content);
    KeptState.of(values); // or it is none
    return values;
  }

  /** What a shim holds is its file, whatever lies in the place where that was. */
  private StatusFile status(ContainerFiles files, @Nullable PidFd shim) throws IOException {
    if (shim != null) {
      try {
        return StatusFile.of(machinery.linux(), shim);
      } catch (SyscallException e) {
        LOG.debug("{} has ended meanwhile", shim, e);
      }
    }
    return StatusFile.open(machinery.linux(), files.plain(files.status()));
  }

  private ShimProcess held(KeptState state, @Nullable PidFd shim, Optional<StatusRecord> ended)
      throws IOException {
    Syscalls linux = machinery.linux();
    PidFd process = ended.isPresent() ? null : state.process().open(linux).orElse(null);
    if (shim == null) {
      return ShimProcess.orphan(linux, process);
    }
    return ShimProcess.found(
        linux,
        shim,
        process,
        ShimFds.CONTROL_WRITE,
        ShimFds.EXIT,
        ShimFds.INPUT,
        ShimFds.OUTPUT,
        ShimFds.ERRORS,
        ShimFds.MASTER,
        ShimFds.TERMINAL_PIPE);
  }

  private void remove(
      ContainerId id, ContainerFiles files, Optional<Cgroup> cgroup, @Nullable PidFd shim)
      throws IOException {
    if (cgroup.isPresent()) {
      cgroup.get().kill();
    }
    if (shim != null) {
      try (shim) {
        ShimProcess.end(shim);
      }
    }
    owner.forget(id, files);
    if (cgroup.isPresent()) {
      cgroup.get().remove(PATIENCE);
    }
    files.delete();
  }
}
