"""What containers leave on the host and on disk while they are there, compared with the containers that are."""
import glob
import hashlib
import json
import os
import re
import subprocess

from engine import until

HIERARCHIES = ("/sys/fs/cgroup", "/sys/fs/cgroup/*")   # version 2, and each of version 1


class Traces:
    """Of one engine in a network namespace of its own, whose containers all have this cgroup parent."""

    def __init__(self, engine, cgroup):
        self.engine, self.cgroup = engine, cgroup

    def check(self, look):
        """Compares with what `docker inspect` says, which `look` answers. What an engine does after it is ready may take a moment,
        and what was signalled before may end in it: both are asked anew until they agree."""
        def differ():
            containers = look()
            expected, found = self.expected(containers), self.found(containers)
            faults[:] = [f"{kind}: there are {sorted(found[kind])}, there should be {sorted(expected[kind])}"
                         for kind in expected if found[kind] != expected[kind]]
            return faults
        faults = []
        try:
            until(lambda: not differ(), "what there is agrees with what is told")
        except AssertionError:
            raise AssertionError("\n".join(faults)) from None

    def expected(self, containers):
        running = [container for container in containers if container["State"]["Running"]]
        places = [name for container in running for name in container["NetworkSettings"]["Networks"] if name not in ("none", "host")]
        ids = lambda some: {container["Id"][:12] for container in some}
        return {
            "first processes": {str(container["State"]["Pid"]) for container in running},
            "shims": len(running) * ["shim"],
            "cgroups": ids(running),
            "links": len(places) * ["veth"],
            "published ports": {binding["HostPort"] for container in running
                                for bindings in container["NetworkSettings"]["Ports"].values() for binding in bindings or []},
            "host mounts": set(),
            "snapshots": ids(containers),
            "records": ids(containers),
            "run records": ids(running),
            "runs of nobody": set(),
            "volumes": {mount["Name"] for container in containers for mount in container["Mounts"] if mount["Type"] == "volume"},
        }

    def found(self, containers):
        first, shims = self.processes()
        return {
            "first processes": first,
            "shims": shims,
            "cgroups": {path.rsplit("/", 1)[1][:12] for path in self.cgroups()},
            "links": ["veth" for _ in self.run("ip", "-o", "link", "show", "type", "veth").splitlines()],
            "published ports": self.ports(),
            "host mounts": self.mounts(),
            "snapshots": self.snapshots(),
            "records": {name[:12] for name in os.listdir(self.engine.data + "/containers")},
            "run records": {path.split("/")[-2][:12] for path in glob.glob(self.engine.run + "/c/*/run.json")},
            # One without a record says that the isolation driver may have something of that container; gone with its next run.
            "runs of nobody": {name[:12] for name in os.listdir(self.engine.run + "/c")}
            - {container["Id"][:12] for container in containers},
            "volumes": set(self.engine.ok("volume", "ls", "-q").split()),
        }

    def processes(self):
        """Pids of the containers' first processes, and a word for each shim of this namespace."""
        ours = os.readlink("/proc/self/ns/net")
        first, shims = set(), []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/comm") as file:
                    if file.read() == "felucca-shim\n":
                        shims += ["shim"] if os.readlink(f"/proc/{pid}/ns/net") == ours else []
                        continue
                with open(f"/proc/{pid}/status") as file:
                    inside = re.search(r"^NSpid:\t\d+\t(\d+)$", file.read(), re.M)
                with open(f"/proc/{pid}/mountinfo") as file:
                    in_a_container = self.engine.home in file.read()
            except OSError:
                continue
            if in_a_container and inside and inside.group(1) == "1":
                first.add(pid)
        return first, shims

    def cgroups(self):
        return [path for hierarchy in HIERARCHIES for path in glob.glob(hierarchy + self.cgroup + "/*") if os.path.isdir(path)]

    def ports(self):
        mark = hashlib.sha256(self.engine.data.encode()).hexdigest()[:8]
        return set(re.findall(r"\. tcp \. (\d+) :", self.run("nft", "list", "table", "inet", "felucca-" + mark)))

    def mounts(self):
        with open("/proc/self/mountinfo") as mounts:
            return {line.split()[4] for line in mounts if self.engine.home in line}

    def snapshots(self):
        found = set()
        for file in glob.glob(self.engine.data + "/overlay/snapshots/*.json"):
            try:
                with open(file) as content:
                    row = json.load(content)
            except FileNotFoundError:
                continue
            if row["kind"] == "active":
                found.add(row["key"].removeprefix("container-")[:12])
        return found

    def forget(self):
        """Removes the cgroup parent, which is the test's and not the engine's."""
        for hierarchy in HIERARCHIES:
            for parent in glob.glob(hierarchy + self.cgroup):
                os.rmdir(parent)

    @staticmethod
    def run(*words):
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout
