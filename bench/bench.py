"""Measures what is named, prints tables and, last, the bars. Called by `run`."""
import signal
import sys
import time
import traceback

import cli
import copies
import engine
import images
import isolation
import names as name_server
import networks
import start
import vfs
from figures import Bars
from place import Docker, Felucca, cpu, version

NAMES = ["start", "cli", "pull", "images", "heap", "copies", "copies-small", "copies-large", "vfs", "ready", "memory", "names", "wiring", "wired", "ports", "traffic", "isolation"]
IMAGES = {f"images-{part}": part for part in images.PARTS}
PARTS = ["copies-small", "copies-large", *IMAGES]  # of what takes minutes


def main(words):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))   # so that what is under way cleans up after itself
    quick = "--quick" in words
    peer = "--peer" in words
    names = [word for word in words if not word.startswith("--")] or [name for name in NAMES if name not in PARTS]
    unknown = [name for name in names if name not in NAMES + PARTS] + [
        word for word in words if word.startswith("--") and word not in ("--quick", "--peer", "--disk")]
    if unknown:
        sys.exit(f"bench: no such thing: {' '.join(unknown)}; there are {' '.join(NAMES)}")
    part = 10 if quick else 1
    with open("/proc/loadavg") as load:
        print(f"{time.strftime('%Y-%m-%d %H:%M')}, {cpu()}, load {load.read().split()[0]}, {version('crun')}, {version('runc')}, "
              f"{version('docker')}")
    bars = Bars()
    steps = {
        "start": lambda: start.run(200 // part, bars),
        "cli": lambda: daemons(peer, lambda all: cli.run(60 // part, bars, all)),
        "pull": lambda: daemons(peer, lambda all: cli.pull(max(2, 6 // part), all)),
        "images": lambda: daemons(peer, lambda all: images.run(max(2, 7 // part), bars, all)),
        "isolation": lambda: daemons(peer, lambda all: isolation.run(max(3, 30 // part), all)),
        "heap": lambda: images.heap(bars),
        "copies": lambda: daemons(peer, lambda all: copies.run(max(1, 3 // part), bars, all, part)),
        "copies-small": lambda: daemons(peer, lambda all: copies.run(max(1, 3 // part), bars, all, part, ("small",))),
        "copies-large": lambda: daemons(peer, lambda all: copies.run(max(1, 3 // part), bars, all, part, ("large",))),
        "vfs": lambda: vfs.run(max(2, 7 // part), bars),
        "ready": lambda: engine.ready(max(2, 15 // part), bars),
        "names": lambda: daemons(peer, lambda all: name_server.run(all, max(4, 40 // part), bars)),
        "memory": lambda: engine.idle(bars, 100 if not quick else 20),
        "wiring": lambda: networks.wiring(100 // part, bars),
        "wired": lambda: networks.wired(bars),
        "ports": lambda: daemons(peer, lambda all: networks.ports(all, max(1, 5 // part))),
        "traffic": lambda: daemons(peer, lambda all: networks.traffic(0.4 / part, 600 // part, all, bars)),
    }
    for name, which in IMAGES.items():
        steps[name] = lambda which=which: daemons(peer, lambda all: images.run(max(2, 7 // part), bars, all, (which,)))
    failed = False
    for name in names:
        try:
            steps[name]()
        except Exception:
            failed = True
            print(f"bench: {name} could not be measured")
            traceback.print_exc(file=sys.stdout)
    bars.print()
    return 1 if failed else 0


def daemons(peer, measure):
    up = []
    try:
        for each in [Felucca()] + ([Docker()] if peer else []):
            up.append(each)
            each.up()
        measure(up)
    finally:
        for each in reversed(up):
            try:
                each.down()
            except Exception:
                traceback.print_exc(file=sys.stdout)


sys.exit(main(sys.argv[1:]))
