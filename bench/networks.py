"""Networks: what wiring a container costs, a thousand published ports, and traffic beside docker.io."""
import http.client
import json
import os
import socket
import subprocess
import sys
import time

from engine import settled
from figures import median, table
from place import BUSYBOX, Felucca

TRAFFIC = [sys.executable, "-B", os.path.join(os.path.dirname(os.path.abspath(__file__)), "traffic.py")]
TURNS = 20
MODES = {"none": "none", "bridge": "bridge", "user-defined": "own"}


class Client:
    """One kept connection: no CLI and no handshake is in the numbers."""

    def __init__(self, path):
        self.http = http.client.HTTPConnection("localhost")
        self.http.sock = socket.socket(socket.AF_UNIX)
        self.http.sock.connect(path)

    def post(self, path, body=None):
        self.http.request("POST", path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        response = self.http.getresponse()
        text = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{path}: {response.status} {text}")
        return json.loads(text) if text.strip() else None

    def container(self, mode):
        body = {"Image": BUSYBOX, "Cmd": ["sleep", "100000"], "HostConfig": {"NetworkMode": mode}}
        return self.post("/containers/create", body)["Id"]

    def start(self, id):
        begin = time.perf_counter()
        self.post(f"/containers/{id}/start")
        return (time.perf_counter() - begin) * 1e3


def wiring(rounds, bars):
    """A start on a bridge beside one on `none`, in turn."""
    engine = Felucca().up()
    try:
        engine.ok("pull", "-q", BUSYBOX)
        client = Client(engine.socket)
        rows = {"none": [], "bridge": [], "user-defined": []}
        engine.ok("network", "create", "own")
        for number in range(-10, rounds):
            for name, mode in MODES.items():
                taken = client.start(client.container(mode))
                if number >= 0:
                    rows[name].append(taken)
        engine.remove_containers()
        table("start of a container by the API, one connection", rows, against="none")
        bars.at_most("start on a bridge over none", median(rows["bridge"]) - median(rows["none"]), 5, "ms")
    finally:
        engine.down()


def wired(bars):
    """Memory of the engine for each container: fifty more of each kind, one kind after the other."""
    engine = Felucca().up()
    try:
        engine.ok("pull", "-q", BUSYBOX)
        engine.ok("network", "create", "own")
        client = Client(engine.socket)
        modes = {"none": "none", "bridge": "bridge", "user-defined": "own"}
        for mode in modes.values():                        # compiled code is not a container's
            for _ in range(50):
                client.start(client.container(mode))
        engine.remove_containers()
        before = settled(engine.pid())
        sizes = {}
        for name, mode in modes.items():
            for _ in range(50):
                client.start(client.container(mode))
            now = settled(engine.pid())
            sizes[name], before = (now - before) / 50, now
        print("\n  memory of the engine per container [kB]: " + ", ".join(f"{name} {size:.1f}" for name, size in sizes.items()), flush=True)
        bars.at_most("memory of the engine per container on a bridge", sizes["bridge"], 100, "kB")
    finally:
        engine.down()


def ports(daemons, rounds):
    """A container with published ports, made and removed. Docker's starts a process and several rules for each: a thousand take minutes."""
    rows = {}
    for daemon in daemons:
        daemon.ok("pull", "-q", BUSYBOX)
        ours = daemon.name == "felucca"
        for count in (0, 100, 1000) if ours else (0, 100):
            words = ["-p", f"20000-{19999 + count}:20000-{19999 + count}"] if count else []
            for _ in range(rounds if ours else 1):
                daemon.ok("create", "--name", "ports", *words, BUSYBOX, "sleep", "100000")
                rows.setdefault(f"{daemon.name}, {count} ports: start", []).append(daemon.timed("start", "ports"))
                if count:
                    published = daemon.ok("port", "ports").splitlines()
                    if len({line.split(" ")[0] for line in published}) != count:
                        raise RuntimeError(f"{daemon.name} published {len(published)} ports for {count}")
                rows.setdefault(f"{daemon.name}, {count} ports: rm -f", []).append(daemon.timed("rm", "-f", "ports"))
    table("published ports, through the docker CLI", rows)


def inside(daemon, name, *words, **options):
    pid = daemon.ok("inspect", "-f", "{{.State.Pid}}", name)
    return ["nsenter", f"--net=/proc/{pid}/ns/net", *TRAFFIC, *words]


def traffic(seconds, connections, daemons, bars):
    """Programs in the containers' network namespaces, the same for everybody; turns are taken."""
    rates, conns, servers = {}, {}, []
    try:
        for number, daemon in enumerate(daemons):
            daemon.ok("pull", "-q", BUSYBOX)
            daemon.ok("network", "create", "traffic")
            for name in ("server", "client"):
                words = ["-p", f"7{number}77:7777"] if name == "server" else []
                daemon.ok("run", "-d", "--name", name, "--network", "traffic", *words, BUSYBOX, "sleep", "100000")
            servers.append(subprocess.Popen(inside(daemon, "server", "serve", "7777"), stdout=subprocess.PIPE, text=True))
            servers[-1].stdout.readline()
        ways = [{"container to container": inside(daemon, "client", "@", address, "7777", "#"),
                 "host to container": [*TRAFFIC, "@", address, "7777", "#"],
                 "host to published port": [*TRAFFIC, "@", "127.0.0.1", f"7{number}77", "#"]}
                for number, daemon in enumerate(daemons)
                for address in [daemon.ok("inspect", "-f", "{{.NetworkSettings.Networks.traffic.IPAddress}}", "server")]]
        # One right after the other, and the other one first in the next turn: what the machine does besides hits all alike.
        for turn in range(TURNS):
            for way, what in ((way, what) for way in ways[0] for what in ("bulk", "connect")):
                amount, rows = (seconds, rates) if what == "bulk" else (connections, conns)
                for number, daemon in list(enumerate(daemons))[::1 if turn % 2 else -1]:
                    line = [{"@": what, "#": str(amount)}.get(word, word) for word in ways[number][way]]
                    out = subprocess.run(line, capture_output=True, text=True, timeout=60)
                    if out.returncode:
                        raise RuntimeError(f"{daemon.name}, {way}: {out.stderr}")
                    rows.setdefault(f"{way}, {daemon.name}", []).append(float(out.stdout))
    finally:
        for server in servers:
            server.kill()
            server.wait()
        for daemon in daemons:
            daemon.remove_containers()
            daemon.ok("network", "rm", "traffic")
    table("TCP throughput, one stream", dict(sorted(rates.items())), unit="Gbit/s")
    table("TCP connections, one after the other", dict(sorted(conns.items())), unit="1/s")
    for what, rows in (("throughput", rates), ("connections", conns)):
        for way in ("container to container", "host to container", "host to published port"):
            bars.at_least_the_peers(f"{what}, {way}", *(rows.get(f"{way}, {name}") for name in ("felucca", "docker")))
