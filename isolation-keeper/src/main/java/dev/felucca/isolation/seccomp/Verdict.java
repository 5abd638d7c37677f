package dev.felucca.isolation.seccomp;

import java.util.List;

/**
 * What a filter answers for one system call.
 *
 * @param cases tried in order; the first whose tests all hold answers
 * @param otherwise the filter's return value when none does
 */
record Verdict(List<Case> cases, int otherwise) {
  Verdict {
    cases = List.copyOf(cases);
  }

  record Case(List<ArgTest> tests, int answer) {
    Case {
      tests = List.copyOf(tests);
    }
  }

  static Verdict always(int answer) {
    return new Verdict(List.of(), answer);
  }
}
