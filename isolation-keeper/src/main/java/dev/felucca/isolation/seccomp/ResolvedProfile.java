package dev.felucca.isolation.seccomp;

import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;

/**
 * A profile after its conditions were decided and its names became numbers.
 *
 * @param answers per architecture, by number; a number that isn't there gets {@code otherwise}
 * @param otherwise the default action's return value
 * @param largest per architecture, the largest number the profile speaks of. Above it a strict
 *     profile answers ENOSYS, so that a C library falls back from a call newer than the profile
 *     instead of meeting EPERM; absent when the profile is not strict or names nothing there
 */
record ResolvedProfile(
    Map<SeccompArch, NavigableMap<Integer, Verdict>> answers,
    int otherwise,
    Map<SeccompArch, Integer> largest) {

  private static final int ENOSYS = 38;

  ResolvedProfile {
    answers = new EnumMap<>(answers);
    largest = largest.isEmpty() ? Map.of() : new EnumMap<>(largest);
  }

  Set<SeccompArch> architectures() {
    return answers.keySet();
  }

  NavigableMap<Integer, Verdict> of(SeccompArch arch) {
    return Objects.requireNonNull(answers.get(arch));
  }

  /** What numbers above everything in {@link #of} get. */
  int beyond(SeccompArch arch) {
    return largest.containsKey(arch) ? SeccompAction.ERRNO.returning(ENOSYS) : otherwise;
  }
}
