"""Numbers in order: medians, 95th percentiles, and bars with what was measured beside them."""
import statistics
import sys


def median(values):
    return statistics.median(values)


def p95(values):
    """The value that 95 of 100 do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-95 * len(ordered) // 100) - 1)]


def table(title, rows, unit="ms", against=None):
    """Prints series by name, with the ratio of each median to that of `against`."""
    rows = {name: values for name, values in rows.items() if values}
    if not rows:
        return
    width = max(map(len, rows)) + 2
    base = median(rows[against]) if against in rows else None
    print(f"\n{title} [{unit}]\n  {'':{width}}{'best':>9}{'median':>9}{'p95':>9}{'n':>6}" + (f"{'ratio':>9}" if base else ""))
    for name, values in rows.items():
        ratio = f"{median(values) / base:9.2f}" if base else ""
        print(f"  {name:{width}}{min(values):9.2f}{median(values):9.2f}{p95(values):9.2f}{len(values):6}{ratio}")
    sys.stdout.flush()


class Bars:
    """What was asked for. Nothing depends on the answer: it is printed."""

    def __init__(self):
        self.lines = []

    def at_most(self, what, measured, bar, unit):
        if measured is None:
            self.lines.append((what, "not measured", f"{bar:g} {unit}", ""))
        else:
            met = "met" if measured <= bar else "NOT met"
            self.lines.append((what, f"{measured:.2f} {unit}", f"{bar:.2f} {unit}", met))

    def at_least_the_peers(self, what, ours, peers):
        """Rates: the part of the peer's median that ours is, which should be all of it."""
        if ours and peers:
            part = median(ours) / median(peers)
            self.lines.append((what + ", part of docker's", f"{part:.2f}", "at least 1.00", "met" if part >= 1 else "NOT met"))

    def print(self):
        if not self.lines:
            return
        width = max(len(line[0]) for line in self.lines) + 2
        print(f"\nBars\n  {'':{width}}{'measured':>14}{'at most':>14}")
        for what, measured, bar, met in self.lines:
            print(f"  {what:{width}}{measured:>14}{bar:>14}  {met}")
