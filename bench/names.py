"""Names: questions a second and the time one takes, asked inside a container; beside Debian's dockerd with --peer."""
import subprocess
import sys

from figures import table
from place import BUSYBOX

# Runs in the container's network: one question after the other, then 64 open at once, for as many seconds each.
ASK = r"""
import socket, struct, sys, time
name, seconds = sys.argv[1], float(sys.argv[2])
wire = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0\0\1\0\1"
s = socket.socket(type=socket.SOCK_DGRAM); s.settimeout(6); s.connect(("127.0.0.11", 53))
def ask(i): s.send(struct.pack(">HHHHHH", i & 65535, 256, 1, 0, 0, 0) + wire)
def good(a):
    assert a[3] & 15 == 0 and a[7] == 1, a
for i in range(2000): ask(i); good(s.recv(600))
taken = []; end = time.perf_counter() + seconds
while time.perf_counter() < end:
    begin = time.perf_counter(); ask(1); good(s.recv(600)); taken.append(time.perf_counter() - begin)
taken.sort(); print(taken[len(taken) // 2] * 1e6, taken[len(taken) * 99 // 100] * 1e6)
for i in range(64): ask(i)
count = 0; begin = time.perf_counter(); end = begin + seconds
while time.perf_counter() < end: good(s.recv(600)); count += 1; ask(count)
print(count / (time.perf_counter() - begin))
"""


def measure(daemon, seconds):
    """Median and 99th percentile in microseconds, and questions a second."""
    daemon.ok("network", "create", "bench-names")
    try:
        for name in ("web", "asker"):
            daemon.ok("run", "-d", "--name", name, "--network", "bench-names", BUSYBOX, "sleep", "1000")
        pid = daemon.ok("inspect", "-f", "{{.State.Pid}}", "asker")
        out = subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, "-c", ASK, "web", str(seconds)],
                             capture_output=True, text=True, check=True, timeout=120).stdout.split()
        return [float(number) for number in out]
    finally:
        daemon.ok("rm", "-f", "web", "asker")
        daemon.ok("network", "rm", "bench-names")


def run(daemons, rounds, bars):
    found = {daemon.name: [] for daemon in daemons}
    for daemon in daemons:
        daemon.ok("pull", "-q", BUSYBOX)
    for _ in range(max(1, rounds // 4)):                  # in turns: the machine is the same for all
        for daemon in daemons:
            found[daemon.name].append(measure(daemon, 1.0))
    peer = "docker" if "docker" in found else None
    for title, unit, which in (("one question for a container's name", "µs", 0), ("the 99th of 100 such questions", "µs", 1),
                               ("questions answered, 64 open", "1/s", 2)):
        table(title, {name: [one[which] for one in all] for name, all in found.items()}, unit, peer)
    if peer:
        bars.at_least_the_peers("questions answered a second", *([one[2] for one in found[name]] for name in ("felucca", peer)))
        bars.at_least_the_peers("questions one after the other", *([1 / one[0] for one in found[name]] for name in ("felucca", peer)))
