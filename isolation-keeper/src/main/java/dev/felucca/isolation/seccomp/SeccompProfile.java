package dev.felucca.isolation.seccomp;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Docker's seccomp profile, as its JSON says it: an action for every call, and rules that differ.
 * Read one with {@link SeccompProfileReader}.
 *
 * @param defaultErrno for a default action ERRNO or TRACE; EPERM when absent
 * @param architectures fixed list, the form that excludes {@code archMap}
 * @param archMap for each native architecture those that come with it
 * @param listenerPath the unix socket that gets the listener of NOTIFY actions
 */
public record SeccompProfile(
    SeccompAction defaultAction,
    @Nullable Integer defaultErrno,
    List<String> architectures,
    List<ArchGroup> archMap,
    List<Rule> rules,
    Set<FilterFlag> flags,
    @Nullable String listenerPath,
    @Nullable String listenerMetadata) {

  public SeccompProfile {
    architectures = List.copyOf(architectures);
    archMap = List.copyOf(archMap);
    rules = List.copyOf(rules);
    flags = Set.copyOf(flags);
  }

  /** A native architecture and the ones its kernel runs beside it. */
  public record ArchGroup(String architecture, List<String> subArchitectures) {
    public ArchGroup {
      subArchitectures = List.copyOf(subArchitectures);
    }
  }

  /**
   * An action for the calls of these names, if every argument test holds and the conditions admit
   * it.
   */
  public record Rule(
      List<String> names,
      SeccompAction action,
      @Nullable Integer errno,
      List<ArgTest> args,
      Condition includes,
      Condition excludes) {
    public Rule {
      names = List.copyOf(names);
      args = List.copyOf(args);
    }
  }

  /**
   * When a rule takes part: in {@code includes} all that is named must hold (one of the
   * architectures, every capability, at least the kernel); in {@code excludes} anything that holds
   * takes it out.
   */
  public record Condition(
      List<String> arches, List<String> caps, @Nullable KernelVersion minKernel) {
    public static final Condition NONE = new Condition(List.of(), List.of(), null);

    public Condition {
      arches = List.copyOf(arches);
      caps = List.copyOf(caps);
    }
  }

  /** Flags of seccomp(2) that a profile may ask for. */
  public enum FilterFlag {
    SECCOMP_FILTER_FLAG_TSYNC(1),
    SECCOMP_FILTER_FLAG_LOG(1 << 1),
    SECCOMP_FILTER_FLAG_SPEC_ALLOW(1 << 2),
    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV(1 << 5);

    private final int bit;

    FilterFlag(int bit) {
      this.bit = bit;
    }

    public int bit() {
      return bit;
    }
  }

  /** The flags as the second argument of {@code seccomp(SECCOMP_SET_MODE_FILTER, …)}. */
  public int flagBits() {
    int bits = 0;
    for (FilterFlag flag : flags) bits |= flag.bit();
    return bits;
  }
}
