package dev.felucca.engine.container;

import dev.felucca.kernel.container.HostConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Which AppArmor profile a container is held by: Docker's rules, but for that none is loaded. */
public final class AppArmor {
  /** Docker's own, which it loads itself; here it is used where something else has loaded it. */
  static final String DEFAULT = "docker-default";

  static final AppArmor HOST =
      new AppArmor(
          Path.of("/sys/module/apparmor/parameters/enabled"),
          Path.of("/sys/kernel/security/apparmor/profiles"));

  private final boolean enabled;
  private final Path profiles;

  AppArmor(Path enabled, Path profiles) {
    this.enabled = enabled(enabled);
    this.profiles = profiles;
  }

  /** Whether the host's kernel runs it, which only a reboot changes. */
  public static boolean enabledOnHost() {
    return HOST.enabled;
  }

  boolean enabled() {
    return enabled;
  }

  /** The name as inspect shows it: empty where the host has no AppArmor. */
  String shown(HostConfig host) {
    if (!enabled) {
      return "";
    }
    String held = profile(SecurityOptions.parse(host).apparmorProfile(), host.privileged());
    return held == null ? "unconfined" : held;
  }

  /** What a process of such a container is to be held by, or null. */
  @Nullable String profile(@Nullable String asked, boolean privileged) {
    if (!enabled || "unconfined".equals(asked)) {
      return null;
    }
    if (asked != null) {
      return asked;
    }
    return !privileged && loaded(DEFAULT) ? DEFAULT : null;
  }

  /** Read anew each time: profiles come and go, and the kernel makes the file as it is read. */
  private boolean loaded(String name) {
    if (!Files.exists(profiles)) {
      return false; // securityfs is not mounted
    }
    try {
      return Files.readAllLines(profiles).stream().anyMatch(line -> line.startsWith(name + " ("));
    } catch (IOException e) {
      throw new UncheckedIOException("read " + profiles, e);
    }
  }

  private static boolean enabled(Path file) {
    if (!Files.exists(file)) {
      return false;
    }
    try {
      return Files.readString(file).startsWith("Y");
    } catch (IOException e) {
      throw new UncheckedIOException("read " + file, e);
    }
  }
}
