package dev.felucca.isolation.seccomp;

import dev.felucca.isolation.capability.Capability;
import dev.felucca.isolation.seccomp.SeccompProfile.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a profile says about one call, worked out from its text with none of the compiler's code:
 * slow, plain, and the other side of the comparison.
 */
final class ProfileModel {
  private final SeccompProfile profile;
  private final SeccompTarget target;
  private final Map<SeccompArch, Map<Integer, List<Rule>>> byNumber = new HashMap<>();

  ProfileModel(SeccompProfile profile, SeccompTarget target) {
    this.profile = profile;
    this.target = target;
  }

  int answer(SeccompArch arch, int number, long... args) {
    int fallback = value(profile.defaultAction(), profile.defaultErrno());
    List<Rule> conditional = new ArrayList<>();
    Rule plain = null;
    for (Rule rule : rulesByNumber(arch).getOrDefault(number, List.of())) {
      if (value(rule.action(), rule.errno()) == fallback) continue;
      if (!rule.args().isEmpty()) conditional.add(rule);
      else if (plain == null) plain = rule;
    }
    int largest = rulesByNumber(arch).keySet().stream().max(Integer::compareUnsigned).orElse(-1);
    boolean strict =
        switch (profile.defaultAction()) {
          case ALLOW, LOG, TRACE -> false;
          default -> fallback != 0x00050000 + 38;
        };
    if (strict && largest != -1 && Integer.compareUnsigned(number, largest) > 0) return 0x50026;
    if (plain != null) return value(plain.action(), plain.errno());
    for (Rule rule : conditional) {
      if (matches(arch, rule, args)) return value(rule.action(), rule.errno());
    }
    return fallback;
  }

  private Map<Integer, List<Rule>> rulesByNumber(SeccompArch arch) {
    return byNumber.computeIfAbsent(
        arch,
        some -> {
          Map<Integer, List<Rule>> rules = new HashMap<>();
          for (Rule rule : profile.rules()) {
            if (!takesPart(rule)) continue;
            for (String name : rule.names()) {
              Integer nr = SyscallTable.names(some).get(name);
              if (nr != null) rules.computeIfAbsent(nr, n -> new ArrayList<>()).add(rule);
            }
          }
          return rules;
        });
  }

  private boolean takesPart(Rule rule) {
    String arch = target.arch() == SeccompArch.AARCH64 ? "arm64" : "amd64";
    KernelVersion least = rule.includes().minKernel();
    Set<String> caps = new HashSet<>();
    for (Capability each : target.capabilities().members()) caps.add(each.name());
    return (rule.includes().arches().isEmpty() || rule.includes().arches().contains(arch))
        && !rule.excludes().arches().contains(arch)
        && caps.containsAll(rule.includes().caps())
        && rule.excludes().caps().stream().noneMatch(caps::contains)
        && (least == null || target.kernel().compareTo(least) >= 0);
  }

  private static boolean matches(SeccompArch arch, Rule rule, long[] args) {
    boolean repeated =
        rule.args().stream().map(ArgTest::index).distinct().count() < rule.args().size();
    return repeated
        ? rule.args().stream().anyMatch(test -> holds(arch, test, args))
        : rule.args().stream().allMatch(test -> holds(arch, test, args));
  }

  private static boolean holds(SeccompArch arch, ArgTest test, long[] args) {
    boolean half = arch != SeccompArch.X86_64 && arch != SeccompArch.AARCH64;
    long width = half ? 0xffffffffL : -1L;
    long arg = args[test.index()] & width;
    long value = test.value() & width;
    int order = Long.compareUnsigned(arg, value);
    return switch (test.operator()) {
      case EQ -> order == 0;
      case NE -> order != 0;
      case LT -> order < 0;
      case LE -> order <= 0;
      case GT -> order > 0;
      case GE -> order >= 0;
      case MASKED_EQ -> (arg & value) == (test.valueTwo() & width);
    };
  }

  private static int value(SeccompAction action, @Nullable Integer errno) {
    int data = errno == null ? 1 : errno;
    return switch (action) {
      case KILL_PROCESS -> 0x80000000;
      case KILL_THREAD -> 0;
      case TRAP -> 0x30000;
      case ERRNO -> 0x50000 + data;
      case NOTIFY -> 0x7fc00000;
      case TRACE -> 0x7ff00000 + data;
      case LOG -> 0x7ffc0000;
      case ALLOW -> 0x7fff0000;
    };
  }
}
