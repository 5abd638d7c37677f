"""Drivers stopped, swapped and updated under running containers, as a person does it in the Gogo shell."""
from bundles import Bundles
from engine import BUSYBOX, EngineTest, until


class Swap(Bundles, EngineTest):
    def tearDown(self):
        self.doCleanups()  # bundles are started before containers are removed
        super().tearDown()

    def test_storage_is_swapped_under_running_containers(self):
        self.ok("run", "-d", "--name", "on", BUSYBOX, "sh", "-c", "while :; do echo x; sleep 0.1; done")
        overlay = self.bundle("dev.felucca.plugin-storage-overlay")
        self.stop(overlay)
        self.assertEqual(["on"], self.engine.names())
        before = len(self.ok("logs", "on"))
        until(lambda: len(self.ok("logs", "on")) > before, "the container goes on")
        self.assertEqual("in", self.ok("exec", "on", "echo", "in"))
        self.refused("run", "--rm", BUSYBOX, "true", code=125, says="overlay")

        self.drop(self.available("storage-vfs"), "vfs")
        self.assertIn("from vfs", self.engine.shell(f"felucca:run --rm --storage vfs {BUSYBOX} echo from vfs"))
        with open(self.engine.home + "/run/felucca.pid"):
            pass
        self.ok("run", "--name", "small", "--annotation", "dev.felucca.driver.storage=vfs", "--mount", f"type=image,src={BUSYBOX},dst=/i,image-subpath=etc",
                BUSYBOX, "sh", "-c", "echo 12345 >/f; grep root /i/passwd")
        self.assertIn("root", self.ok("logs", "small"))
        self.assertEqual("18", self.ok("inspect", "-s", "-f", "{{.SizeRw}}", "small"))  # what it wrote and /etc/mtab, not the copy
        self.assertIn("18B (virtual ", self.ok("ps", "-as", "-f", "name=small", "--format", "{{.Size}}"))
        self.engine.shell("felucca:driver default storage vfs")
        self.assertEqual("again", self.ok("run", "--rm", BUSYBOX, "echo", "again"))

        self.engine.shell(f"felix:start {overlay}")
        self.update("dev.felucca.plugin-storage-overlay")
        self.engine.shell("felucca:driver default storage overlay")
        self.ok("stop", "-t", "0", "on")
        self.ok("start", "on")
        self.assertEqual(["on"], self.engine.names())

    def test_isolation_is_updated_under_running_containers(self):
        self.ok("run", "-d", "--name", "on", BUSYBOX, "sh", "-c", "n=0; while :; do n=$((n+1)); echo $n; usleep 20000; done")
        isolation = self.bundle("dev.felucca.plugin-isolation-linux")
        pid = self.engine.inspect("on", "State.Pid")
        self.stop(isolation)
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

    def test_explain_and_driver_commands(self):
        self.ok("create", "--name", "xx", BUSYBOX, "true")
        out = self.engine.shell("felucca:explain xx")
        for word in ("execve", "pivot_root", "overlay", "newlink"):
            self.assertIn(word, out)
        out = self.engine.shell("felucca:driver containers overlay")
        self.assertIn(self.engine.inspect("xx", "Id"), out)
