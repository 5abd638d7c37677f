"""Through the stock CLI: what a person at a terminal waits for."""
from figures import median, table
from place import BUSYBOX, LAYERS

KINDS = {
    "docker version": ["version"],
    "run --rm, none": ["run", "--rm", "--network", "none", BUSYBOX, "true"],
    "run --rm, host": ["run", "--rm", "--network", "host", BUSYBOX, "true"],
    "run --rm, bridge": ["run", "--rm", "--network", "bridge", BUSYBOX, "true"],
    "exec": ["exec", "bench", "true"],
}
OVER = {"run --rm, none": 15, "run --rm, bridge": 20, "exec": 10}


def run(rounds, bars, daemons):
    samples = {}
    for daemon in daemons:
        daemon.ok("pull", "-q", BUSYBOX)
        daemon.ok("run", "-d", "--name", "bench", "--network", "none", BUSYBOX, "sleep", "100000")
    warm = min(rounds, 10)
    failed = set()
    for number in range(-warm, rounds):
        for kind, words in KINDS.items():
            for daemon in daemons:
                if (daemon.name, kind) in failed:
                    continue
                try:
                    taken = daemon.timed(*words)
                except RuntimeError as trouble:
                    failed.add((daemon.name, kind))
                    print(f"bench: {trouble}")
                    continue
                if number >= 0:
                    samples.setdefault(daemon.name, {}).setdefault(kind, []).append(taken)
    for daemon in daemons:
        daemon.ok("rm", "-f", "bench")
    for name, rows in samples.items():
        table(f"{name}, through the docker CLI", rows)
    ours = samples.get("felucca", {})
    for kind, over in OVER.items():
        known = ours.get(kind) and ours.get("docker version")
        measured = median(ours[kind]) - median(ours["docker version"]) if known else None
        bars.at_most(f"{kind}: over docker version", measured, over, "ms")


def pull(rounds, daemons):
    samples = {}
    for _ in range(rounds):
        for daemon in daemons:
            samples.setdefault(daemon.name, []).append(daemon.timed("pull", "-q", LAYERS))
            daemon.ok("rmi", LAYERS)
    table("pull of 8 layers, 142 MB packed, nothing there before", samples)
