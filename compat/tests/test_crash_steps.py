"""The engine is killed while each of some twenty steps is under way: each is then done or not done at all, and the host agrees."""
import functools
import io
import json
import os
import random
import re
import subprocess
import tarfile
import threading

from asking import Asking, tar
from engine import BUSYBOX, REGISTRY, until
from seeds import seed
from traces import Traces

# So many kills; a seed repeats a run as far as timing lets it. Runs that explore set FELUCCA_STEP_SEED=random (`seeds`).
ROUNDS = int(os.environ.get("FELUCCA_STEP_ROUNDS", "4"))
SEED = seed("FELUCCA_STEP_SEED")
SMALL = REGISTRY + "/library/busybox:zstd"
MB = 1 << 20


class Steps(threading.Thread):
    """One thing that goes back and forth until the engine is dead. `state` is what was answered last; `next` is what it may
    be besides, while nothing was answered."""

    def __init__(self, test, dice):
        super().__init__()
        self.test, self.dice = test, dice
        self.state = self.next = None
        self.refused = None
        self.ends = False                                # it was signalled before the kill, and may end when it likes
        self.name = type(self).__name__.lower()

    def run(self):
        try:
            while not self.test.dead.is_set() and not self.refused:
                self.step()
        except (OSError, AssertionError) as trouble:
            if not self.test.dead.is_set():
                self.refused = f"{self.name}: no answer, or another, of an engine that lives: {trouble!r} (state {self.state}, to be {self.next})"

    def ask(self, method, target, body=None, next=None, state=None, **query):
        """Asks for what makes `next`; raises when the engine goes. What an engine that lives refuses is a fault, and
        answers None."""
        self.next = next
        status, text = self.test.ask(method, target, body, **query)
        done = status in (200, 201, 204) or self.ends and (status == 304 or "is not running" in text)
        self.ends = False
        if not done and not self.test.dead.is_set():
            self.refused = f"{self.name}: {method} {target} {query}: {status} {text} (state {self.state}, to be {next})"
        if done:
            self.state, self.next = state if state is not None else next, None
        return text if done else None

    def may_be(self):
        return [self.state] if self.next is None else [self.state, self.next]

    def check(self):
        """What there is now, which has to be one of what may be."""
        now = self.now()
        self.test.assertIn(now, self.may_be(), self.name)
        self.state, self.next = now, None

    def prepare(self):
        """Before the first step, and after each kill."""


class InContainer(Steps):
    """Of a container that it has for itself."""
    options = {}

    def prepare(self):
        if self.test.inspect(self.name) is None:
            body = {"Image": BUSYBOX, "Cmd": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"],
                    "HostConfig": {"CgroupParent": self.test.cgroup, "NetworkMode": "none", **self.options}}
            self.test.must("POST", "/containers/create", body, name=self.name)
            self.test.must("POST", f"/containers/{self.name}/start")
            self.state = self.now()

    def now(self):
        return self.test.inspect(self.name)["State"]["Status"]

    def running(self):
        """Whatever was done to it, it runs as before."""
        self.test.assertEqual("running", self.test.inspect(self.name)["State"]["Status"], self.name)


class StartStop(InContainer):
    end, query = "stop", {"t": 5}

    def check(self):
        self.ends |= self.next == "exited"
        super().check()

    def may_be(self):
        return [*super().may_be(), "exited"] if self.ends else super().may_be()

    def step(self):
        if self.state == "running":
            self.ask("POST", f"/containers/{self.name}/{self.end}", next="exited", **self.query)
        else:
            self.ask("POST", f"/containers/{self.name}/start", next="running")


class StartKill(StartStop):
    end, query = "kill", {}


class Restart(InContainer):
    def may_be(self):
        # A kill between its halves comes after the signal, and what was signalled ends when it gets to it.
        return ["running", "exited"]

    def step(self):
        # Its two halves are a stop and a start: between them it is stopped, as in Docker.
        self.ask("POST", f"/containers/{self.name}/restart", next="exited", state="running", t=0)

    def prepare(self):
        super().prepare()
        if self.state == "exited":
            self.test.must("POST", f"/containers/{self.name}/start")
            self.state = "running"


class Pause(InContainer):
    def step(self):
        verb, next = ("unpause", "running") if self.state == "paused" else ("pause", "paused")
        self.ask("POST", f"/containers/{self.name}/{verb}", next=next)

    def now(self):
        state = super().now()

        def agrees():
            frozen = self.test.group(self.name, "freezer", "freezer.state", "cgroup.freeze")
            return frozen in (("FROZEN", "1") if state == "paused" else ("THAWED", "0"))
        until(agrees, f"the kernel has it {state}")
        return state


class Rename(InContainer):
    def prepare(self):
        if self.state is None:
            super().prepare()
            self.state = self.name

    def step(self):
        other = "renamed" if self.state == "rename" else "rename"
        self.ask("POST", f"/containers/{self.state}/rename", next=other, name=other)

    def now(self):
        names = [name for name in ("rename", "renamed") if self.test.inspect(name)]
        self.test.assertEqual(1, len(names), names)
        return names[0]


class Update(InContainer):
    LIMITS = [{"Memory": 64 * MB, "MemorySwap": 64 * MB, "PidsLimit": 50, "CpuShares": 512},
              {"Memory": 96 * MB, "MemorySwap": 128 * MB, "PidsLimit": 70, "CpuShares": 256}]
    options = LIMITS[0]

    def step(self):
        other = 1 - self.state
        self.ask("POST", f"/containers/{self.name}/update", self.LIMITS[other], next=other)

    def now(self):
        def agree():
            host = self.test.inspect(self.name)["HostConfig"]
            recorded = {key: host[key] for key in self.LIMITS[0]}
            group = functools.partial(self.test.group, self.name)
            live = (group("memory", "memory.limit_in_bytes", "memory.max"), group("pids", "pids.max"), group("cpu", "cpu.shares"))
            wanted = (str(host["Memory"]), str(host["PidsLimit"]), live[2] and str(host["CpuShares"]))
            return recorded in self.LIMITS and live == wanted and [self.LIMITS.index(recorded)]
        self.running()
        return until(agree, "the limits are those of the record")[0]


class Publish(InContainer):
    options = {"NetworkMode": "bridge"}
    PORT = {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}

    def step(self):
        path = f"/felucca/containers/{self.name}/ports"
        if self.state:
            self.ask("POST", path, {"Unpublish": {"80/tcp": []}}, next=False)
        else:
            self.ask("POST", path, {"Publish": self.PORT}, next=True)

    def now(self):
        def agree():
            container = self.test.inspect(self.name)
            recorded = [port for ports in (container["HostConfig"]["PortBindings"] or {}).values() for port in ports or []]
            live = [port for ports in container["NetworkSettings"]["Ports"].values() for port in ports or []]
            return recorded == live and [recorded]          # the kernel's table is among the traces
        self.running()
        return bool(until(agree, "the ports are those of the record")[0])


class Connect(InContainer):
    options = {"NetworkMode": "bridge"}

    def prepare(self):
        if self.state is None:
            self.test.must("POST", "/networks/create", {"Name": "second"})
        super().prepare()

    def step(self):
        verb = "disconnect" if self.state else "connect"
        self.ask("POST", f"/networks/second/{verb}", {"Container": self.name}, next=not self.state)

    def now(self):
        def agree():
            container = self.test.inspect(self.name)
            with open(f"/proc/{container['State']['Pid']}/net/dev") as devices:
                live = len(re.findall(r"^ *eth\d+:", devices.read(), re.M))
            networks = container["NetworkSettings"]["Networks"]
            listed = container["Id"] in json.loads(self.test.must("GET", "/networks/second"))["Containers"]
            seen[:] = [f"{live} interfaces, networks {sorted(networks)}, listed {listed}"]
            return live == len(networks) and listed == ("second" in networks) and [listed]
        self.running()
        seen = []
        try:
            return until(agree, "its interfaces are those of the record")[0]
        except AssertionError as fault:
            raise AssertionError(f"{fault}: {seen}") from None


class ExecAndCopy(InContainer):
    copied, copying = 0, False

    def step(self):
        made = self.ask("POST", f"/containers/{self.name}/exec", {"Cmd": ["true"], "AttachStdout": True}, state="running")
        if not self.refused and not self.test.dead.is_set():
            exec_id = json.loads(made)["Id"]
            self.ask("POST", f"/exec/{exec_id}/start", {}, state="running")
            self.copying = True
            files = tar(file=b"%d" % (self.copied + 1), other=b"x" * 50_000)
            if self.ask("PUT", f"/containers/{self.name}/archive", files, state="running", path="/tmp") is not None:
                self.copied += 1
                self.copying = False

    def now(self):
        status, archive = self.test.ask("GET", f"/containers/{self.name}/archive", path="/tmp/file", binary=True)
        if status == 200:
            with tarfile.open(fileobj=io.BytesIO(archive)) as found:
                text = found.extractfile("file").read()
        else:
            self.test.assertEqual(404, status)
            text = b""
        # What was answered is there. A file is replaced as tar does it: in between there is none, or the beginning of it.
        if not self.copying:
            self.test.assertEqual(b"%d" % self.copied if self.copied else b"", text)
        return super().now()


class CreateAndRemove(Steps):
    def step(self):
        if self.state:
            self.ask("DELETE", "/containers/short", next=False, force=1, v=1)
        else:
            body = {"Image": BUSYBOX, "Cmd": ["sleep", "100"], "Volumes": {"/anonymous": {}}, "HostConfig": {"CgroupParent": self.test.cgroup}}
            self.ask("POST", "/containers/create", body, next=True, name="short")

    def now(self):
        container = self.test.inspect("short")
        if container:
            self.test.assertEqual("created", container["State"]["Status"])
        return container is not None

    def prepare(self):
        self.state = self.now()


class RemoveRunning(InContainer):
    """`rm -f`: it may have ended and not be gone, as Docker's."""

    def step(self):
        self.ask("DELETE", f"/containers/{self.name}", next="gone", force=1, v=1)
        if self.state == "gone" and not self.test.dead.is_set():
            self.prepare()

    def prepare(self):
        try:
            super().prepare()
        except AssertionError:
            if not self.test.dead.is_set():
                raise

    def check(self):
        container = self.test.inspect(self.name)
        if container and container["State"]["Status"] != "running":
            self.test.must("DELETE", f"/containers/{self.name}")
        self.state, self.next = "running", None


class Commit(InContainer):
    def prepare(self):
        super().prepare()
        self.state = bool(self.committed())

    def committed(self):
        return self.test.ask("GET", "/images/committed:latest/json")[0] == 200

    def step(self):
        if self.state:
            self.ask("DELETE", "/images/committed:latest", next=False)
        else:
            self.ask("POST", "/commit", {}, next=True, container=self.name, repo="committed", tag="latest")

    def now(self):
        self.running()
        return self.committed()


class Pull(Steps):
    def step(self):
        if self.state:
            self.ask("DELETE", "/images/" + SMALL, next=False)
        else:
            text = self.ask("POST", "/images/create", next=True, fromImage=SMALL)
            if '"error"' in (text or "") and not self.test.dead.is_set():
                self.refused = text
            if "Status: " not in (text or ""):
                self.state, self.next = False, True          # the answer was cut

    def now(self):
        return self.test.ask("GET", f"/images/{SMALL}/json")[0] == 200

    def prepare(self):
        self.state = self.now()


class Volumes(Steps):
    def step(self):
        if self.state:
            self.ask("DELETE", "/volumes/named", next=False)
        else:
            self.ask("POST", "/volumes/create", {"Name": "named", "Labels": {"a": "b"}}, next=True)

    def now(self):
        there = self.test.ask("GET", "/volumes/named")[0] == 200
        self.test.assertEqual(there, os.path.isdir(self.test.engine.data + "/volumes/named/_data"))
        return there

    def prepare(self):
        self.state = self.now()


class Networks(Steps):
    def step(self):
        if self.state:
            self.ask("DELETE", "/networks/short", next=False)
        else:
            self.ask("POST", "/networks/create", {"Name": "short"}, next=True)

    def now(self):
        networks = json.loads(self.test.must("GET", "/networks"))
        until(lambda: self.test.bridges() == self.test.first_bridges + sum(network["Name"] in ("short", "second") for network in networks),
              "there is a bridge for each network")
        return any(network["Name"] == "short" for network in networks)

    def prepare(self):
        self.state = self.now()


KINDS = [StartStop, StartKill, Restart, Pause, Rename, Update, Publish, Connect, ExecAndCopy, CreateAndRemove, RemoveRunning, Commit,
         Pull, Volumes, Networks]


class CrashSteps(Asking):
    def test_each_step_is_done_or_not_at_all(self):
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        dice = random.Random(SEED)
        self.cgroup = f"/felucca-steps-{os.getpid()}"
        self.traces = Traces(self.engine, self.cgroup)
        self.addCleanup(self.traces.forget)
        self.addCleanup(self.docker, "network", "rm", "second", "short")
        self.addCleanup(self.everything_goes)
        self.dead = threading.Event()
        self.ok("run", "--rm", BUSYBOX, "true")              # the default network's bridge
        self.first_bridges = self.bridges()
        known = []
        for turn in range(ROUNDS):
            steps = [kind(self, dice) for kind in KINDS]
            for step, before in zip(steps, known):
                step.__dict__.update({key: before.__dict__[key] for key in ("state", "ends", "copied", "copying") if key in before.__dict__})
            for step in steps:
                step.prepare()
            for thread in steps:
                thread.start()
            killer = threading.Timer(dice.uniform(0.05, 1.0), self.kill)
            killer.start()
            for thread in (*steps, killer):
                thread.join()
            self.dead.clear()
            try:
                self.engine.up()
                self.assertEqual([], [step.refused for step in steps if step.refused])
                for step in steps:
                    step.check()
                self.check()
            except AssertionError as fault:
                raise AssertionError(f"seed {SEED}, turn {turn}: {fault}") from fault
            known = steps
        self.engine.felucca("image", "verify")

    def kill(self):
        self.dead.set()
        self.engine.kill9()

    def check(self):
        self.assertEqual("", self.ok("images", "-aq", "--filter", "dangling=true"))
        self.docker("volume", "rm", "named")                 # no container has it: the traces are of what containers have
        # Asked again and again: what was told to end before the kill ends when it gets to it.
        self.traces.check(self.containers)

    def containers(self):
        ids = self.ok("ps", "-aq", "--no-trunc").split()
        return json.loads(self.ok("inspect", *ids)) if ids else []

    def everything_goes(self):
        for name in self.engine.names("-a"):
            self.docker("rm", "-fv", name)

    @staticmethod
    def bridges():
        return len(subprocess.run(["ip", "-o", "link", "show", "type", "bridge"], capture_output=True, text=True, check=True).stdout.splitlines())
