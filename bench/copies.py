"""Files copied with `docker cp`: many small ones and a large one, in and out, of a container that runs and of one that does not."""
import os
import shutil
import tempfile

from figures import median, table
from place import BUSYBOX, WORK

SMALL, LARGE = 10_000, 1 << 30


def prepare(small, large):
    """Nothing of a kind that is not asked for."""
    source = tempfile.mkdtemp(prefix="copy", dir=WORK)
    for number in range(small):
        folder = f"{source}/small/{number % 100}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/{number}", "wb") as file:
            file.write(os.urandom(64) * (1 + number % 64))
    if large:
        block = os.urandom(1 << 20)
        with open(source + "/large", "wb") as file:
            for _ in range(large >> 20):
                file.write(block)
    return source


def ticks(pid):
    """User and system time of a process and of its children that have ended (dockerd unpacks in one), in ms."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) * 1000 / os.sysconf("SC_CLK_TCK")


def pid_of(daemon):
    return daemon.process.pid if hasattr(daemon, "process") else daemon.pid()


def run(rounds, bars, daemons, part=1, whats=("small", "large")):
    small, large = SMALL // part, LARGE // part
    source = prepare(small if "small" in whats else 0, large if "large" in whats else 0)
    kinds = {}
    for what in whats:
        for name in ("runs", "stands"):
            kinds[f"{what} in, {name}"] = lambda d, t, what=what, name=name: d.timed("cp", f"{source}/{what}", f"{name}:/to-{t}")
            kinds[f"{what} out, {name}"] = lambda d, t, what=what, name=name: d.timed("cp", f"{name}:/to-{what}-first", f"{source}/out")
    samples, spent = {}, {}
    for daemon in daemons:
        daemon.ok("pull", "-q", BUSYBOX)
    for number in range(rounds):
        for daemon in daemons if number % 2 else reversed(daemons):
            daemon.ok("run", "-d", "--name", "runs", "--network", "none", BUSYBOX, "sleep", "100000")
            daemon.ok("create", "--name", "stands", "--network", "none", BUSYBOX, "true")
            for kind, measure in kinds.items():
                what = kind.split()[0]
                # Or one pays for what the other has left in memory: writers are held back when a fifth of it waits for the disk.
                os.sync()
                before = ticks(pid_of(daemon))
                samples.setdefault(kind, {}).setdefault(daemon.name, []).append(measure(daemon, what + "-first"))
                spent.setdefault(kind, {}).setdefault(daemon.name, []).append(ticks(pid_of(daemon)) - before)
                if os.path.exists(source + "/out"):
                    # ext4 passes over inodes that were freed a moment ago one by one: nothing is deleted before the end.
                    os.rename(source + "/out", f"{source}/out-{number}-{daemon.name}-{kind}")
            daemon.ok("kill", "runs")
            for name in ("runs", "stands"):
                daemon.ok("rename", name, f"{name}-{number}")
    for kind, rows in samples.items():
        table(f"docker cp, {kind} ({small} files | {large >> 20} MB)", rows, against="docker")
        table("  the daemon's processor time", spent[kind])
        if "docker" in rows:
            bars.at_most(f"cp {kind}, beside docker", median(rows["felucca"]), median(rows["docker"]), "ms")
    shutil.rmtree(source)
