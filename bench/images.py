"""Images beside other engines, through the clients that people use: pull, save, load, commit, push; and what memory that takes."""
import os
import re
import subprocess
import tarfile
import tempfile
import time

from figures import median, table
from place import BUSYBOX, LAYERS, REGISTRY, WORK, Felucca

# 10 MB in one file and 500 small ones, made in a container.
CHANGES = ("dd if=/dev/urandom of=/big bs=1M count=10 2>/dev/null; mkdir /small; i=0; "
           "while [ $i -lt 500 ]; do echo $i >/small/$i; i=$((i + 1)); done")


class Podman:
    """Not a daemon: each command works by itself."""

    name = "podman"

    def up(self):
        self.home = tempfile.mkdtemp(prefix="p", dir=WORK)
        return self

    def words(self, *words):
        if words[0] in ("pull", "push"):
            words = (words[0], "--tls-verify=false", *words[1:])
        return ["podman", "--root", self.home + "/root", "--runroot", self.home + "/run", "--storage-driver", "overlay",
                "--cgroup-manager", "cgroupfs", "--events-backend", "file", *words]

    def down(self):
        subprocess.run(self.words("rmi", "-af"), capture_output=True)
        for line in open("/proc/self/mountinfo").read().splitlines():
            if line.split()[4].startswith(self.home):
                subprocess.run(["umount", "-l", line.split()[4]])


class Timer:
    def __init__(self, rounds):
        self.rounds = rounds
        self.samples = {}

    def time(self, what, daemon, *words, **options):
        """The milliseconds that one command takes, with all that was written before it on disk."""
        os.sync()
        begin = time.perf_counter()
        result = subprocess.run(daemon.words(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
                                **options)
        taken = (time.perf_counter() - begin) * 1e3
        if result.returncode != 0:
            raise RuntimeError(f"{daemon.name}: {words}: {result.returncode}\n{result.stdout}{result.stderr}")
        self.samples.setdefault(what, {}).setdefault(daemon.name, []).append(taken)

    def ratio(self, what, against):
        series = self.samples.get(what, {})
        others = [median(series[name]) for name in against if name in series]
        return median(series["felucca"]) / min(others) if others and "felucca" in series else None


def quiet(daemon, *words):
    result = subprocess.run(daemon.words(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    if result.returncode != 0:
        raise RuntimeError(f"{daemon.name}: {words}: {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout.strip()


PARTS = ("pull", "archive", "commit")


def run(rounds, bars, daemons, parts=PARTS):
    """Each thing in turn for each engine, so that what else the machine does hits all alike."""
    if len(daemons) > 1 and "pull" in parts:
        daemons = daemons + [Podman().up()]
    timer = Timer(rounds)
    engines = [daemon for daemon in daemons if daemon.name != "podman"]
    try:
        for daemon in engines:
            quiet(daemon, "pull", "-q", BUSYBOX)
        for number in range(-1, rounds):       # the first goes by: classes and caches
            for daemon in pulling(parts, daemons, engines):
                timer.time("pull of 8 layers, nothing there before", daemon, "pull", "-q", LAYERS)
                if daemon.name == "podman" or "archive" not in parts:
                    quiet(daemon, "rmi", LAYERS)
            for daemon in engines if "archive" in parts else []:
                archive = f"{WORK}/{daemon.name}.tar"
                timer.time("save of 8 layers", daemon, "save", "-o", archive, LAYERS)
                quiet(daemon, "rmi", LAYERS)
                timer.time("load of 8 layers", daemon, "load", "-q", "-i", archive)
                timer.time("load of 8 layers, all there", daemon, "load", "-q", "-i", archive)
                quiet(daemon, "rmi", LAYERS)
                os.unlink(archive)
            for daemon in engines if "commit" in parts else []:
                commit(timer, daemon, number)
            if number < 0:
                timer.samples.clear()
    finally:
        if daemons[-1].name == "podman":
            daemons[-1].down()
    for what, rows in timer.samples.items():
        table(what, rows)
    bars_of(timer, bars, parts)


def pulling(parts, daemons, engines):
    if "pull" in parts:
        return daemons
    return engines if "archive" in parts else []


def bars_of(timer, bars, parts):
    for part, what, name, against, bar in (
            ("pull", "pull", "pull of 8 layers, nothing there before", ("docker", "podman"), 0.6),
            ("archive", "save", "save of 8 layers", ("docker",), 0.6),
            ("archive", "load", "load of 8 layers", ("docker",), 0.6),
            ("commit", "commit", "commit of 10 MB and 500 files", ("docker",), 0.5),
            ("commit", "push", "push of what was committed", ("docker",), 1)):
        if part in parts:
            whose = "the faster's" if len(against) > 1 else "docker's"
            bars.at_most(f"{what}: part of {whose}", timer.ratio(name, against), bar, "x")


def commit(timer, daemon, number):
    image = f"{REGISTRY}/bench/{daemon.name}:{number + 1}"
    quiet(daemon, "run", "--name", "work", "--network", "none", BUSYBOX, "sh", "-c", CHANGES)
    timer.time("commit of 10 MB and 500 files", daemon, "commit", "work", image)
    timer.time("push of what was committed", daemon, "push", "-q", image)
    quiet(daemon, "rm", "-f", "work")
    quiet(daemon, "rmi", image)


def image_of(megabytes):
    """An image of one layer that does not shrink, put into the registry; answers its name."""
    name = f"{REGISTRY}/bench/random:{megabytes}"
    tar = f"{WORK}/random.tar"
    with open(tar, "wb") as out:
        entry = tarfile.TarInfo("random")
        entry.size = megabytes << 20
        out.write(entry.tobuf())
        for _ in range(megabytes):
            out.write(os.urandom(1 << 20))
        out.write(bytes(1024))
    engine = Felucca().up()
    try:
        engine.ok("import", tar, name)
        engine.ok("push", "-q", name)
        engine.ok("rmi", name)
    finally:
        engine.down()
        os.unlink(tar)
    return name


def heap(bars, megabytes=400):
    """The most heap that an engine uses for a small image and for a large one: all of it streams."""
    peaks = {}
    for size in (20, megabytes):
        name = image_of(size)
        engine = Felucca()
        log = engine.home + "/gc.log"
        os.environ["_JAVA_OPTIONS"] = f"-Xlog:gc*:file={log}"
        try:
            engine.up()
        finally:
            del os.environ["_JAVA_OPTIONS"]
        try:
            engine.ok("pull", "-q", name)
            engine.ok("save", "-o", engine.home + "/a.tar", name)
            engine.ok("tag", name, f"{REGISTRY}/bench/heap{size}:1")
            engine.ok("push", "-q", f"{REGISTRY}/bench/heap{size}:1")
            engine.ok("rmi", "-f", name, f"{REGISTRY}/bench/heap{size}:1")
            engine.ok("load", "-q", "-i", engine.home + "/a.tar")
        finally:
            engine.down()
        with open(log) as lines:
            peaks[size] = max(int(found) for found in re.findall(r"(\d+)M->", lines.read()))
    print(f"\npeak heap of pull, save, push and load [MB]\n" + "\n".join(f"  {size:5} MB image {peak:6}" for size, peak in peaks.items()))
    bars.at_most("peak heap, large image against small", peaks[megabytes] / max(1, peaks[20]), 1.3, "x")
