package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a read-only bind can be so with all that is mounted below it: mount_setattr(2). */
final class RecursiveReadOnly {
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");
  private static final int MAJOR = 5;
  private static final int MINOR = 12;

  private RecursiveReadOnly() {}

  /**
   * By the kernel's version, as Docker does: elsewhere a bind that cannot be so is read-only
   * itself.
   *
   * @throws EngineException INVALID before Linux 5.12
   */
  static void require(String release) {
    Matcher version = RELEASE.matcher(release);
    if (!version.matches()) {
      return;
    }
    int major = Integer.parseInt(version.group(1));
    int minor = Integer.parseInt(version.group(2));
    if (major < MAJOR || major == MAJOR && minor < MINOR) {
      throw new EngineException(
          INVALID, "ReadOnlyForceRecursive needs Linux 5.12 or newer, and this is " + release);
    }
  }
}
