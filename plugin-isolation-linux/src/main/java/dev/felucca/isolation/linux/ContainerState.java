package dev.felucca.isolation.linux;

import dev.felucca.isolation.host.Rlimit;
import dev.felucca.kernel.IdMapping;
import dev.felucca.linux.process.ProcessIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What a later engine has to know of a container. Its output's place and its end are not here: they
 * are facts of the spool and status files.
 *
 * @param joins CLONE_NEW flags of the namespaces an exec joins
 */
record ContainerState(
    ProcessIdentity shim,
    ProcessIdentity process,
    boolean tty,
    boolean openStdin,
    String cgroupParent,
    long joins,
    boolean joinPid,
    boolean privatePid,
    long capabilities,
    boolean noNewPrivileges,
    boolean filtered,
    List<Rlimit> rlimits,
    @Nullable Integer oomScoreAdj,
    String label,
    @Nullable IdMapping users) {
  private static final String VERSION = "1";

  Properties toProperties() {
    Properties values = new Properties();
    values.setProperty("version", VERSION);
    put(values, "shim", shim);
    put(values, "process", process);
    values.setProperty("tty", Boolean.toString(tty));
    values.setProperty("openStdin", Boolean.toString(openStdin));
    values.setProperty("cgroupParent", cgroupParent);
    values.setProperty("joins", Long.toHexString(joins));
    values.setProperty("joinPid", Boolean.toString(joinPid));
    values.setProperty("privatePid", Boolean.toString(privatePid));
    values.setProperty("capabilities", Long.toHexString(capabilities));
    values.setProperty("noNewPrivileges", Boolean.toString(noNewPrivileges));
    values.setProperty("filtered", Boolean.toString(filtered));
    List<String> limits = new ArrayList<>();
    for (Rlimit limit : rlimits) {
      limits.add(limit.resource() + ":" + limit.soft() + ":" + limit.hard());
    }
    values.setProperty("rlimits", String.join(",", limits));
    values.setProperty("label", label);
    values.setProperty("users", users == null ? "" : users.words());
    values.setProperty("oomScoreAdj", oomScoreAdj == null ? "" : oomScoreAdj.toString());
    return values;
  }

  /**
   * Reads one back.
   *
   * @throws IllegalArgumentException for what is none, or another version's
   */
  static ContainerState of(Properties values) {
    if (!VERSION.equals(values.getProperty("version"))) {
      throw new IllegalArgumentException("state of version " + values.getProperty("version"));
    }
    List<Rlimit> limits = new ArrayList<>();
    for (String limit : text(values, "rlimits").split(",", -1)) {
      if (!limit.isEmpty()) {
        String[] parts = limit.split(":", -1);
        limits.add(
            new Rlimit(
                Integer.parseInt(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2])));
      }
    }
    String score = text(values, "oomScoreAdj");
    return new ContainerState(
        identity(values, "shim"),
        identity(values, "process"),
        Boolean.parseBoolean(text(values, "tty")),
        Boolean.parseBoolean(text(values, "openStdin")),
        text(values, "cgroupParent"),
        Long.parseLong(text(values, "joins"), 16),
        Boolean.parseBoolean(text(values, "joinPid")),
        Boolean.parseBoolean(text(values, "privatePid")),
        Long.parseUnsignedLong(text(values, "capabilities"), 16),
        Boolean.parseBoolean(text(values, "noNewPrivileges")),
        Boolean.parseBoolean(text(values, "filtered")),
        List.copyOf(limits),
        score.isEmpty() ? null : Integer.valueOf(score),
        values.getProperty("label", ""),
        users(values.getProperty("users", "")));
  }

  private static @Nullable IdMapping users(String words) {
    return words.isEmpty() ? null : IdMapping.parse(words);
  }

  private static void put(Properties values, String name, ProcessIdentity identity) {
    values.setProperty(name, identity.pid() + " " + identity.startTime());
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
