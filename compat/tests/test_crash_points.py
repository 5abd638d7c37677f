"""The engine is killed before each single call by which a request changes something: the request is then done or not done at all,
and once it is undone the host and the engine's folders are as they were before it."""
import io
import json
import os
import random
import re
import subprocess
import tarfile
import tempfile
import unittest

from asking import Asking, tar
from engine import BUSYBOX, LAYERS, TOP, WORK, until
from seeds import seed

# Which requests, by their names, or "all"; else the seed chooses some. So many points of each, which the seed chooses; 0 is every one.
# Runs that explore set FELUCCA_POINT_SEED=random (`seeds`).
ASKED = os.environ.get("FELUCCA_POINT_OF", "").split()
SOME = 10
POINTS = int(os.environ.get("FELUCCA_POINTS", "2"))
SEED = seed("FELUCCA_POINT_SEED")
LASTS = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"]


class Request:
    """Something that is asked for. `prepare` makes what it needs; `holds` refuses what is neither before nor after;
    `undo` takes both away."""

    settings = {}
    command = LASTS

    def __init__(self, test):
        self.test = test

    def container(self, name="xx", start=True, **host):
        body = {"Image": BUSYBOX, "Cmd": self.command, "Volumes": {"/anonymous": {}}, **self.settings,
                "HostConfig": {"CgroupParent": self.test.cgroup, "Init": False, **host}}
        self.test.must("POST", "/containers/create", body, name=name)
        if start:
            self.test.must("POST", f"/containers/{name}/start")

    def prepare(self):
        self.container()

    def act(self):
        raise NotImplementedError

    def target(self):
        """The process that is killed."""
        return self.test.engine.pid()

    def status(self, *allowed, name="xx"):
        """The container is there and in one of these states, or is gone where None is one of them."""
        container = self.test.inspect(name)
        status = container and container["State"]["Status"]
        self.test.assertIn(status, allowed)
        return container

    def holds(self):
        self.status("running")

    def undo(self):
        self.test.ask("DELETE", "/containers/xx", force=1, v=1)


class Create(Request):
    def prepare(self):
        pass

    def act(self):
        self.container(start=False)

    def holds(self):
        self.status("created", None)


class Start(Request):
    host = {"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}}

    def prepare(self):
        self.container(start=False, **self.host)

    def act(self):
        self.test.must("POST", "/containers/xx/start")

    def holds(self):
        container = self.status("created", "running")
        if container["State"]["Status"] == "created":
            self.act()
            self.status("running")


class StartWithoutNetwork(Start):
    host = {"NetworkMode": "none", "Init": True}


class Stop(Request):
    def act(self):
        self.test.must("POST", "/containers/xx/stop", t=5)

    def holds(self):
        # It may have been told to end, and take its moment.
        container = self.status("running", "exited")
        if container["State"]["Status"] == "exited":
            self.test.assertEqual(0, container["State"]["ExitCode"])


class Kill(Request):
    def act(self):
        self.test.must("POST", "/containers/xx/kill")
        until(lambda: self.test.inspect("xx")["State"]["Status"] == "exited", "it has ended")

    def holds(self):
        self.status("running", "exited")


class Restart(Request):
    def act(self):
        self.test.must("POST", "/containers/xx/restart", t=0)

    def holds(self):
        self.status("running", "exited")


class RemoveRunning(Request):
    def act(self):
        self.test.must("DELETE", "/containers/xx", force=1, v=1)

    def holds(self):
        self.status("running", "exited", None)


class RemoveCreated(RemoveRunning):
    def prepare(self):
        self.container(start=False)

    def holds(self):
        self.status("created", None)


class Pause(Request):
    verb, states = "pause", ("running", "paused")

    def act(self):
        self.test.must("POST", f"/containers/xx/{self.verb}")

    def holds(self):
        status = self.status(*self.states)["State"]["Status"]
        if status == "running":
            self.test.must("POST", "/containers/xx/stop", t=5)
            self.test.assertEqual(0, self.status("exited")["State"]["ExitCode"], "what runs hears its signals")


class Unpause(Pause):
    verb = "unpause"

    def prepare(self):
        super().prepare()
        self.test.must("POST", "/containers/xx/pause")


class Rename(Request):
    def act(self):
        self.test.must("POST", "/containers/xx/rename", name="yy")

    def holds(self):
        self.test.assertEqual(1, len([name for name in ("xx", "yy") if self.test.inspect(name)]))

    def undo(self):
        super().undo()
        self.test.ask("DELETE", "/containers/yy", force=1, v=1)


class Update(Request):
    settings = {}

    def prepare(self):
        self.container(Memory=64 << 20, MemorySwap=64 << 20, PidsLimit=50)

    def act(self):
        self.test.must("POST", "/containers/xx/update", {"Memory": 96 << 20, "MemorySwap": 96 << 20, "PidsLimit": 70})

    def holds(self):
        def agree():
            host = self.test.inspect("xx")["HostConfig"]
            live = self.test.group("xx", "memory", "memory.limit_in_bytes", "memory.max"), self.test.group("xx", "pids", "pids.max", "pids.max")
            seen[:] = [host["Memory"], host["PidsLimit"], *live]
            return [host["Memory"] >> 20, host["PidsLimit"]] in ([64, 50], [96, 70]) and live == (str(host["Memory"]), str(host["PidsLimit"]))
        seen = []
        try:
            until(agree, "the limits are those of the record")
        except AssertionError as fault:
            raise AssertionError(f"{fault}: {seen}") from None


class FirstLimit(Request):
    """Of its kind: version 1 makes a group for it, and moves there who runs."""

    def act(self):
        self.test.must("POST", "/containers/xx/update", {"CpuShares": 512})

    def holds(self):
        container = self.status("running")
        self.act()
        with open(f"/proc/{container['State']['Pid']}/cgroup") as groups:
            of_cpu = [line.strip() for line in groups if re.match(r"0::|\d+:([\w,]+,)?cpu[,:]", line)]
        self.test.assertTrue(any(line.endswith(f"{self.test.cgroup}/{container['Id']}") for line in of_cpu), of_cpu)
        self.test.assertIn(self.test.group("xx", "cpu", "cpu.shares"), (None, "512"))   # version 2 has a weight


class Exec(Request):
    def act(self):
        made = json.loads(self.test.must("POST", "/containers/xx/exec", {"Cmd": ["true"], "AttachStdout": True}))
        self.test.must("POST", f"/exec/{made['Id']}/start", {})

    def holds(self):
        super().holds()
        self.act()


class Publish(Request):
    verb, body = "Publish", {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}

    def act(self):
        self.test.must("POST", "/felucca/containers/xx/ports", {self.verb: self.body})

    def holds(self):
        super().holds()

        def agree():
            container = self.test.inspect("xx")
            count = lambda all: sum(len(ports or []) for ports in (all or {}).values())
            return count(container["HostConfig"]["PortBindings"]) == count(container["NetworkSettings"]["Ports"])
        until(agree, "the ports are those of the record")


class Unpublish(Publish):
    verb, body = "Unpublish", {"80/tcp": []}

    def prepare(self):
        self.container(PortBindings=Publish.body)


class CopyIn(Request):
    def act(self):
        self.test.must("PUT", "/containers/xx/archive", tar(file=b"x" * 300_000, other=b"y"), path="/tmp")

    def holds(self):
        super().holds()
        self.act()
        with tarfile.open(fileobj=io.BytesIO(self.test.ask("GET", "/containers/xx/archive", path="/tmp/file", binary=True)[1])) as found:
            self.test.assertEqual(b"x" * 300_000, found.extractfile("file").read())


class CopyOut(Request):
    def act(self):
        self.test.must("GET", "/containers/xx/archive", path="/etc", binary=True)

    def holds(self):
        self.status("running")
        self.act()


class CopyInCreated(CopyIn):
    def prepare(self):
        self.container(start=False)

    def status(self, *allowed, name="xx"):
        return super().status("created", name=name)


class CopyOutCreated(CopyOut):
    def prepare(self):
        self.container(start=False)

    def status(self, *allowed, name="xx"):
        return super().status("created", name=name)


class Export(CopyOutCreated):
    def act(self):
        self.test.must("GET", "/containers/xx/export", binary=True)


class Commit(Request):
    def prepare(self):
        super().prepare()
        self.test.must("PUT", "/containers/xx/archive", tar(file=b"x" * 300_000), path="/tmp")

    def act(self):
        self.test.must("POST", "/commit", {}, container="xx", repo="committed", tag="latest")

    def holds(self):
        super().holds()
        if self.test.ask("GET", "/images/committed:latest/json")[0] == 200:
            self.test.assertEqual("300000", self.test.ok("run", "--rm", "--network", "none", "committed", "stat", "-c", "%s", "/tmp/file"))

    def undo(self):
        super().undo()
        self.test.ask("DELETE", "/images/committed:latest")


class Uncommit(Commit):
    def prepare(self):
        super().prepare()
        super().act()

    def act(self):
        self.test.must("DELETE", "/images/committed:latest")


class Tag(Request):
    def prepare(self):
        pass

    def act(self):
        self.test.must("POST", f"/images/{BUSYBOX}/tag", repo="other", tag="name")

    def holds(self):
        self.test.ok("run", "--rm", "--network", "none", BUSYBOX, "true")

    def undo(self):
        self.test.ask("DELETE", "/images/other:name")


class Pull(Request):
    def prepare(self):
        pass

    def act(self):
        self.test.assertIn("Status: ", self.test.must("POST", "/images/create", fromImage=LAYERS))

    def holds(self):
        if self.test.ask("GET", f"/images/{LAYERS}/json")[0] == 200:
            self.test.ok("run", "--rm", "--network", "none", LAYERS, "cat", "/opt/which")

    def undo(self):
        self.test.ask("DELETE", "/images/" + LAYERS)


class RemoveImage(Pull):
    def prepare(self):
        super().act()
        self.test.ok("run", "--rm", "--network", "none", LAYERS, "cat", "/opt/which")

    def act(self):
        self.test.must("DELETE", "/images/" + LAYERS)


class PruneImages(RemoveImage):
    def act(self):
        self.test.must("POST", "/images/prune", filters=json.dumps({"dangling": ["false"], "label!": ["kept"]}))

    def holds(self):
        super().holds()
        if self.test.ask("GET", f"/images/{BUSYBOX}/json")[0] != 200:
            self.test.fail("what a container is made of is gone")


class Load(Pull):
    def prepare(self):
        super().act()
        with open(self.test.archive, "wb") as file:
            file.write(self.test.must("GET", f"/images/{LAYERS}/get", binary=True))
        self.undo()

    def act(self):
        with open(self.test.archive, "rb") as file:
            self.test.must("POST", "/images/load", file.read())


class Import(Request):
    def prepare(self):
        pass

    def act(self):
        self.test.must("POST", "/images/create", tar(hello=b"x" * 200_000), fromSrc="-", repo="imported", tag="latest")

    def holds(self):
        if self.test.ask("GET", "/images/imported:latest/json")[0] == 200:
            self.test.must("POST", "/containers/create", {"Image": "imported", "Cmd": ["/hello"]}, name="xx")
            with tarfile.open(fileobj=io.BytesIO(self.test.must("GET", "/containers/xx/archive", path="/hello", binary=True))) as found:
                self.test.assertEqual(200_000, found.getmember("hello").size)

    def undo(self):
        super().undo()
        self.test.ask("DELETE", "/images/imported:latest")


class VolumeCreate(Request):
    def prepare(self):
        pass

    def act(self):
        self.test.must("POST", "/volumes/create", {"Name": "vv", "Labels": {"a": "b"}})

    def holds(self):
        there = self.test.ask("GET", "/volumes/vv")[0] == 200
        self.test.assertEqual(there, os.path.isdir(self.test.engine.data + "/volumes/vv/_data"))
        self.act()

    def undo(self):
        self.test.ask("DELETE", "/volumes/vv")


class VolumeRemove(VolumeCreate):
    def prepare(self):
        VolumeCreate.act(self)
        with open(self.test.engine.data + "/volumes/vv/_data/file", "w") as file:
            file.write("kept")

    def act(self):
        self.test.must("DELETE", "/volumes/vv")

    def holds(self):
        there = self.test.ask("GET", "/volumes/vv")[0] == 200
        self.test.assertEqual(there, os.path.isfile(self.test.engine.data + "/volumes/vv/_data/file"))


class VolumesPrune(VolumeRemove):
    def act(self):
        self.test.must("POST", "/volumes/prune", filters=json.dumps({"all": ["true"]}))


class ContainersPrune(Request):
    def prepare(self):
        self.container("xx", start=False)
        self.container("yy", start=False)

    def act(self):
        self.test.must("POST", "/containers/prune")

    def holds(self):
        self.status("created", None)
        self.status("created", None, name="yy")

    def undo(self):
        super().undo()
        self.test.ask("DELETE", "/containers/yy", v=1)
        self.test.must("POST", "/volumes/prune")               # prune leaves anonymous volumes, as Docker's does


class NetworkCreate(Request):
    body = {"Name": "a-net"}

    def prepare(self):
        pass

    def act(self):
        self.test.must("POST", "/networks/create", self.body)

    def holds(self):
        if self.test.ask("GET", "/networks/a-net")[0] == 200:
            self.test.ok("run", "--rm", "--network", "a-net", BUSYBOX, "true")

    def undo(self):
        super().undo()
        self.test.ask("DELETE", "/networks/a-net")


class NetworkRemove(NetworkCreate):
    def prepare(self):
        NetworkCreate.act(self)

    def act(self):
        self.test.must("DELETE", "/networks/a-net")


class NetworksPrune(NetworkRemove):
    def act(self):
        self.test.must("POST", "/networks/prune")


class Connect(NetworkCreate):
    """The network's name comes before the other's: default route and ports move to it."""

    def prepare(self):
        NetworkCreate.act(self)
        self.container(PortBindings=Publish.body)

    def act(self):
        self.test.must("POST", "/networks/a-net/connect", {"Container": "xx"})

    def holds(self):
        self.status("running")

        def agree():
            container = self.test.inspect("xx")
            with open(f"/proc/{container['State']['Pid']}/net/dev") as devices:
                live = len(re.findall(r"^ *eth\d+:", devices.read(), re.M))
            with open(f"/proc/{container['State']['Pid']}/net/route") as routes:
                ways = [line.split()[0] for line in routes.readlines()[1:] if line.split()[1] == "00000000"]
            networks = container["NetworkSettings"]["Networks"]
            seen[:] = [f"{live} interfaces, networks {sorted(networks)}, ways out {ways}"]
            return live == len(networks) and len(ways) == 1
        seen = []
        try:
            until(agree, "its interfaces are those of the record")
        except AssertionError as fault:
            raise AssertionError(f"{fault}: {seen}") from None
        # And the other way goes through.
        networks = self.test.inspect("xx")["NetworkSettings"]["Networks"]
        self.test.must("POST", f"/networks/a-net/{'disconnect' if 'a-net' in networks else 'connect'}", {"Container": "xx"})
        until(agree, "its interfaces are those of the record")


class Disconnect(Connect):
    def prepare(self):
        super().prepare()
        Connect.act(self)

    def act(self):
        self.test.must("POST", "/networks/a-net/disconnect", {"Container": "xx"})


class MacvlanCreate(NetworkCreate):
    body = {"Name": "a-net", "Driver": "macvlan", "IPAM": {"Config": [{"Subnet": "10.213.0.0/24"}]}}


class MacvlanRemove(NetworkRemove):
    body = MacvlanCreate.body


class MacvlanConnect(Connect):
    body = MacvlanCreate.body


class MacvlanDisconnect(Disconnect):
    body = MacvlanCreate.body


class EndsByItself(Request):
    """`--rm`: its first process is killed from outside."""
    host = {"AutoRemove": True}

    def prepare(self):
        self.container(**self.host)

    def act(self):
        os.kill(self.test.inspect("xx")["State"]["Pid"], 9)
        until(lambda: self.test.inspect("xx") is None, "it is removed")

    def holds(self):
        until(lambda: (self.test.inspect("xx") or {"State": {"Status": "removed"}})["State"]["Status"] in ("removed", "running"),
              "it is removed, or was never killed")


class RestartPolicy(EndsByItself):
    host = {"RestartPolicy": {"Name": "always"}}

    def act(self):
        os.kill(self.test.inspect("xx")["State"]["Pid"], 9)
        until(lambda: self.test.inspect("xx")["RestartCount"] == 1 and self.test.inspect("xx")["State"]["Status"] == "running", "it runs again")

    def holds(self):
        until(lambda: self.test.inspect("xx")["State"]["Status"] == "running", "it runs again")


class HealthCheck(Request):
    settings = {"Healthcheck": {"Test": ["CMD", "true"], "Interval": 300_000_000}}

    def prepare(self):
        self.container(start=False)

    def act(self):
        self.test.must("POST", "/containers/xx/start")
        until(lambda: self.test.inspect("xx")["State"]["Health"]["Status"] == "healthy", "it is healthy")

    def holds(self):
        if self.status("created", "running")["State"]["Status"] == "created":
            self.test.must("POST", "/containers/xx/start")
        until(lambda: self.test.inspect("xx")["State"]["Health"]["Status"] == "healthy", "it is healthy")


class EngineStart(Request):
    """It finds a container that runs, and one to be removed that has ended meanwhile."""

    def prepare(self):
        self.container(PortBindings=Publish.body)
        self.container("yy", AutoRemove=True)

    def target(self):
        engine = self.test.engine
        before, ends = engine.pid(), self.test.inspect("yy")["State"]["Pid"]
        engine.kill9()
        os.kill(ends, 9)
        self.coming = engine.coming()
        until(lambda: self.coming.poll() is not None or engine.pid() not in (None, before), "it is being started")
        return engine.pid()

    def act(self):
        if self.coming.wait() != 0:
            raise OSError("it did not come")
        self.is_removed()

    def is_removed(self):
        until(lambda: self.test.inspect("yy") is None, "what ended meanwhile is removed")

    def holds(self):
        super().holds()
        self.is_removed()


REQUESTS = [EngineStart, Create, Start, StartWithoutNetwork, Stop, Kill, Restart, RemoveRunning, RemoveCreated, Pause, Unpause, Rename, Update, FirstLimit, Exec,
            Publish, Unpublish, CopyIn, CopyOut, CopyInCreated, CopyOutCreated, Export, Commit, Uncommit, Tag, Pull, RemoveImage,
            PruneImages, Load, Import, VolumeCreate, VolumeRemove, VolumesPrune, ContainersPrune, NetworkCreate, NetworkRemove,
            NetworksPrune, Connect, Disconnect, MacvlanCreate, MacvlanRemove, MacvlanConnect, MacvlanDisconnect, EndsByItself,
            RestartPolicy, HealthCheck]


class Kernel(unittest.TestCase):
    """What the drivers rely on where no call lies between two steps: an interface has its alias by a message of its own."""

    def test_messages_of_one_call_are_all_worked_off(self):
        script = """
import os, signal, socket, struct, subprocess
attribute = lambda kind, text: struct.pack("HH", 4 + len(text), kind) + text + bytes(-len(text) % 4)
message = lambda flags, text: struct.pack("IHHII", 32 + len(text), 16, flags, 1, 0) + bytes(16) + text
COUNT = 40
batch = b"".join(message(0x601, attribute(3, b"b%d\\0" % n) + attribute(18, attribute(1, b"bridge\\0")))
                 + message(1, attribute(3, b"b%d\\0" % n) + attribute(20, b"ours")) for n in range(COUNT))
within = 0
while within < 3:                                              # kills that came while the call was under way
    ready, writing = os.pipe()
    child = os.fork()
    if not child:
        route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        route.setsockopt(socket.SOL_SOCKET, 32, 1 << 22)
        os.write(writing, b"x")
        route.send(batch)
        os.write(writing, b"y")
        os._exit(0)
    os.close(writing)
    os.read(ready, 1)
    os.kill(child, signal.SIGKILL)
    whole = os.read(ready, 1)
    os.waitpid(child, 0)
    links = subprocess.run(["ip", "-o", "link", "show", "type", "bridge"], capture_output=True, text=True, check=True).stdout
    made, named = links.count("mtu"), links.count("alias ours")
    within += made > 0 and not whole
    print(made, named)
    subprocess.run(["ip", "-batch", "-"], input="".join(f"link del b{n}\\n" for n in range(made)), text=True, check=True)
"""
        told = subprocess.run(["unshare", "-n", "python3", "-c", script], capture_output=True, text=True, check=True).stdout
        self.assertLessEqual(set(told.splitlines()), {"0 0", "40 40"})


class CrashPoints(Asking):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.mkdtemp(dir=WORK)
        cls.killat, cls.calls, cls.archive = folder + "/killat", folder + "/calls", folder + "/archive"
        subprocess.check_call(["gcc", "-O1", "-o", cls.killat, TOP + "/compat/crash/killat.c"])
        cls.cgroup = f"/felucca-points-{os.getpid()}"
        cls.addClassCleanup(cls.forget_cgroup, cls.cgroup)

    def test_each_request_is_done_or_not_at_all(self):
        print(f"seed {SEED}, {POINTS or 'all'} points of each", flush=True)
        self.ok("run", "-d", "--name", "base", "--cgroup-parent", self.cgroup, "-p", "127.0.0.1::80", BUSYBOX, "sleep", "100000")
        dice = random.Random(SEED)
        kinds = [kind for kind in REQUESTS if ASKED == ["all"] or kind.__name__ in ASKED] or dice.sample(REQUESTS, SOME)
        for kind in kinds:
            request = kind(self)
            with self.subTest(kind.__name__):
                self.points(request, dice)

    def points(self, request, dice):
        name = type(request).__name__
        request.prepare()
        self.assertFalse(self.traced(request, 0))
        with open(self.calls) as file:
            number = len(file.readlines())
        request.undo()
        self.engine.kill9()
        self.engine.up()
        before = self.settled()
        some = range(1, number + 1) if not POINTS else sorted(dice.sample(range(1, number + 1), min(POINTS, number)))
        print(f"{name}: {number} calls", flush=True)
        faults = []
        for point in some:
            request.prepare()
            killed = self.traced(request, point)
            with open(self.calls) as file:
                calls = file.read().splitlines()
            where = f"{name}, before call {point} of {number}: {calls[-2:]}"
            if not killed:
                self.engine.kill9()                              # it had fewer calls this time
            try:
                self.engine.up()
                request.holds()
                request.undo()
                self.same(before)
                self.assertEqual("running", self.inspect("base")["State"]["Status"])
            except Exception as fault:
                faults.append(f"{where}: {fault}\n" + "\n".join(calls[-12:]))
                print(faults[-1], flush=True)
                request.undo()
                before = self.settled()                          # what is left is not held against the next
        self.assertEqual([], faults, f"seed {SEED}")

    def traced(self, request, point):
        """Does it under the tracer; whether the engine was killed."""
        tracer = subprocess.Popen([self.killat, str(request.target()), str(point), self.calls], stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual("ready\n", tracer.stdout.readline())
            request.act()
        except (OSError, AssertionError) as trouble:
            try:
                until(self.killed, "the engine was killed")
            except AssertionError as lives:
                raise AssertionError(f"{lives}, but {trouble!r}") from trouble
        finally:
            if tracer.poll() is None:
                tracer.terminate()
            tracer.wait()
            tracer.stdout.close()
        if self.killed():
            self.engine.gone()
        return self.killed()

    def killed(self):
        with open(self.calls) as file:
            return "killed" in file.read().splitlines()[-1:]

    def settled(self):
        """What there is, once nothing changes any more."""
        seen = []

        def quiet():
            seen.append(self.seen())
            return len(seen) > 10 and all(one == seen[-1] for one in seen[-10:])
        until(quiet, "nothing changes any more", 60)
        return seen[-1]

    def same(self, before):
        try:
            until(lambda: self.seen() == before, "all is as before")
        except AssertionError:
            now = self.seen()
            differ = [f"{kind}: more {sorted(set(now[kind]) - set(before[kind]))}, less {sorted(set(before[kind]) - set(now[kind]))}"
                      for kind in now if now[kind] != before[kind]]
            if differ:
                raise AssertionError("\n".join(differ)) from None

    def seen(self):
        """All that an engine makes: files, mounts, interfaces, tables, control groups, processes."""
        run = lambda *words: subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
        return {
            "files": sorted(self.files()),
            "mounts": sorted(self.mounts()),
            "links": sorted(re.sub(r"^\d+: |@if\d+|state \w+ |<.*?> |link-netns\S* \S+|link-netnsid \d+", "", line) for line in run("ip", "-o", "link")),
            "nft": run("nft", "-s", "list", "ruleset"),
            "groups": sorted(self.groups()),
            "processes": sorted(self.processes()),
        }

    def files(self):
        for top in (self.engine.data, self.engine.run):
            for directory, below, names in os.walk(top):
                # Not what it says, and not the framework's copies of bundles, which are numbered anew at each start.
                below[:] = set(below) - {"log", "osgi"}
                # What a pull had got of a blob is kept for the next, which goes on with it.
                yield from (f"{directory}/{name}" for name in [*below, *names] if not name.startswith("sha256:"))

    def mounts(self):
        with open("/proc/self/mountinfo") as mounts:
            return [line.split()[4] for line in mounts if self.engine.home in line]

    def groups(self):
        found = subprocess.run(["find", "/sys/fs/cgroup", "-path", f"*{self.cgroup}/*", "-type", "d"], capture_output=True, text=True)
        return found.stdout.splitlines()                         # others' groups may go while it looks

    def processes(self):
        """Names of those in this namespace or of this engine, but for the engine and this test's."""
        ours, engine = os.readlink("/proc/self/ns/net"), self.engine.pid()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/comm") as file:
                    comm = file.read().strip()
                with open(f"/proc/{pid}/mountinfo") as file:
                    inside = self.engine.home in file.read() and os.readlink(f"/proc/{pid}/ns/mnt") != os.readlink("/proc/self/ns/mnt")
                if int(pid) != engine and (inside or comm == "felucca-shim" and os.readlink(f"/proc/{pid}/ns/net") == ours):
                    yield comm
            except OSError:
                continue


if __name__ == "__main__":
    unittest.main()
