package dev.felucca.isolation.seccomp;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.isolation.capability.Capability;
import dev.felucca.kernel.EngineException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Decides a profile's conditions for a target, the way Docker, runc and libseccomp together do. */
final class ProfileResolver {
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  private final SeccompProfile profile;
  private final SeccompTarget target;
  private final int otherwise;

  ProfileResolver(SeccompProfile profile, SeccompTarget target) {
    this.profile = profile;
    this.target = target;
    this.otherwise = answer(profile.defaultAction(), profile.defaultErrno());
  }

  ResolvedProfile resolve() {
    if (profile.defaultAction() == SeccompAction.NOTIFY) {
      throw new EngineException(INVALID, "SCMP_ACT_NOTIFY cannot be used as default action");
    }
    List<SeccompProfile.Rule> rules = rules();
    Map<SeccompArch, NavigableMap<Integer, Verdict>> answers = new EnumMap<>(SeccompArch.class);
    Map<SeccompArch, Integer> largest = new EnumMap<>(SeccompArch.class);
    for (SeccompArch arch : architectures()) {
      answers.put(arch, answers(arch, rules));
      OptionalInt top = strict() ? largest(arch, rules) : OptionalInt.empty();
      if (top.isPresent()) largest.put(arch, top.getAsInt());
    }
    return new ResolvedProfile(answers, otherwise, largest);
  }

  /** Those whose conditions hold here. */
  List<SeccompProfile.Rule> rules() {
    return profile.rules().stream().filter(this::applies).toList();
  }

  private boolean strict() {
    return !profile.defaultAction().letsThrough()
        && otherwise != SeccompAction.ERRNO.returning(ENOSYS);
  }

  private static OptionalInt largest(SeccompArch arch, List<SeccompProfile.Rule> rules) {
    return rules.stream()
        .flatMap(rule -> rule.names().stream())
        .flatMapToInt(name -> SyscallTable.number(arch, name).stream())
        .max();
  }

  /** The native architecture always, and whatever of the profile's list this kernel can run. */
  Set<SeccompArch> architectures() {
    EnumSet<SeccompArch> chosen = EnumSet.of(target.arch());
    List<String> names = new ArrayList<>(profile.architectures());
    for (SeccompProfile.ArchGroup group : profile.archMap()) {
      if (group.architecture().equals(target.arch().profileName())) {
        names.addAll(group.subArchitectures());
      }
    }
    for (String name : names) SeccompArch.named(name).ifPresent(chosen::add);
    return chosen;
  }

  private boolean applies(SeccompProfile.Rule rule) {
    SeccompProfile.Condition in = rule.includes();
    SeccompProfile.Condition out = rule.excludes();
    KernelVersion outKernel = out.minKernel();
    if (out.arches().contains(target.arch().conditionName())) return false;
    if (out.caps().stream().anyMatch(this::granted)) return false;
    if (outKernel != null && target.kernel().compareTo(outKernel) >= 0) return false;
    KernelVersion inKernel = in.minKernel();
    if (!in.arches().isEmpty() && !in.arches().contains(target.arch().conditionName())) {
      return false;
    }
    if (!in.caps().stream().allMatch(this::granted)) return false;
    return inKernel == null || target.kernel().compareTo(inKernel) >= 0;
  }

  private boolean granted(String name) {
    return Capability.named(name).filter(target.capabilities()::has).isPresent();
  }

  private NavigableMap<Integer, Verdict> answers(
      SeccompArch arch, List<SeccompProfile.Rule> rules) {
    NavigableMap<Integer, List<Verdict.Case>> cases = new TreeMap<>(Integer::compareUnsigned);
    for (SeccompProfile.Rule rule : rules) {
      int answer = answer(rule.action(), rule.errno());
      // runc leaves such rules out, so they don't shield a call from a later, different one.
      if (answer == otherwise) continue;
      for (String name : rule.names()) {
        if (rule.action() == SeccompAction.NOTIFY && name.equals("write")) {
          throw new EngineException(
              INVALID, "SCMP_ACT_NOTIFY cannot be used for the write syscall");
        }
        OptionalInt number = SyscallTable.number(arch, name);
        if (number.isPresent()) {
          List<Verdict.Case> known =
              cases.computeIfAbsent(number.getAsInt(), nr -> new ArrayList<>());
          for (List<ArgTest> tests : alternatives(rule.args())) {
            known.add(new Verdict.Case(tests, answer));
          }
        }
        if (rule.args().isEmpty()) multiplexed(arch, name, answer, cases);
      }
    }
    NavigableMap<Integer, Verdict> verdicts = new TreeMap<>(Integer::compareUnsigned);
    cases.forEach((number, known) -> verdicts.put(number, verdict(known)));
    return verdicts;
  }

  /**
   * A rule with no tests wins over all with some, wherever it stands; libseccomp keeps the first.
   */
  private Verdict verdict(List<Verdict.Case> cases) {
    for (Verdict.Case each : cases) {
      if (each.tests().isEmpty()) return Verdict.always(each.answer());
    }
    return new Verdict(cases, otherwise);
  }

  /** Several tests of one argument are alternatives in runc; of different arguments, all hold. */
  private static List<List<ArgTest>> alternatives(List<ArgTest> tests) {
    Set<Integer> indexes = new HashSet<>();
    for (ArgTest test : tests) {
      if (!indexes.add(test.index())) return tests.stream().map(List::of).toList();
    }
    return List.of(tests);
  }

  /**
   * Old 32-bit x86 programs reach sockets and System V IPC through socketcall(2) and ipc(2), which
   * take the wanted call's number first. A rule with tests isn't carried over: there the arguments
   * are behind a pointer that a filter can't follow.
   */
  private static void multiplexed(
      SeccompArch arch, String name, int answer, NavigableMap<Integer, List<Verdict.Case>> cases) {
    if (arch != SeccompArch.X86) return;
    Multiplexer.of(name)
        .ifPresent(
            call ->
                SyscallTable.number(arch, call.through())
                    .ifPresent(
                        number ->
                            cases
                                .computeIfAbsent(number, nr -> new ArrayList<>())
                                .add(
                                    new Verdict.Case(
                                        List.of(
                                            new ArgTest(
                                                0, call.selector(), 0, ArgTest.Operator.EQ)),
                                        answer))));
  }

  private int answer(SeccompAction action, @Nullable Integer errno) {
    if (!target.actions().contains(action)) {
      throw new EngineException(
          UNAVAILABLE,
          "the kernel cannot do the seccomp action "
              + action.profileName()
              + " that the profile asks for; it has "
              + target.actions().stream().map(SeccompAction::kernelName).sorted().toList());
    }
    return action.returning(errno == null ? EPERM : errno);
  }
}
