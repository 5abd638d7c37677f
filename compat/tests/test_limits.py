"""Every limit of `docker run`, proved by being hit: on cgroup v1 where that is what the host has, on v2 in the virtual machine."""
import json
import os
import re
import socket
import subprocess
import tempfile
import time

from engine import BUSYBOX, EngineTest, until

V2 = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
BURN = "while :; do :; done"


def disk():
    """The path of a whole disk that can be read, or None."""
    for name in ("vda", "sda", "nvme0n1"):
        try:
            with open("/dev/" + name, "rb"):
                return "/dev/" + name
        except OSError:
            continue  # not there, or closed to us too
    return None


class Limits(EngineTest):
    def disk(self):
        """As disk(), or one that the kernel makes of a file."""
        found = disk()
        if found or not os.path.exists("/dev/loop-control"):
            return found
        file = tempfile.NamedTemporaryFile(dir=self.engine.home)
        self.addCleanup(file.close)
        file.write(os.urandom(16 << 20))
        file.flush()
        made = subprocess.run(["losetup", "--find", "--show", file.name], capture_output=True, text=True)
        if made.returncode:
            return None
        device = made.stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", device], check=True)
        return device

    def group(self, name, controller, file):
        """What the kernel says of a container's group."""
        identity = self.engine.inspect(name, "Id")
        base = "/sys/fs/cgroup/felucca" if V2 else f"/sys/fs/cgroup/{controller}/felucca"
        with open(f"{base}/{identity}/{file}") as text:
            return text.read().strip()

    def processor_time(self, name):
        """Nanoseconds it has used."""
        if not V2:
            return int(self.group(name, "cpuacct", "cpuacct.usage"))
        return int(re.search(r"usage_usec (\d+)", self.group(name, "", "cpu.stat")).group(1)) * 1000

    def periods(self, name):
        """How many periods of its quota there were, and in how many it used up all of it."""
        text = self.group(name, "cpu", "cpu.stat")
        return tuple(int(re.search(rf"nr_{word} (\d+)", text).group(1)) for word in ("periods", "throttled"))

    def assertShare(self, name, share, count=25):
        """Over many periods of 100 ms: where it used up its quota it had all of it, and in none did it have more, within ten percent.

        Nothing of this depends on how busy the machine is: periods in which others kept it from its quota count against the upper bound
        alone, and time is the kernel's that gives the periods. But a processor that is taken away from an emulated machine has the kernel
        charge what it did not see, and pay it back in later periods: so the look grows until that no longer counts.
        """
        used, (periods, throttled) = self.processor_time(name), self.periods(name)
        seen = []

        def within():
            now = self.periods(name)
            took = (self.processor_time(name) - used) / 1e9
            least, most = 0.9 * share * 0.1 * (now[1] - throttled), 1.1 * share * 0.1 * (now[0] - periods)
            seen[:] = [f"{took:.3f} s of processor in {now[0] - periods} periods, {now[1] - throttled} of them used up"]
            return now[1] >= throttled + count and least <= took <= most
        try:
            until(within, "its share of the processor", 60)
        except AssertionError as failure:
            raise AssertionError(f"{failure} {share}: {seen}") from None

    def bytes_read(self, name, device):
        """By direct reads of a device."""
        number = os.stat(device).st_rdev
        which = f"{os.major(number)}:{os.minor(number)} "
        for line in self.group(name, "blkio", "io.stat" if V2 else "blkio.throttle.io_service_bytes").splitlines():
            found = re.search(r"rbytes=(\d+)" if V2 else r"Read (\d+)", line)
            if line.startswith(which) and found:
                return int(found.group(1))
        return 0

    def update(self, name, body):
        """By the API: the CLI has no option for what this changes."""
        self.assertEqual(200, self.api("POST", f"/containers/{name}/update", body)[0])

    def events(self, name, since):
        text = self.ok("events", "--since", str(since), "--until", str(time.time()), "--filter", f"container={name}", "--format", "{{.Action}}")
        return text.split()

    def test_memory_is_limited_and_the_kill_is_flagged_and_told(self):
        since = int(time.time())
        result = self.docker("run", "--name", "mem", "-m", "16m", BUSYBOX, "tail", "/dev/zero")
        self.assertEqual(137, result.returncode)
        self.assertTrue(self.engine.inspect("mem", "State.OOMKilled"))
        until(lambda: self.events("mem", since).count("oom") == 1, "one event")

    def test_a_kill_inside_is_told_while_the_container_goes_on(self):
        since = int(time.time())
        self.ok("run", "-d", "--name", "mem", "-m", "16m", BUSYBOX, "sh", "-c", "tail /dev/zero; echo lived; sleep 1000")
        until(lambda: "lived" in self.ok("logs", "mem"), "one was killed")
        until(lambda: self.events("mem", since).count("oom") == 1, "it is told")
        self.assertTrue(self.engine.inspect("mem", "State.OOMKilled"))
        self.assertTrue(self.engine.inspect("mem", "State.Running"))
        self.ok("kill", "mem")
        self.assertEqual(1, self.events("mem", since).count("oom"), "not again at its end")

    def test_processes_are_limited(self):
        result = self.docker("run", "--rm", "--pids-limit", "5", BUSYBOX, "sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 9 & done; wait")
        self.assertIn("fork", result.stderr)

    def test_processor_time_is_limited_within_ten_percent(self):
        self.ok("run", "-d", "--name", "cpu", "--cpus", "0.2", BUSYBOX, "sh", "-c", BURN)
        self.assertShare("cpu", 0.2)
        self.ok("update", "--cpus", "0.1", "cpu")
        self.assertShare("cpu", 0.1)
        self.refused("update", "--cpu-period", "50000", "cpu", says="CPU Period cannot be updated as NanoCPUs has already been set")

    def test_only_the_processors_of_the_set_are_used(self):
        allowed = self.ok("run", "--rm", "--cpuset-cpus", "0", BUSYBOX, "sh", "-c", "nproc; grep Cpus_allowed_list /proc/self/status")
        self.assertEqual(["1", "Cpus_allowed_list:", "0"], allowed.split())
        self.refused("run", "--rm", "--cpuset-cpus", "77", BUSYBOX, "true", code=125,
                     says="Requested CPUs are not available - requested 77, available: ")
        self.refused("run", "--rm", "--cpuset-cpus", "x", BUSYBOX, "true", code=125, says="Invalid value x for cpuset cpus")

    def test_ulimits_are_hit(self):
        result = self.docker("run", "--rm", "--ulimit", "fsize=4096", "--ulimit", "nofile=9:9", BUSYBOX, "sh", "-c",
                             "ulimit -n; dd if=/dev/zero of=/f bs=1k count=9; echo $?")
        self.assertEqual("9", result.stdout.split()[0])
        self.assertNotEqual("0", result.stdout.split()[-1])

    def test_sizes_of_tmpfs_and_shared_memory(self):
        result = self.docker("run", "--rm", "--tmpfs", "/t:size=1m", "--shm-size", "2m", BUSYBOX, "sh", "-c",
                             "dd if=/dev/zero of=/t/f bs=64k count=99; dd if=/dev/zero of=/dev/shm/f bs=64k count=99; wc -c /t/f /dev/shm/f")
        self.assertEqual(2, result.stderr.count("No space left"))
        self.assertIn(str(1 << 20), result.stdout)
        self.assertIn(str(2 << 20), result.stdout)

    def test_the_rate_of_reading_a_device(self):
        device = self.disk()
        if not device:
            self.skipTest("no disk here that can be read")
        self.ok("run", "-d", "--name", "io", "--device", device + ":" + device + ":r", "--device-read-bps", device + ":1mb", BUSYBOX,
                "sh", "-c", f"while :; do dd if={device} of=/dev/null bs=64k count=160 iflag=direct 2>/dev/null; done")

        def rate(seconds):
            """MB a second, over at least so long, from one moment of reading to another."""
            begin, before = time.monotonic(), self.bytes_read("io", device)
            until(lambda: time.monotonic() > begin + seconds and self.bytes_read("io", device) > before, "it reads")
            return (self.bytes_read("io", device) - before) / (time.monotonic() - begin) / (1 << 20)

        until(lambda: self.bytes_read("io", device) > 1 << 20, "it has used up what it had in advance")
        self.assertLessEqual(rate(3), 1.1)
        self.update("io", {"BlkioDeviceReadBps": [{"Path": device, "Rate": 8 << 20}]})
        self.assertEqual(8 << 20, self.engine.inspect("io", "HostConfig.BlkioDeviceReadBps")[0]["Rate"])
        until(lambda: rate(0.5) > 1.5, "it reads more quickly")

    def test_weights_and_rates_of_devices_are_changed_while_it_runs(self):
        device = disk()
        if not device or not V2:
            self.skipTest("no disk here that can be read, or no control groups v2")
        number = os.stat(device).st_rdev
        which = f"{os.major(number)}:{os.minor(number)}"
        self.ok("run", "-d", "--name", "bl", "--blkio-weight", "300", BUSYBOX, "sleep", "1000")
        if not self.engine.inspect("bl", "HostConfig.BlkioWeight"):
            self.skipTest("this kernel has no weights")
        base = "/sys/fs/cgroup/felucca/" + self.engine.inspect("bl", "Id")
        bfq = os.path.exists(base + "/io.bfq.weight")
        self.assertIn("300" if bfq else "default 2930", self.group("bl", "io", "io.bfq.weight" if bfq else "io.weight"))
        self.ok("update", "--blkio-weight", "600", "bl")
        self.assertIn("600" if bfq else "default 5960", self.group("bl", "io", "io.bfq.weight" if bfq else "io.weight"))
        rates = {"BlkioDeviceReadBps": 1 << 20, "BlkioDeviceWriteBps": 2 << 20, "BlkioDeviceReadIOps": 300, "BlkioDeviceWriteIOps": 400}
        self.update("bl", {key: [{"Path": device, "Rate": each}] for key, each in rates.items()})
        self.assertIn(f"{which} rbps=1048576 wbps=2097152 riops=300 wiops=400", self.group("bl", "io", "io.max"))
        self.ok("restart", "-t", "0", "bl")
        self.assertIn(f"{which} rbps=1048576 wbps=2097152 riops=300 wiops=400", self.group("bl", "io", "io.max"))

    def test_devices_are_closed_but_for_those_allowed(self):
        device = "mknod /d c 10 229; (: </d) && echo open"
        self.assertIn("not permitted", self.docker("run", "--rm", BUSYBOX, "sh", "-c", device).stderr)
        self.assertNotIn("not permitted", self.docker("run", "--rm", "--device-cgroup-rule", "c 10:229 rwm", BUSYBOX, "sh", "-c", device).stderr)

    def test_update_changes_what_runs_and_stays(self):
        self.ok("run", "-d", "--name", "upd", "-m", "64m", BUSYBOX, "sleep", "1000")
        self.refused("update", "-m", "256m", "upd", says="Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time")
        self.refused("update", "-m", "1m", "upd", says="Minimum memory limit allowed is 6MB")
        self.ok("update", "-m", "256m", "--memory-swap", "-1", "--memory-reservation", "32m", "--pids-limit", "33", "--cpu-shares", "512",
                "--cpu-quota", "30000", "--cpu-period", "60000", "--cpuset-cpus", "0", "--restart", "on-failure:3", "upd")
        wanted = {
            "memory.max" if V2 else "memory.limit_in_bytes": ("memory", str(256 << 20)),
            "memory.low" if V2 else "memory.soft_limit_in_bytes": ("memory", str(32 << 20)),
            "pids.max": ("pids", "33"),
            "cpuset.cpus": ("cpuset", "0"),
            **({"cpu.max": ("cpu", "30000 60000"), "cpu.weight": ("cpu", "59")} if V2 else
               {"cpu.cfs_quota_us": ("cpu", "30000"), "cpu.cfs_period_us": ("cpu", "60000"), "cpu.shares": ("cpu", "512")}),
        }
        self.assertEqual({name: value for name, (_, value) in wanted.items()},
                         {name: self.group("upd", controller, name) for name, (controller, _) in wanted.items()})
        host = self.engine.inspect("upd", "HostConfig")
        self.assertEqual((256 << 20, -1, 32 << 20, 33, 512, 30000, 60000, "0", {"Name": "on-failure", "MaximumRetryCount": 3}),
                         tuple(host[key] for key in ("Memory", "MemorySwap", "MemoryReservation", "PidsLimit", "CpuShares", "CpuQuota", "CpuPeriod",
                                                     "CpusetCpus", "RestartPolicy")))
        self.ok("restart", "-t", "0", "upd")
        self.assertEqual("33", self.group("upd", "pids", "pids.max"))
        self.assertEqual("upd", self.engine.shell("update --pids-limit 44 upd").strip())
        self.assertEqual("44", self.group("upd", "pids", "pids.max"))
        self.ok("update", "--cpu-shares", "600", "upd")
        self.assertEqual("44", self.group("upd", "pids", "pids.max"), "what is not named stays")
        self.ok("update", "--pids-limit", "-1", "upd")
        self.assertEqual("max", self.group("upd", "pids", "pids.max"))

    def test_stats_show_what_is_used(self):
        self.ok("run", "-d", "--name", "sta", "-m", "64m", "--pids-limit", "9", BUSYBOX, "sh", "-c", "head -c 8m /dev/zero >/dev/shm/f; " + BURN)
        until(lambda: self.processor_time("sta") > 1e8, "it burns")
        one = json.loads(self.ok("stats", "--no-stream", "--format", "json"))
        self.assertEqual("sta", one["Name"])
        self.assertGreater(float(one["CPUPerc"].rstrip("%")), 5)
        self.assertIn("/ 64MiB", one["MemUsage"])
        self.assertGreater(float(one["MemPerc"].rstrip("%")), 10)
        self.assertEqual("1", one["PIDs"])
        text = self.engine.docker("stats", "--no-stream", "--no-trunc", "sta").stdout
        self.assertIn(self.engine.inspect("sta", "Id"), text)
        self.assertIn("/ 67.1MB", self.engine.shell("stats sta"))

    def test_pause_stops_its_processes(self):
        self.ok("run", "-d", "--name", "pau", BUSYBOX, "sh", "-c", BURN)
        self.ok("pause", "pau")
        used = self.processor_time("pau")
        self.ok("run", "--rm", BUSYBOX, "true")  # others go on meanwhile
        self.assertEqual(used, self.processor_time("pau"))
        self.ok("unpause", "pau")
        until(lambda: self.processor_time("pau") > used, "it goes on")

    def test_a_parent_of_ones_own(self):
        parent = "/vm-own" + str(os.getpid())
        self.ok("run", "-d", "--name", "own", "--cgroup-parent", parent, BUSYBOX, "sleep", "1000")
        base = "/sys/fs/cgroup" if V2 else "/sys/fs/cgroup/pids"
        self.assertTrue(os.path.exists(f"{base}{parent}/{self.engine.inspect('own', 'Id')}/cgroup.procs"))
        self.ok("rm", "-f", "own")
        folders = [base] if V2 else ["/sys/fs/cgroup/" + name for name in os.listdir("/sys/fs/cgroup")]
        for folder in folders:
            if os.path.isdir(folder + parent):
                os.rmdir(folder + parent)

    def test_its_group_looks_like_the_root_of_all(self):
        text = self.ok("run", "--rm", BUSYBOX, "cat", "/proc/self/cgroup")
        for line in text.splitlines():
            self.assertEqual("/", line.split(":", 2)[2])

    def test_what_the_kernel_lacks_is_discarded_with_a_warning_or_refused(self):
        result = self.docker("create", "--memory-swappiness", "50", "--oom-kill-disable", "-m", "64m", BUSYBOX)
        self.assertEqual(0, result.returncode, result.stderr)
        if V2:
            self.assertIn("Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
                          result.stderr)
            self.assertIn("Your kernel does not support OomKillDisable. OomKillDisable discarded.", result.stderr)
        if V2:
            self.refused("create", "--cpu-rt-runtime", "1000", BUSYBOX, says="Your kernel does not support CPU real-time scheduler")
        info = json.loads(self.ok("info", "--format", "{{json .}}"))
        self.assertEqual(not V2, info["OomKillDisable"])
        self.assertTrue(info["MemoryLimit"] and info["PidsLimit"] and info["CPUSet"] and info["CpuCfsQuota"])

    def test_containers_and_their_limits_outlive_the_engine(self):
        self.ok("run", "-d", "--name", "kil", "-m", "32m", BUSYBOX, "sh", "-c", "while [ ! -e /go ]; do usleep 50000; done; tail /dev/zero")
        self.engine.kill9()
        self.engine.up()
        self.ok("exec", "kil", "touch", "/go")
        self.assertEqual("137", self.ok("wait", "kil"))
        self.assertTrue(self.engine.inspect("kil", "State.OOMKilled"))
