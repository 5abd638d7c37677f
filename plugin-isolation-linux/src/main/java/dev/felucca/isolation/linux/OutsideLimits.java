package dev.felucca.isolation.linux;

import dev.felucca.isolation.host.Rlimit;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets what root of a user namespace may not raise, from outside, while the process waits to be let
 * go.
 */
final class OutsideLimits {
  private static final Logger LOG = LoggerFactory.getLogger(OutsideLimits.class);

  private final Syscalls linux;

  OutsideLimits(Syscalls linux) {
    this.linux = linux;
  }

  void apply(int pid, ProcessPlan plan) throws IOException {
    for (Rlimit limit : plan.rlimits()) {
      set(pid, limit);
    }
    Integer score = plan.oomScoreAdj();
    if (score != null) {
      try {
        Files.writeString(Path.of("/proc/" + pid + "/oom_score_adj"), score.toString());
      } catch (IOException e) {
        // Lowering it needs CAP_SYS_RESOURCE, which an engine may lack; it is a hint, no boundary.
        LOG.debug("oom_score_adj of {} stays as it is", pid, e);
      }
    }
  }

  private void set(int pid, Rlimit limit) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long values = memory.longs(limit.soft(), limit.hard());
      linux.check("prlimit " + limit.resource(), Sysno.PRLIMIT64, pid, limit.resource(), values, 0);
    }
  }
}
