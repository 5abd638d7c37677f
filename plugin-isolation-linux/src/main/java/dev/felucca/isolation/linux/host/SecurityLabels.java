package dev.felucca.isolation.linux.host;

import dev.felucca.kernel.isolation.Security;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process writes to its {@code attr/exec} so that its program gets the asked-for label. */
final class SecurityLabels {
  private static final Path APPARMOR = Path.of("/sys/module/apparmor/parameters/enabled");
  private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");

  private SecurityLabels() {}

  /** Empty where nothing is asked for, or the host has no such module. */
  static String forExec(Security security) throws IOException {
    return forExec(security, Files.exists(APPARMOR) && enabled(), Files.exists(SELINUX));
  }

  private static boolean enabled() throws IOException {
    return Files.readAllLines(APPARMOR).contains("Y");
  }

  static String forExec(Security security, boolean apparmor, boolean selinux) {
    String profile = security.apparmorProfile();
    if (apparmor && profile != null && !profile.equals("unconfined")) {
      return "exec " + profile;
    }
    String label = security.selinuxLabel();
    return selinux && label != null ? label : "";
  }
}
