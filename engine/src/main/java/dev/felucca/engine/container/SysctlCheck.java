package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostConfig;
import java.util.Set;

/**
 * Kernel parameters that a container may have for itself: those of its namespaces, where it has
 * them. Any other would be the host's.
 */
final class SysctlCheck {
  private static final Set<String> IPC =
      Set.of(
          "kernel.msgmax",
          "kernel.msgmnb",
          "kernel.msgmni",
          "kernel.sem",
          "kernel.shmall",
          "kernel.shmmax",
          "kernel.shmmni",
          "kernel.shm_rmid_forced");

  private SysctlCheck() {}

  static void check(HostConfig host) {
    for (String asked : host.sysctls().keySet()) {
      String name = asked.replace('/', '.');
      if (name.contains("..") || name.startsWith(".") || name.isEmpty()) {
        throw refusal(asked, "is no name of a kernel parameter");
      }
      if (IPC.contains(name) || name.startsWith("fs.mqueue.")) {
        own(asked, host.ipcMode(), "ipc");
      } else if (name.startsWith("net.")) {
        if (NetworkMode.parse(host.networkMode()).isHost()) {
          throw new EngineException(
              INVALID, "sysctl with prefix 'net.' not allowed in host network namespace");
        }
      } else if (name.equals("kernel.domainname") || name.equals("kernel.hostname")) {
        own(asked, host.utsMode(), "uts");
      } else {
        throw refusal(asked, "is not in a separate kernel namespace");
      }
    }
  }

  private static void own(String name, String mode, String namespace) {
    if (mode.equals("host")) {
      throw refusal(name, "is not allowed in the host's " + namespace + " namespace");
    }
  }

  private static EngineException refusal(String name, String why) {
    return new EngineException(INVALID, "sysctl \"" + name + "\" " + why);
  }
}
