package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.state.EngineConfig;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.HostConfig;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Whether a container has users of its own ({@code --userns}): where the engine has a mapping, all
 * that do not say {@code host}. {@code private} insists on it.
 */
final class UserModes {
  private UserModes() {}

  /**
   * Its mapping; null for the host's users.
   *
   * @throws EngineException INVALID in Docker's words for what cannot be together
   */
  static @Nullable IdMapping mapping(HostConfig host, EngineConfig engine) throws IOException {
    String mode = host.usernsMode();
    switch (mode) {
      case "host" -> {
        return null;
      }
      case "", "private" -> {}
      default -> throw new EngineException(INVALID, "invalid USER mode: " + mode);
    }
    IdMapping mapping = UserRemap.ofHost().mapping(engine.usernsRemap());
    if (mapping == null) {
      if (mode.equals("private")) {
        throw new EngineException(
            INVALID, "--userns=private needs ranges of ids: set usernsRemap of the engine");
      }
      return null;
    }
    refuse(
        host.privileged(),
        "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode");
    refuse(
        host.networkMode().equals("host"),
        "cannot share the host's network namespace when user namespaces are enabled");
    refuse(
        host.pidMode().equals("host"),
        "cannot share the host PID namespace when user namespaces are enabled");
    return mapping;
  }

  private static void refuse(boolean together, String words) {
    if (together) {
      throw new EngineException(INVALID, words);
    }
  }
}
