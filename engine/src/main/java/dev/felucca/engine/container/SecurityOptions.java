package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.isolation.Security;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code --security-opt} and what else decides a container's rights. */
final class SecurityOptions {
  private SecurityOptions() {}

  static Security parse(HostConfig host) {
    boolean noNewPrivileges = false;
    String seccomp = null;
    String apparmor = null;
    List<String> labels = new ArrayList<>();
    List<String> masked = host.maskedPaths();
    List<String> readonly = host.readonlyPaths();
    for (String option : host.securityOpt()) {
      if (option.equals("no-new-privileges")) {
        noNewPrivileges = true;
        continue;
      }
      int split = separator(option);
      if (split < 0) {
        throw invalid(" 1", option);
      }
      String value = option.substring(split + 1);
      switch (option.substring(0, split)) {
        case "no-new-privileges" -> noNewPrivileges = bool(value, option);
        case "seccomp" -> seccomp = value.equals("builtin") ? null : value;
        case "apparmor" -> apparmor = value;
        case "label" -> labels.add(value);
        case "systempaths" -> {
          if (!value.equals("unconfined")) {
            throw invalid(option);
          }
          masked = List.of();
          readonly = List.of();
        }
        default -> throw invalid(" 2", option);
      }
    }
    if (host.privileged()) {
      masked = List.of();
      readonly = List.of();
      seccomp = seccomp == null ? "unconfined" : seccomp;
    }
    return new Security(
        host.privileged(),
        host.capAdd(),
        host.capDrop(),
        seccomp,
        noNewPrivileges,
        masked,
        readonly,
        apparmor,
        host.privileged() ? null : SelinuxLabel.of(labels),
        host.ulimits(),
        host.devices(),
        host.deviceCgroupRules(),
        oomScore(host));
  }

  /** What the host has not is passed over by Docker in silence; here it is said. */
  static void warn(HostConfig host, List<String> warnings) {
    Security asked = parse(host);
    String profile = asked.apparmorProfile();
    if (profile != null && !profile.equals("unconfined") && !AppArmor.HOST.enabled()) {
      warnings.add("The host has no AppArmor: the profile \"" + profile + "\" is not applied.");
    }
    if (asked.selinuxLabel() != null && !Files.exists(Path.of("/sys/fs/selinux/enforce"))) {
      warnings.add(
          "The host has no SELinux: the label \"" + asked.selinuxLabel() + "\" is not applied.");
    }
  }

  private static @Nullable Integer oomScore(HostConfig host) {
    return host.oomScoreAdj() == 0 ? null : host.oomScoreAdj();
  }

  /** Docker takes {@code =} and, as it did first, {@code :}. */
  private static int separator(String option) {
    int equals = option.indexOf('=');
    int colon = option.indexOf(':');
    return equals >= 0 ? equals : colon;
  }

  private static boolean bool(String value, String option) {
    return switch (value) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw invalid(option);
    };
  }

  private static EngineException invalid(String option) {
    return invalid("", option);
  }

  /** Docker numbers the places where it refuses one. */
  private static EngineException invalid(String where, String option) {
    return new EngineException(INVALID, "invalid --security-opt" + where + ": \"" + option + "\"");
  }
}
