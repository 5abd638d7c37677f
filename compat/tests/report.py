"""Runs the tests named on the command line, or all, and closes with one line of totals.

What fails is run a second time: a failure that doesn't come again is named as flaky, and counts as passed. Not with FELUCCA_TEST_ONCE=1,
for long storms: what happens once in two hundred rounds is what they are for.

Before the totals stand the tests and modules that took longest: what has become slow is seen in every run.
"""
import os
import re
import sys
import time
import unittest


class Timed(unittest.TextTestResult):
    """Knows how many seconds each test took, and each module, with what its classes set up and clean away."""

    seconds = {}
    modules = {}
    before = time.monotonic()

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        now = time.monotonic()
        module = type(test).__module__
        Timed.seconds[test.id()] = now - self.began
        Timed.modules[module] = Timed.modules.get(module, 0) + now - Timed.before
        Timed.before = now


def run(suite):
    return unittest.TextTestRunner(verbosity=2, stream=sys.stdout, resultclass=Timed).run(suite)


def slowest(seconds, count):
    return ", ".join(f"{name} {seconds[name]:.1f} s" for name in sorted(seconds, key=seconds.get, reverse=True)[:count])


def failed(result):
    """Names that can be run again: a test's, or the class's when its setting up or cleaning up failed."""
    names = set()
    for test, _ in result.failures + result.errors:
        test = getattr(test, "test_case", test)             # of a part of a test, the whole
        fixture = re.fullmatch(r"\w+ \(([\w.]+)\)", test.id())
        names.add(fixture.group(1) if fixture else test.id())
    return names | {test.id() for test in result.unexpectedSuccesses}


def main():
    loader = unittest.defaultTestLoader
    names = sys.argv[1:]
    first = run(loader.loadTestsFromNames(names) if names else loader.discover("."))
    bad = failed(first)
    if bad and not loader.errors and not os.environ.get("FELUCCA_TEST_ONCE"):
        print("again: " + " ".join(sorted(bad)), flush=True)
        flaky = bad
        bad = failed(run(loader.loadTestsFromNames(sorted(bad))))
        for name in sorted(flaky - bad):
            print("FLAKY " + name)
    print("slowest tests: " + slowest(Timed.seconds, 20))
    print("slowest modules: " + slowest(Timed.modules, 10))
    skipped = len(first.skipped)
    print(f"compat: {max(0, first.testsRun - len(bad) - skipped)} passed, {len(bad)} failed, {skipped} skipped")
    sys.exit(1 if bad or loader.errors else 0)


main()
