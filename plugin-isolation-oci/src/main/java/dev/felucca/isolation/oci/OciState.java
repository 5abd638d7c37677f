package dev.felucca.isolation.oci;

import dev.felucca.linux.process.ProcessIdentity;
import java.util.Properties;

/** What a later engine has to know of a container; the rest is in its {@code config.json}. */
record OciState(
    ProcessIdentity shim,
    ProcessIdentity process,
    boolean tty,
    boolean openStdin,
    boolean privatePid) {
  private static final String VERSION = "1";

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
  static OciState of(Properties values) {
    if (!VERSION.equals(values.getProperty("version"))) {
      throw new IllegalArgumentException("state of version " + values.getProperty("version"));
    }
    return new OciState(
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

  private static String text(Properties values, String name) {
    String value = values.getProperty(name);
    if (value == null) {
      throw new IllegalArgumentException("state without " + name);
    }
    return value;
  }
}
