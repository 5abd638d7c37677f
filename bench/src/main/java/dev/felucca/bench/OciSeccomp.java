package dev.felucca.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.StreamSupport;

/**
 * Decides the conditions of a profile in Docker's JSON, as dockerd does before it hands the profile
 * to a runtime, so that the runtimes install the filter that ours is.
 */
final class OciSeccomp {
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final String NATIVE = ARM ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
  private static final String CONDITION = ARM ? "arm64" : "amd64";

  private OciSeccomp() {}

  static ObjectNode resolve(JsonNode profile, JsonNode granted) {
    ObjectNode resolved = JsonNodeFactory.instance.objectNode();
    resolved.set("defaultAction", profile.get("defaultAction"));
    if (profile.has("defaultErrnoRet")) {
      resolved.set("defaultErrnoRet", profile.get("defaultErrnoRet"));
    }
    ArrayNode architectures = resolved.putArray("architectures").add(NATIVE);
    for (JsonNode group : profile.path("archMap")) {
      if (group.path("architecture").asText().equals(NATIVE)) {
        group.path("subArchitectures").forEach(architectures::add);
      }
    }
    ArrayNode rules = resolved.putArray("syscalls");
    for (JsonNode rule : profile.path("syscalls")) {
      if (applies(rule.path("includes"), rule.path("excludes"), granted)) {
        ObjectNode kept = rules.addObject();
        for (String field : new String[] {"names", "action", "errnoRet", "args"}) {
          if (rule.hasNonNull(field)) {
            kept.set(field, rule.get(field));
          }
        }
      }
    }
    return resolved;
  }

  private static boolean applies(JsonNode includes, JsonNode excludes, JsonNode granted) {
    JsonNode arches = includes.path("arches");
    return (arches.isEmpty() || has(arches, CONDITION))
        && StreamSupport.stream(includes.path("caps").spliterator(), false)
            .allMatch(cap -> has(granted, cap.asText()))
        && (!includes.has("minKernel") || runs(includes.get("minKernel").asText()))
        && !has(excludes.path("arches"), CONDITION)
        && StreamSupport.stream(excludes.path("caps").spliterator(), false)
            .noneMatch(cap -> has(granted, cap.asText()))
        && !(excludes.has("minKernel") && runs(excludes.get("minKernel").asText()));
  }

  private static boolean has(JsonNode list, String word) {
    return StreamSupport.stream(list.spliterator(), false)
        .anyMatch(each -> each.asText().equals(word));
  }

  /** True when the running kernel is this one or newer. */
  private static boolean runs(String version) {
    String[] wanted = version.split("\\.");
    String[] running = System.getProperty("os.version").split("[.-]");
    int major = Integer.compare(Integer.parseInt(running[0]), Integer.parseInt(wanted[0]));
    return major > 0 || (major == 0 && Integer.parseInt(running[1]) >= Integer.parseInt(wanted[1]));
  }
}
