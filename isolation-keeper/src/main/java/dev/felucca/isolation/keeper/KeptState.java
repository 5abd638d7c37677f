package dev.felucca.isolation.keeper;

import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.PidFd;
import dev.felucca.linux.process.ProcessIdentity;
import java.io.IOException;
import java.util.Properties;

/**
 * What a later engine has to know of a container to keep it. Its output's place and its end are not
 * here: they are facts of the spool and status files.
 *
 * @param privatePid whether the kernel ends all of its processes with the first
 */
public record KeptState(
    ProcessIdentity shim,
    ProcessIdentity process,
    boolean tty,
    boolean openStdin,
    boolean privatePid) {
  private static final String VERSION = "1";

  static KeptState of(Syscalls linux, ContainerSpec spec, ShimProcess shim) throws IOException {
    return new KeptState(
        identity(linux, shim.shim()),
        identity(linux, shim.process()),
        spec.process().tty(),
        spec.openStdin(),
        spec.namespaces().pid().kind() == Kind.PRIVATE);
  }

  private static ProcessIdentity identity(Syscalls linux, PidFd process) throws IOException {
    // A process that ended just now is still there to be waited for; only a wrong pid is not.
    return ProcessIdentity.of(linux, process.pid()).orElse(new ProcessIdentity(process.pid(), 0));
  }

  Properties toProperties() {
    Properties values = new Properties();
    values.setProperty("version", VERSION);
    values.setProperty("shim", shim.pid() + " " + shim.startTime());
    values.setProperty("process", process.pid() + " " + process.startTime());
    values.setProperty("tty", Boolean.toString(tty));
    values.setProperty("openStdin", Boolean.toString(openStdin));
    values.setProperty("privatePid", Boolean.toString(privatePid));
    return values;
  }

  /**
   * Reads one back.
   *
   * @throws IllegalArgumentException for what is none, or another version's
   */
  static KeptState of(Properties values) {
    if (!VERSION.equals(values.getProperty("version"))) {
      throw new IllegalArgumentException("state of version " + values.getProperty("version"));
    }
    return new KeptState(
        identity(values, "shim"),
        identity(values, "process"),
        Boolean.parseBoolean(text(values, "tty")),
        Boolean.parseBoolean(text(values, "openStdin")),
        Boolean.parseBoolean(text(values, "privatePid")));
  }

  private static ProcessIdentity identity(Properties values, String name) {
    String[] parts = text(values, name).split(" ", -1);
    return new ProcessIdentity(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
  }

  /**
   * One value of a state.
   *
   * @throws IllegalArgumentException when it is missing
   */
  public static String text(Properties values, String name) {
    String value = values.getProperty(name);
    if (value == null) {
      throw new IllegalArgumentException("state without " + name);
    }
    return value;
  }
}
