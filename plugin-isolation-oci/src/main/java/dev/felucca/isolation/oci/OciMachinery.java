package dev.felucca.isolation.oci;

import dev.felucca.isolation.capability.Capabilities;
import dev.felucca.isolation.capability.HostCapabilities;
import dev.felucca.isolation.host.Limits;
import dev.felucca.isolation.host.Rlimits;
import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.Keeper;
import dev.felucca.isolation.keeper.Machinery;
import dev.felucca.isolation.seccomp.SeccompTarget;
import dev.felucca.isolation.shim.Cancellation;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.cgroup.Cgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a driver has: a runtime, a keeper, and what is known of the host.
 *
 * @param mountSetattr from Linux 5.12; without it no runtime closes a whole tree of mounts
 */
record OciMachinery(
    Keeper keeper,
    OciRuntime runtime,
    Cgroups cgroups,
    HostCapabilities capabilities,
    SeccompTarget seccomp,
    Rlimits rlimits,
    HostLimits limits,
    boolean mountSetattr)
    implements Machinery {
  private static final Logger LOG = LoggerFactory.getLogger(OciMachinery.class);
  private static final int CAP_SYS_RESOURCE = 24;

  static OciMachinery start(Syscalls linux, Path program, Path run, Duration patience)
      throws IOException {
    if (linux.call(Sysno.GETEUID) != 0) {
      throw new IOException("the engine does not run as root");
    }
    Cgroups cgroups = Cgroups.probe(linux);
    HostCapabilities capabilities = HostCapabilities.probe();
    Keeper keeper = Keeper.start(linux, run);
    try {
      Path state = run.resolve("state");
      Files.createDirectories(state);
      return new OciMachinery(
          keeper,
          new OciRuntime(linux, keeper.launcher(), program, state, patience),
          cgroups,
          capabilities,
          SeccompTarget.host(Capabilities.NONE),
          new Rlimits(linux, mayRaise(capabilities)),
          Limits.settable(cgroups, Cgroups.DEFAULT_PARENT),
          !Errno.ENOSYS.is(linux.call(Sysno.MOUNT_SETATTR, -1, 0, 0, 0, 0)));
    } catch (IOException | RuntimeException e) {
      keeper.close();
      throw e;
    }
  }

  private static boolean mayRaise(HostCapabilities capabilities) {
    return (capabilities.available().bits() >>> CAP_SYS_RESOURCE & 1) != 0;
  }

  /**
   * A runtime fails where it may not lower it; it is a hint, no boundary, and the engine's own is
   * what comes nearest.
   */
  int oomScore(int asked) throws IOException {
    if (mayRaise(capabilities)) {
      return asked;
    }
    String own = Files.readString(Path.of("/proc/self/oom_score_adj")).strip();
    return Math.max(asked, Integer.parseInt(own));
  }

  /** Runs a command of the runtime; what it says of a failure is what is thrown. */
  void command(
      ContainerFiles files, ProcessSpec process, Cancellation cancellation, String... command)
      throws IOException {
    Path log = OciContainer.log(files);
    Files.deleteIfExists(log);
    OciRuntime.Outcome outcome = runtime.run(runtime.words(log, command), cancellation);
    if (!outcome.good()) {
      fail(command[0], process, RuntimeWords.last(log, outcome.printed()));
    }
  }

  /** Never returns. */
  void fail(String command, ProcessSpec process, String said) throws IOException {
    String what = runtime.path().getFileName() + " " + command;
    Exception failure = RuntimeWords.failure(what, process, said);
    if (failure instanceof RuntimeException refusal) {
      throw refusal;
    }
    throw (IOException) failure;
  }

  /** runsc adds something to the name. */
  private boolean knows(ContainerId id) throws IOException {
    try (var entries = Files.newDirectoryStream(keeper.run().resolve("state"), id.hex() + "*")) {
      return entries.iterator().hasNext();
    }
  }

  /** Has the runtime end and forget a container, known to it or not. */
  void forget(ContainerFiles files, ContainerId id) throws IOException {
    if (!knows(id)) {
      return;
    }
    Path log = files.exists() ? OciContainer.log(files) : keeper.run().resolve("log");
    OciRuntime.Outcome outcome =
        runtime.run(runtime.words(log, "delete", "--force", id.hex()), new Cancellation());
    if (!outcome.good()) {
      LOG.debug("{} delete {}: {}", runtime.path(), id, RuntimeWords.last(log, outcome.printed()));
    }
  }
}
