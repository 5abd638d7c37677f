"""Ways of isolating, side by side through one engine: limits on and off, exec, pause, each driver."""
import json

from figures import median, table
from place import BUSYBOX

LIMITS = ["--memory", "256m", "--cpus", "1.5", "--pids-limit", "200", "--cpuset-cpus", "0", "--ulimit", "nofile=1024:1024"]


def run(rounds, daemons):
    for daemon in daemons:
        daemon.ok("pull", "-q", BUSYBOX)
        known = json.loads(daemon.ok("info", "--format", "{{json .Runtimes}}"))
        runtimes = [name for name in ("linux", "crun", "runc") if name in known]
        kinds = {}
        for name in runtimes:
            base = ["run", "--rm", "--runtime", name, "--network", "none"]
            kinds[f"{name}: run"] = [*base, BUSYBOX, "true"]
            kinds[f"{name}: run, limits"] = [*base, *LIMITS, BUSYBOX, "true"]
            kinds[f"{name}: run, no seccomp"] = [*base, "--security-opt", "seccomp=unconfined", BUSYBOX, "true"]
            kinds[f"{name}: run, --init"] = [*base, "--init", BUSYBOX, "true"]
            kinds[f"{name}: exec"] = ["exec", "b-" + name, "true"]
            kinds[f"{name}: pause"] = ["pause", "b-" + name]
            kinds[f"{name}: unpause"] = ["unpause", "b-" + name]
            daemon.ok("run", "-d", "--runtime", name, "--network", "none", "--name", "b-" + name, BUSYBOX, "sleep", "100000")
        kinds["docker version"] = ["version"]
        samples = {}
        # One after the other in every round, so that what the machine does meanwhile is the same for all.
        for number in range(-2, rounds):
            for kind, words in kinds.items():
                taken = daemon.timed(*words)
                if number >= 0:
                    samples.setdefault(kind, []).append(taken)
        for name in runtimes:
            daemon.ok("rm", "-f", "b-" + name)
        table(f"{daemon.name}, isolation through the docker CLI", samples, against="docker version")
        floor = median(samples["docker version"])
        print("  over docker version: " + ", ".join(f"{kind} {median(values) - floor:.1f}" for kind, values in samples.items()))
