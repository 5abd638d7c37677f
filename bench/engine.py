"""The engine by itself: how soon it is there, and what it takes while nothing happens."""
import os
import re
import socket
import subprocess
import time

from figures import median, table
from place import BUSYBOX, TOP, Felucca, alive, memory, until

CONTAINERS = 100
WARM = 50


def answers(path):
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(path)
            client.sendall(b"GET /_ping HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return client.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def ready(rounds, bars):
    """From the launch of the command until the first answer; the class archive is there, as from the second start on."""
    engine = Felucca()
    engine.up()
    engine.ok("pull", "-q", BUSYBOX)
    engine.stop()
    taken, own, firsts, seconds = [], [], [], []
    for _ in range(rounds):
        with open(engine.home + "/up.log", "ab") as log:
            begin = time.perf_counter()
            command = subprocess.Popen([TOP + "/felucca", "up", "-d", *engine.folders],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            until(lambda: answers(engine.socket), "the engine answers _ping")
            taken.append((time.perf_counter() - begin) * 1e3)
            command.wait(60)
        with open(engine.run + "/felucca.ready") as out:
            own.append(float(re.search(r" after (\d+) ms", out.read()).group(1)))
        for runs in (firsts, seconds):
            runs.append(engine.timed("run", "--rm", "--network", "none", BUSYBOX, "true"))
        engine.stop()
    table("a start", {
        "./felucca up -d until _ping is answered": taken,
        "java itself: until it says ready": own,
        "then: the first docker run": firsts,
        "and: the second": seconds,
    })
    bars.at_most("engine ready after launch of ./felucca up -d", median(taken) / 1e3, 1.0, "s")


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def settled(pid):
    """Memory of a process that has stopped working: its idle threads have gone (they wait 15 s for work), or a minute has passed."""
    deadline = time.monotonic() + 60
    known, since = threads(pid), time.monotonic()
    while time.monotonic() < min(deadline, since + 18):
        time.sleep(0.5)
        now = threads(pid)
        if now != known:
            known, since = now, time.monotonic()
    return memory(pid)


def shims(pid, known):
    """Processes of the engine's, or left to init by one, that are shims: by their name."""
    found = []
    for each in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{each}/cmdline", "rb") as file:
                words = file.read()
            with open(f"/proc/{each}/stat") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if words.startswith(b"felucca-shim") and parent == pid and int(each) not in known:
            found.append(int(each))
    return found


def kernel(pid):
    """kB that the kernel keeps for one process: page tables and a stack."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"^VmPTE:\s+(\d+)", file.read(), re.M).group(1)) + 16


def idle(bars, containers=CONTAINERS):
    engine = Felucca()
    engine.up()
    try:
        pid = engine.pid()
        empty = settled(pid)
        empty_threads = threads(pid)
        engine.ok("pull", "-q", BUSYBOX)
        # Fifty come and go first: classes, compiled code and pools of the first starts are not a container's.
        for number in range(WARM):
            engine.ok("run", "-d", "--name", f"warm{number}", "--network", "none", BUSYBOX, "sleep", "100000")
        engine.remove_containers()
        before = settled(pid)
        before_threads = threads(pid)
        for number in range(containers):
            engine.ok("run", "-d", "--name", f"idle{number}", "--network", "none", BUSYBOX, "sleep", "100000")
        full = settled(pid)
        full_threads = threads(pid)
        kept = shims(pid, ())
        shim = sum(memory(each) for each in kept)
        tables = sum(kernel(each) for each in kept)
    finally:
        engine.down()
        until(lambda: not alive(pid), "the engine has ended")
    each = (full - before + shim) / containers
    print(f"""
memory of the engine (PSS, kB) and its threads
  after launch, nothing done           {empty:9}  {empty_threads} threads
  after a pull and {WARM} containers      {before:9}  {before_threads} threads
  with {containers} containers of `sleep`       {full:9}  {full_threads} threads
  their {len(kept)} shims together             {shim:9}  (and {tables} kB of page tables and stacks in the kernel)
  per container                        {each:9.1f}""")
    bars.at_most("idle PSS of the engine", empty / 1024, 110, "MB")
    if len(kept) < containers:
        print(f"bench: only {len(kept)} shims were found for {containers} containers")
        each = None
    bars.at_most("memory per idle container", each, 100, "kB")
