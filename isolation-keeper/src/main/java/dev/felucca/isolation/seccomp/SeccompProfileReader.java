package dev.felucca.isolation.seccomp;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.felucca.isolation.seccomp.SeccompProfile.ArchGroup;
import dev.felucca.isolation.seccomp.SeccompProfile.Condition;
import dev.felucca.isolation.seccomp.SeccompProfile.FilterFlag;
import dev.felucca.isolation.seccomp.SeccompProfile.Rule;
import dev.felucca.kernel.EngineException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads Docker's profile JSON, old form ({@code "name"}) and new ({@code "names"}). Unknown fields
 * and unknown system call names are passed over as Docker does; everything else that is wrong is
 * refused.
 */
public final class SeccompProfileReader {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_ERRNO = 4095;

  private SeccompProfileReader() {}

  /**
   * @throws EngineException INVALID, naming what is wrong, when this is no profile
   */
  public static SeccompProfile read(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new EngineException(INVALID, "decoding seccomp profile failed: " + e.getMessage(), e);
    }
    if (root == null || !root.isObject()) throw invalid("it is no JSON object");
    return profile(root);
  }

  private static SeccompProfile profile(JsonNode root) {
    List<ArchGroup> archMap = new ArrayList<>();
    for (JsonNode each : root.path("archMap")) {
      archMap.add(
          new ArchGroup(each.path("architecture").asText(), strings(each, "subArchitectures")));
    }
    List<String> architectures = strings(root, "architectures");
    if (!archMap.isEmpty() && !architectures.isEmpty()) {
      throw invalid("use either 'architectures' or 'archMap', not both");
    }
    List<Rule> rules = new ArrayList<>();
    for (JsonNode each : root.path("syscalls")) rules.add(rule(each));
    return new SeccompProfile(
        action(root.path("defaultAction")),
        errno(root, "defaultErrnoRet"),
        architectures,
        archMap,
        rules,
        flags(root),
        text(root, "listenerPath"),
        text(root, "listenerMetadata"));
  }

  private static Rule rule(JsonNode node) {
    List<String> names = strings(node, "names");
    String name = text(node, "name");
    if (name != null && !name.isEmpty()) {
      if (!names.isEmpty()) throw invalid("use either 'name' or 'names', not both");
      names = List.of(name);
    }
    if (names.isEmpty()) throw invalid("a rule names no system call");
    List<ArgTest> args = new ArrayList<>();
    for (JsonNode each : node.path("args")) args.add(arg(each));
    return new Rule(
        names,
        action(node.path("action")),
        errno(node, "errnoRet"),
        args,
        condition(node.path("includes")),
        condition(node.path("excludes")));
  }

  private static ArgTest arg(JsonNode node) {
    String operator = node.path("op").asText();
    for (ArgTest.Operator each : ArgTest.Operator.values()) {
      if (!each.profileName().equals(operator)) continue;
      int index = node.path("index").asInt();
      if (index < 0 || index > 5) throw invalid("there is no argument " + index);
      return new ArgTest(index, number(node, "value"), number(node, "valueTwo"), each);
    }
    throw invalid("unknown operator \"" + operator + "\"");
  }

  /** Values are unsigned with 64 bits, more than a long prints. */
  private static long number(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) return 0;
    if (!value.isIntegralNumber()
        || value.bigIntegerValue().signum() < 0
        || value.bigIntegerValue().bitLength() > 64) {
      throw invalid(field + " is no unsigned 64-bit number: " + value);
    }
    return value.bigIntegerValue().longValue();
  }

  private static Condition condition(JsonNode node) {
    String minKernel = text(node, "minKernel");
    try {
      return new Condition(
          strings(node, "arches"),
          strings(node, "caps"),
          minKernel == null || minKernel.isEmpty() ? null : KernelVersion.parse(minKernel));
    } catch (IllegalArgumentException e) {
      throw new EngineException(INVALID, "invalid seccomp profile: " + e.getMessage(), e);
    }
  }

  private static SeccompAction action(JsonNode node) {
    return SeccompAction.named(node.asText())
        .orElseThrow(() -> invalid("unknown action \"" + node.asText() + "\""));
  }

  private static @Nullable Integer errno(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) return null;
    if (!value.canConvertToInt() || value.asInt() < 0 || value.asInt() > MAX_ERRNO) {
      throw invalid(field + " is no error number: " + value);
    }
    return value.asInt();
  }

  private static Set<FilterFlag> flags(JsonNode root) {
    EnumSet<FilterFlag> flags = EnumSet.noneOf(FilterFlag.class);
    for (String name : strings(root, "flags")) {
      try {
        flags.add(FilterFlag.valueOf(name));
      } catch (IllegalArgumentException e) {
        throw new EngineException(
            INVALID, "invalid seccomp profile: unknown flag \"" + name + "\"", e);
      }
    }
    return flags;
  }

  private static List<String> strings(JsonNode node, String field) {
    List<String> strings = new ArrayList<>();
    for (JsonNode each : node.path(field)) strings.add(each.asText());
    return strings;
  }

  private static @Nullable String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isTextual() ? value.asText() : null;
  }

  private static EngineException invalid(String what) {
    return new EngineException(INVALID, "invalid seccomp profile: " + what);
  }
}
