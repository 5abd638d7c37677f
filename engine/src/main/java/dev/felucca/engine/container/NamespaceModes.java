package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostConfig;
import java.util.Set;

/** Which words choose a namespace; Docker has a list for each. */
final class NamespaceModes {
  static final String CONTAINER = "container:";

  private NamespaceModes() {}

  /** INVALID, in Docker's words, for any other. */
  static void check(HostConfig host) {
    known("IPC", host.ipcMode(), Set.of("", "none", "private", "shareable", "host"), true);
    known("PID", host.pidMode(), Set.of("", "host"), true);
    known("UTS", host.utsMode(), Set.of("", "host"), false);
    known("cgroup namespace", host.cgroupnsMode(), Set.of("", "host", "private"), false);
  }

  private static void known(String what, String mode, Set<String> words, boolean joins) {
    boolean joined = joins && mode.startsWith(CONTAINER) && mode.length() > CONTAINER.length();
    if (!words.contains(mode) && !joined) {
      throw new EngineException(INVALID, "invalid " + what + " mode: " + mode);
    }
  }
}
