package dev.felucca.isolation.linux;

import static dev.felucca.isolation.keeper.KeptState.text;

import dev.felucca.isolation.host.Rlimit;
import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What later processes of a container join and are held by, also those that a later engine starts.
 *
 * @param joins CLONE_NEW flags of the namespaces an exec joins
 */
record ContainerState(
    long joins,
    boolean joinPid,
    long capabilities,
    boolean noNewPrivileges,
    boolean filtered,
    List<Rlimit> rlimits,
    @Nullable Integer oomScoreAdj,
    String label,
    @Nullable IdMapping users) {

  static ContainerState of(ContainerSpec spec, ProcessPlan plan) {
    Namespaces namespaces = spec.namespaces();
    long joins = CloneFlags.NEWNS.bit();
    joins |= joins(namespaces.uts(), CloneFlags.NEWUTS);
    joins |= joins(namespaces.ipc(), CloneFlags.NEWIPC);
    joins |= joins(namespaces.network(), CloneFlags.NEWNET);
    joins |= joins(namespaces.cgroup(), CloneFlags.NEWCGROUP);
    joins |= plan.users() == null ? 0 : CloneFlags.NEWUSER.bit();
    return new ContainerState(
        joins,
        namespaces.pid().kind() != Kind.HOST,
        plan.capabilities(),
        plan.noNewPrivileges(),
        plan.seccomp() != null,
        plan.rlimits(),
        plan.oomScoreAdj(),
        plan.label(),
        plan.users());
  }

  private static long joins(Namespaces.Source source, CloneFlags flag) {
    return source.kind() == Kind.HOST ? 0 : flag.bit();
  }

  void putInto(Properties values) {
    values.setProperty("joins", Long.toHexString(joins));
    values.setProperty("joinPid", Boolean.toString(joinPid));
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
  }

  /**
   * Reads one back.
   *
   * @throws IllegalArgumentException for what is none
   */
  static ContainerState of(Properties values) {
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
        Long.parseLong(text(values, "joins"), 16),
        Boolean.parseBoolean(text(values, "joinPid")),
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
}
