"""Drivers stopped, swapped and updated under running containers, as a person does it in the Gogo shell."""
import glob
import shutil

from engine import BUSYBOX, EngineTest, until


class Swap(EngineTest):
    def tearDown(self):
        self.doCleanups()  # bundles are started before containers are removed
        super().tearDown()

    def bundle(self, symbolic_name):
        """The id of an installed bundle."""
        for line in self.engine.shell("lb -s").splitlines():
            if symbolic_name in line:
                return line.split("|")[0].strip()
        raise AssertionError(symbolic_name + " is not installed")

    def test_storage_is_swapped_under_running_containers(self):
        self.ok("run", "-d", "--name", "on", BUSYBOX, "sh", "-c", "while :; do echo x; sleep 0.1; done")
        overlay = self.bundle("dev.felucca.plugin-storage-overlay")
        self.addCleanup(self.engine.shell, f"felix:start {overlay}")
        self.engine.shell(f"felix:stop {overlay}")
        self.assertEqual(["on"], self.engine.names())
        before = len(self.ok("logs", "on"))
        until(lambda: len(self.ok("logs", "on")) > before, "the container goes on")
        self.assertEqual("in", self.ok("exec", "on", "echo", "in"))
        self.refused("run", "--rm", BUSYBOX, "true", code=125, says="overlay")

        available = glob.glob(self.distribution() + "/bundles-available/*storage-vfs*.jar")
        shutil.copy(available[0], self.engine.data + "/deploy/vfs.jar")
        until(lambda: "vfs" in self.engine.shell("felucca:driver list"), "vfs is there")
        self.assertIn("from vfs", self.engine.shell(f"felucca:run --rm --storage vfs {BUSYBOX} echo from vfs"))
        with open(self.engine.home + "/run/felucca.pid"):
            pass
        self.engine.shell("felucca:driver default storage vfs")
        self.assertEqual("again", self.ok("run", "--rm", BUSYBOX, "echo", "again"))

        self.engine.shell(f"felix:start {overlay}")
        self.engine.shell(f"felix:update {overlay} file:{self.newer_build()}")
        self.engine.shell("felucca:driver default storage overlay")
        self.ok("stop", "-t", "0", "on")
        self.ok("start", "on")
        self.assertEqual(["on"], self.engine.names())

    def test_isolation_is_updated_under_running_containers(self):
        self.ok("run", "-d", "--name", "on", BUSYBOX, "sh", "-c", "n=0; while :; do n=$((n+1)); echo $n; usleep 20000; done")
        isolation = self.bundle("dev.felucca.plugin-isolation-linux")
        pid = self.engine.inspect("on", "State.Pid")
        self.addCleanup(self.engine.shell, f"felix:start {isolation}")
        self.engine.shell(f"felix:stop {isolation}")
        self.assertEqual(["on"], self.engine.names())
        self.refused("run", "--rm", BUSYBOX, "true", code=125, says="linux")
        self.refused("exec", "on", "true", says="linux")
        self.engine.shell(f"felix:start {isolation}")
        until(lambda: self.docker("exec", "on", "true").returncode == 0, "exec works again")
        before = len(self.ok("logs", "on"))
        until(lambda: len(self.ok("logs", "on")) > before, "the log goes on")
        lines = self.ok("logs", "on").split()
        self.assertEqual([str(n) for n in range(1, len(lines) + 1)], lines)
        self.assertEqual(pid, self.engine.inspect("on", "State.Pid"))
        self.ok("stop", "-t", "0", "on")

    def distribution(self):
        with open(f"/proc/{self.engine.pid()}/cmdline", "rb") as file:
            words = file.read().decode().split("\0")
        return words[words.index("--home") + 1]

    def newer_build(self):
        jar = glob.glob(self.distribution() + "/bundles/**/*storage-overlay*.jar", recursive=True)[0]
        copy = self.engine.home + "/overlay-newer.jar"
        shutil.copy(jar, copy)
        return copy

    def test_explain_and_driver_commands(self):
        self.ok("create", "--name", "xx", BUSYBOX, "true")
        out = self.engine.shell("felucca:explain xx")
        for word in ("execve", "pivot_root", "overlay", "newlink"):
            self.assertIn(word, out)
        out = self.engine.shell("felucca:driver containers overlay")
        self.assertIn(self.engine.inspect("xx", "Id"), out)
