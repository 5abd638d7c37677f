"""A data root that is full: each step says so, leaves nothing half done, and works again when there is room."""
import json
import os
import subprocess
import tempfile
import unittest

from engine import BUSYBOX, LAYERS, REGISTRY, WORK, Engine, EngineTest, until

SMALL = REGISTRY + "/library/busybox:zstd"
SIZE = "160m"
FULL = "no space left on device"


class Full(EngineTest):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine("full")
        # Not below the engine's home, where a mount would be something left behind.
        cls.engine.data = tempfile.mkdtemp(prefix="small-", dir=WORK)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=" + SIZE, "tmpfs", cls.engine.data], check=True)
        cls.addClassCleanup(cls.unmount)
        cls.engine.up()
        cls.addClassCleanup(cls._end)
        cls.engine.ok("pull", "-q", BUSYBOX)

    @classmethod
    def unmount(cls):
        subprocess.run(["umount", cls.engine.data], check=True)
        os.rmdir(cls.engine.data)

    def tearDown(self):
        self.free()
        super().tearDown()

    def fill(self):
        """Not one byte more can be written."""
        with open(self.engine.data + "/fill", "ab", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def free(self):
        if os.path.exists(self.engine.data + "/fill"):
            os.remove(self.engine.data + "/fill")

    def tree(self, *names):
        """What there is in the data root, but for what the containers' own files and logs are made of."""
        found = []
        for name in names:
            for directory, below, files in os.walk(f"{self.engine.data}/{name}"):
                found += [f"{directory}/{each}" for each in below + files]
        return sorted(found)

    def no_room(self, *words):
        result = self.docker(*words, timeout=120)
        self.assertNotEqual(0, result.returncode, words)
        self.assertIn(FULL, (result.stdout + result.stderr).lower(), words)

    def number(self, name):
        return int(self.ok("exec", name, "cat", "/dev/shm/n") or 0)

    def goes_on(self, name):
        before = self.number(name)
        until(lambda: self.number(name) > before, name + " goes on")

    def test_each_step_says_so_and_undoes_what_it_began(self):
        big = self.engine.home + "/big"
        with open(big, "wb") as file:
            file.write(os.urandom(4 << 20))
        script = "n=0; while :; do n=$((n+1)); echo $n > /dev/shm/n; echo line $n; usleep 20000; done"
        for name in ("on", "goes", "gone"):
            self.ok("run", "-d", "--name", name, "-v", "data:/data", BUSYBOX, "sh", "-c", script)
        self.ok("run", "--name", "old", BUSYBOX, "sh", "-c", "echo kept > /kept; echo said")
        self.ok("exec", "on", "sh", "-c", "echo kept > /data/kept; echo mine > /mine")
        self.ok("network", "create", "other")
        self.addCleanup(self.ok, "network", "rm", "other")
        archive = self.engine.home + "/archive"
        self.ok("pull", "-q", SMALL)
        self.ok("save", "-o", archive, SMALL)
        self.ok("rmi", SMALL)
        images, volumes = self.ok("images", "-q"), self.ok("volume", "ls", "-q")
        places = ("containers", "volumes", "volume-records", "overlay", "content", "images")

        self.fill()
        before = self.tree(*places)
        self.no_room("cp", big, "on:/big")
        self.no_room("cp", big, "old:/data-big")
        self.no_room("cp", big, "on:/data/big")
        self.no_room("pull", "-q", LAYERS)
        self.no_room("create", "--name", "never", BUSYBOX, "true")
        self.no_room("run", "--name", "never", BUSYBOX, "true")
        self.no_room("run", "-d", "--name", "never", "-v", "new:/new", BUSYBOX, "true")
        self.no_room("volume", "create", "new")
        self.no_room("commit", "old", "made:full")
        self.no_room("network", "create", "new")
        self.no_room("network", "connect", "other", "on")
        self.no_room("network", "connect", "other", "old")
        self.no_room("rename", "old", "older")
        self.no_room("rename", "on", "off")
        self.no_room("update", "--memory", "64m", "--memory-swap", "64m", "goes")
        self.no_room("tag", BUSYBOX, "another:name")
        self.no_room("import", big, "made:import")
        self.no_room("load", "-i", archive)
        self.assertEqual(set(), set(self.tree(*places)) ^ set(before))
        self.assertEqual((images, volumes), (self.ok("images", "-q"), self.ok("volume", "ls", "-q")))
        self.assertEqual({"on", "goes", "gone", "old"}, set(self.engine.names("-a")))
        for name in ("on", "old"):
            self.assertEqual(["bridge"], list(self.engine.inspect(name, "NetworkSettings.Networks")))
        self.assertEqual(0, self.engine.inspect("goes", "HostConfig.Memory"))
        self.assertNotIn("new", self.ok("network", "ls", "--format", "{{.Name}}").split())
        for name in ("on", "goes", "gone"):
            self.goes_on(name)
        again = self.docker("start", "old")
        if again.returncode != 0:
            self.assertIn(FULL, again.stderr.lower())

        # What gives room, or says what has happened, needs none.
        self.ok("stop", "-t", "0", "goes")
        self.assertEqual((137, "exited"), (self.engine.inspect("goes", "State.ExitCode"), self.engine.inspect("goes", "State.Status")))
        self.ok("rm", "-f", "gone")
        self.fill()
        self.assertEqual({"on", "goes", "old"}, set(self.engine.names("-a")))
        self.assertFalse(any("/gone" in name for name in self.tree("containers")))

        self.engine.kill9()
        self.engine.up()
        self.fill()
        self.assertEqual({"on", "goes", "old"}, set(self.engine.names("-a")))
        self.assertEqual(["on"], self.engine.names())
        self.assertEqual(137, self.engine.inspect("goes", "State.ExitCode"))
        self.assertEqual((images, volumes), (self.ok("images", "-q"), self.ok("volume", "ls", "-q")))
        self.goes_on("on")

        self.free()
        self.assertEqual("kept mine", self.ok("exec", "on", "sh", "-c", "echo $(cat /data/kept /mine)"))
        lines = len(self.ok("logs", "on").splitlines())
        until(lambda: len(self.ok("logs", "on").splitlines()) > lines, "its log goes on")
        self.assertEqual({"said"}, set(self.ok("logs", "old").splitlines()))
        self.ok("cp", big, "on:/big")
        self.assertEqual(str(4 << 20), self.ok("exec", "on", "stat", "-c", "%s", "/big"))
        self.assertEqual(1, len(self.engine.inspect("on", "NetworkSettings.Networks")))
        self.ok("network", "connect", "other", "on")
        self.ok("network", "disconnect", "other", "on")
        self.ok("commit", "old", "made:full")
        self.assertEqual("kept", self.ok("run", "--rm", "made:full", "cat", "/kept"))
        self.ok("run", "--name", "never", "-v", "new:/new", BUSYBOX, "true")
        self.ok("start", "goes", "old")
        self.goes_on("goes")
        self.ok("network", "create", "new")
        self.ok("network", "rm", "new")
        self.ok("rmi", "-f", "made:full")


if __name__ == "__main__":
    unittest.main()
