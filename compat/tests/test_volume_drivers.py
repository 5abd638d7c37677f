"""Volume drivers that come, go and are exchanged while containers use their volumes."""
import json
import os
import unittest

from bundles import Bundles
from engine import BUSYBOX, EngineTest, until


class Drivers(Bundles, EngineTest):
    def tearDown(self):
        self.doCleanups()  # bundles are started before containers are removed
        self.docker("rm", "-f", "-v", *self.engine.names("-a"))
        self.docker("volume", "prune", "-af")
        super().tearDown()

    def jar(self):
        """The driver `plain` as a bundle, made of the tck's fake."""
        fakes = "tck/src/main/java/dev/felucca/tck/fake/"
        return self.made("dev.felucca.compat.drivers", "dev.felucca.compat.drivers.VolumesActivator",
                         [fakes + "FakeVolumes.java", fakes + "Trouble.java", "compat/drivers/VolumesActivator.java"],
                         ["dev.felucca.kernel", "dev.felucca.kernel.volume", "dev.felucca.kernel.storage"])

    def volume(self, name):
        return json.loads(self.ok("volume", "inspect", name))[0]

    def test_a_second_driver_is_dropped_in_and_taken_away(self):
        self.refused("volume", "create", "--driver", "plain", "data", says='plain')
        self.drop(self.jar(), "plain")
        self.assertIn("plain", self.ok("info", "-f", "{{.Plugins.Volume}}"))
        self.ok("volume", "create", "--driver", "plain", "--label", "a=b", "data")
        self.assertEqual(self.engine.data + "/plain-volumes/data/files", self.volume("data")["Mountpoint"])
        self.ok("run", "-d", "--name", "on", "-v", "data:/d", BUSYBOX, "sh", "-c", "n=0; while :; do n=$((n+1)); echo $n > /d/n; usleep 20000; done")
        until(lambda: os.path.exists(self.engine.data + "/plain-volumes/data/files/n"), "it writes")
        self.ok("run", "--rm", "--volume-driver", "plain", "-v", "made:/etc", BUSYBOX, "true")
        self.assertEqual("plain", self.volume("made")["Driver"])
        self.assertTrue(os.path.exists(self.volume("made")["Mountpoint"] + "/passwd"))
        self.ok("run", "--rm", "--mount", "type=volume,src=long,dst=/d,volume-driver=plain", BUSYBOX, "touch", "/d/f")
        self.assertEqual("plain", self.volume("long")["Driver"])
        self.refused("volume", "create", "--driver", "local", "data", says="driver 'plain' already has volume 'data'")
        self.assertEqual({"data", "made", "long"}, set(self.ok("volume", "ls", "-q", "-f", "driver=plain").split()))

        self.take_away("plain")
        self.assertEqual(["on"], self.engine.names())
        before = self.ok("exec", "on", "cat", "/d/n")
        until(lambda: self.ok("exec", "on", "cat", "/d/n") != before, "the container goes on")
        self.assertEqual(("plain", "", {"a": "b"}), tuple(self.volume("data")[key] for key in ("Driver", "Mountpoint", "Labels")))
        self.refused("volume", "rm", "made", says="plain")
        self.refused("run", "--rm", "-v", "made:/d", BUSYBOX, "true", code=125, says="volume driver plain is not available")
        self.assertEqual("ok", self.ok("run", "--rm", "-v", "free:/d", BUSYBOX, "echo", "ok"))
        self.ok("kill", "on")  # its end is missed by the driver

        self.drop(self.jar(), "plain")
        until(lambda: os.listdir(self.engine.data + "/plain-volumes/data/users") == [], "what it missed is made up for")
        self.assertEqual("", self.ok("run", "--rm", "-v", "long:/d", BUSYBOX, "ls", "/d").replace("f", ""))
        self.ok("rm", "-f", "on")
        self.ok("volume", "rm", "data", "made", "long")
        self.take_away("plain")

    def test_the_volume_bundle_is_stopped_and_updated_under_containers(self):
        self.ok("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "quick")
        self.ok("run", "-d", "--name", "on", "-v", "data:/d", "-v", "quick:/q", "-v", "/anonymous", BUSYBOX, "sh", "-c",
                "n=0; while :; do n=$((n+1)); echo $n > /d/n; echo $n > /q/n; usleep 20000; done")
        self.ok("run", "-d", "--name", "ends", "-v", "gone:/g", "-v", "quick:/q", BUSYBOX, "sleep", "600")
        pid = self.engine.inspect("on", "State.Pid")
        volumes = self.bundle("dev.felucca.plugin-volumes")
        self.stop(volumes)
        self.assertEqual({"on", "ends"}, set(self.engine.names()))
        before = self.ok("exec", "on", "cat", "/q/n")
        until(lambda: self.ok("exec", "on", "cat", "/q/n") != before, "the container goes on")
        self.assertIn("data", self.ok("volume", "ls", "-q").split())
        self.refused("run", "--rm", "-v", "data:/d", BUSYBOX, "true", code=125, says="volume driver local is not available")
        self.refused("cp", "on:/d/n", self.engine.home + "/n", says="not available")
        self.assertEqual("in", self.ok("run", "--rm", BUSYBOX, "echo", "in"))  # who needs no volumes goes on
        self.ok("rm", "-f", "ends")

        self.update("dev.felucca.plugin-volumes")
        self.engine.shell(f"felix:start {volumes}")
        until(lambda: self.docker("run", "--rm", "-v", "data:/d", BUSYBOX, "test", "-s", "/d/n").returncode == 0, "volumes are back")
        self.ok("cp", "on:/d/n", self.engine.home + "/n")
        self.assertEqual(pid, self.engine.inspect("on", "State.Pid"))
        self.assertNotEqual("", self.ok("run", "--rm", "-v", "quick:/q", BUSYBOX, "cat", "/q/n"))
        self.refused("volume", "rm", "quick", says="in use")
        self.ok("rm", "-f", "-v", "on")
        # the end of "ends" was missed: all the same nobody has it mounted any more
        with open("/proc/self/mountinfo") as mounts:
            self.assertEqual([], [line for line in mounts if self.engine.data + "/volumes/quick" in line])
        self.ok("volume", "rm", "quick", "data", "gone")


if __name__ == "__main__":
    unittest.main()
