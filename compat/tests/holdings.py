"""What an engine's process has open and runs, to tell what a test has left in it."""
import collections
import os
import re
import subprocess

from engine import REGISTRY, until


def to_registry(pid):
    """Sockets to the run's registry: an HTTP client keeps its connections for a while."""
    port = int(REGISTRY.rpartition(":")[2])
    found = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}") as lines:
            next(lines)
            rows = [line.split() for line in lines]
        found.update(f"socket:[{row[9]}]" for row in rows if int(row[2].rpartition(":")[2], 16) == port)
    return found


def of(pid):
    """Descriptors by kind, but for connections to the registry; threads by name, those of its pools only while they work."""
    found = collections.Counter()
    kept = to_registry(pid)
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            continue
        if target in kept:
            continue
        found["descriptors: " + re.sub(r"[0-9a-f]{12,}|\d+", "N", target)] += 1
    dump = subprocess.run(["jcmd", str(pid), "Thread.print"], capture_output=True, text=True, check=True).stdout
    for thread in dump.split("\n\n"):
        name = re.match(r'"([^"]+)"', thread)
        waits = "ThreadPoolExecutor.getTask" in thread or "at " not in thread
        if name and not waits:
            found["threads: " + re.sub(r"[0-9a-f]{8,}|\d+", "N", name.group(1))] += 1
    return found


def no_more_than(before, pid, what, spare=0):
    """:param spare: so many of a kind may have come once"""
    more = {}

    def gone():
        # Classes are read from bundles as they are needed first.
        more.clear()
        more.update((kind, count) for kind, count in (of(pid) - before).items() if count > spare and not kind.endswith((".jar", ".so", ".tmp")))
        return not more
    try:
        until(gone, "", 20)
    except AssertionError:
        raise AssertionError(f"{what} left {more}") from None
