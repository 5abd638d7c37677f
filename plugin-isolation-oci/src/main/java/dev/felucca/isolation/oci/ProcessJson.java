package dev.felucca.isolation.oci;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.capability.Capabilities;
import dev.felucca.isolation.capability.Capability;
import dev.felucca.isolation.host.Rlimit;
import dev.felucca.isolation.program.ReaperProgram;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.Security;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code process} of a runtime's configuration. */
final class ProcessJson {
  private static final List<String> SETS = List.of("bounding", "effective", "permitted");

  private ProcessJson() {}

  /** A container's first process. */
  static ObjectNode first(
      ProcessSpec process,
      boolean init,
      ResolvedUser user,
      Security security,
      Capabilities capabilities,
      List<Rlimit> limits) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    List<String> argv = new ArrayList<>(init ? ReaperProgram.NAME : List.of());
    argv.addAll(process.argv());
    what(out, process, argv, user);
    capabilities(out, capabilities.members());
    ArrayNode rlimits = out.putArray("rlimits");
    for (Rlimit limit : limits) {
      // -1 stands for no limit, and the numbers are unsigned.
      rlimits
          .addObject()
          .put("type", limit.name())
          .put("soft", new BigInteger(Long.toUnsignedString(limit.soft())))
          .put("hard", new BigInteger(Long.toUnsignedString(limit.hard())));
    }
    out.put("noNewPrivileges", security.noNewPrivileges());
    text(out, "apparmorProfile", security.apparmorProfile());
    text(out, "selinuxLabel", security.selinuxLabel());
    return out;
  }

  /** A later one: held by what holds the first, unless it is privileged. */
  static ObjectNode later(
      ObjectNode first, ProcessSpec process, ResolvedUser user, @Nullable Capabilities privileged) {
    ObjectNode out = first.deepCopy();
    what(out, process, process.argv(), user);
    if (privileged != null) {
      capabilities(out, privileged.members());
      out.remove(List.of("apparmorProfile"));
    }
    return out;
  }

  private static void what(
      ObjectNode out, ProcessSpec process, List<String> argv, ResolvedUser user) {
    out.put("terminal", process.tty());
    ConsoleSize size = process.consoleSize();
    if (size != null) {
      out.putObject("consoleSize").put("height", size.rows()).put("width", size.columns());
    }
    ObjectNode who = out.putObject("user").put("uid", user.uid()).put("gid", user.gid());
    ArrayNode groups = who.putArray("additionalGids");
    user.groups().forEach(groups::add);
    ArrayNode args = out.putArray("args");
    argv.forEach(args::add);
    ArrayNode env = out.putArray("env");
    process.env().forEach(env::add);
    if (process.env().stream().noneMatch(entry -> entry.startsWith("HOME="))) {
      env.add("HOME=" + user.home());
    }
    out.put("cwd", process.workingDir().isEmpty() ? "/" : process.workingDir());
  }

  private static void capabilities(ObjectNode out, Set<Capability> members) {
    ObjectNode sets = out.putObject("capabilities");
    for (String set : SETS) {
      ArrayNode names = sets.putArray(set);
      members.forEach(member -> names.add(member.name()));
    }
  }

  private static void text(ObjectNode out, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      out.put(name, value);
    }
  }
}
