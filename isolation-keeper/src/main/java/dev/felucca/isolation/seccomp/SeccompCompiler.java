package dev.felucca.isolation.seccomp;

import dev.felucca.kernel.EngineException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;

/**
 * Profile to classic BPF: dispatch on the architecture, then a binary search over ranges of call
 * numbers with the same answer, then argument tests. A pure function; {@link SeccompFilters} keeps
 * its results.
 *
 * <p>Where a profile leaves something open the answers are those of Docker with runc and
 * libseccomp: a rule without tests beats those with; a call of an architecture the profile doesn't
 * have kills the thread; and a strict profile answers ENOSYS above the largest number it names.
 */
public final class SeccompCompiler {
  // Offsets in struct seccomp_data.
  private static final int NUMBER = 0;
  private static final int ARCH = 4;
  private static final int ARGS = 16;

  private static final int X32_BIT = SeccompArch.X32.firstNumber();
  private static final int FOREIGN = SeccompAction.KILL_THREAD.returning(0);

  private final BpfAssembler out = new BpfAssembler();
  private final ResolvedProfile resolved;

  private SeccompCompiler(ResolvedProfile resolved) {
    this.resolved = resolved;
  }

  /**
   * Compiles to an array of {@code struct sock_filter}, for {@code sock_fprog} with length divided
   * by 8.
   *
   * @throws EngineException INVALID for a profile that can't be a filter (too long, NOTIFY where it
   *     would hang); UNAVAILABLE when the kernel lacks an action it uses
   */
  public static byte[] compile(SeccompProfile profile, SeccompTarget target) {
    return new SeccompCompiler(new ProfileResolver(profile, target).resolve()).program();
  }

  private byte[] program() {
    out.load(ARCH);
    Set<SeccompArch> left = EnumSet.copyOf(resolved.architectures());
    boolean x32 = left.remove(SeccompArch.X32);
    for (SeccompArch arch : left) {
      BpfAssembler.Label next = new BpfAssembler.Label();
      out.jumpIfEqual(arch.audit(), null, next);
      out.load(NUMBER);
      if (arch == SeccompArch.X86_64) {
        BpfAssembler.Label wide = new BpfAssembler.Label();
        out.jumpIfAtLeast(X32_BIT, null, wide);
        if (x32) search(ranges(SeccompArch.X32), true);
        else out.ret(withoutX32());
        out.bind(wide);
      }
      search(ranges(arch), arch.narrow());
      out.bind(next);
    }
    out.ret(FOREIGN);
    return out.assemble();
  }

  private int withoutX32() {
    int beyond = resolved.beyond(SeccompArch.X86_64);
    // Not the default action: it may be ALLOW, and x32 numbers would walk around every rule.
    return beyond == resolved.otherwise() ? FOREIGN : beyond;
  }

  /** Numbers from {@code first} up to the next range get the same verdict. */
  private record Range(int first, Verdict verdict) {}

  private List<Range> ranges(SeccompArch arch) {
    NavigableMap<Integer, Verdict> answers = resolved.of(arch);
    Verdict otherwise = Verdict.always(resolved.otherwise());
    List<Range> ranges = new ArrayList<>();
    int next = arch.firstNumber();
    for (Map.Entry<Integer, Verdict> each : answers.entrySet()) {
      if (each.getKey() != next) append(ranges, next, otherwise);
      append(ranges, each.getKey(), each.getValue());
      next = each.getKey() + 1;
    }
    Integer largest = resolved.largest().get(arch);
    if (largest != null && Integer.compareUnsigned(largest, next) >= 0) {
      append(ranges, next, otherwise);
      next = largest + 1;
    }
    append(ranges, next, Verdict.always(resolved.beyond(arch)));
    return ranges;
  }

  private static void append(List<Range> ranges, int first, Verdict verdict) {
    if (!ranges.isEmpty() && ranges.get(ranges.size() - 1).verdict().equals(verdict)) return;
    ranges.add(new Range(first, verdict));
  }

  private void search(List<Range> ranges, boolean narrow) {
    if (ranges.size() == 1) {
      judge(ranges.get(0).verdict(), narrow);
      return;
    }
    int middle = ranges.size() / 2;
    BpfAssembler.Label upper = new BpfAssembler.Label();
    out.jumpIfAtLeast(ranges.get(middle).first(), upper, null);
    search(ranges.subList(0, middle), narrow);
    out.bind(upper);
    search(ranges.subList(middle, ranges.size()), narrow);
  }

  private void judge(Verdict verdict, boolean narrow) {
    for (Verdict.Case each : verdict.cases()) {
      BpfAssembler.Label next = new BpfAssembler.Label();
      for (ArgTest test : each.tests()) test(test, narrow, next);
      out.ret(each.answer());
      out.bind(next);
    }
    out.ret(verdict.otherwise());
  }

  /**
   * Falls through when the test holds. The accumulator has 32 bits: the high half comes first. A
   * narrow architecture has no high half.
   */
  private void test(ArgTest test, boolean narrow, BpfAssembler.Label fails) {
    BpfAssembler.Label holds = new BpfAssembler.Label();
    int low = (int) test.value();
    int high = (int) (test.value() >>> 32);
    int lowAt = ARGS + 8 * test.index();
    if (!narrow) {
      out.load(lowAt + 4);
      switch (test.operator()) {
        case EQ -> out.jumpIfEqual(high, null, fails);
        case NE -> out.jumpIfEqual(high, null, holds);
        case MASKED_EQ -> {
          out.and(high);
          out.jumpIfEqual((int) (test.valueTwo() >>> 32), null, fails);
        }
        case GT, GE -> {
          out.jumpIfGreater(high, holds, null);
          out.jumpIfEqual(high, null, fails);
        }
        case LT, LE -> {
          out.jumpIfGreater(high, fails, null);
          out.jumpIfEqual(high, null, holds);
        }
      }
    }
    out.load(lowAt);
    switch (test.operator()) {
      case EQ -> out.jumpIfEqual(low, null, fails);
      case NE -> out.jumpIfEqual(low, fails, null);
      case MASKED_EQ -> {
        out.and(low);
        out.jumpIfEqual((int) test.valueTwo(), null, fails);
      }
      case GT -> out.jumpIfGreater(low, null, fails);
      case GE -> out.jumpIfAtLeast(low, null, fails);
      case LT -> out.jumpIfAtLeast(low, fails, null);
      case LE -> out.jumpIfGreater(low, fails, null);
    }
    out.bind(holds);
  }
}
