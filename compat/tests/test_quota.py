"""Sizes of containers, on a data root whose file system has project quotas: in the virtual machine."""
import os
import unittest

from engine import BUSYBOX, WORK, EngineTest


def limits(place):
    """Whether the file system at a place limits what its projects take."""
    place = os.path.realpath(place)
    with open("/proc/self/mounts") as mounts:
        fields = [line.split() for line in mounts]
    best = max((each for each in fields if place.startswith(each[1])), key=lambda each: len(each[1]))
    return {"prjquota", "pquota"} & set(best[3].split(","))


@unittest.skipUnless(limits(WORK), "the file system of the tests' folder has no project quotas")
class Quota(EngineTest):
    def test_a_size_holds_for_one_container_alone_over_restarts(self):
        write = ["dd", "if=/dev/zero", "of=/big", "bs=1M", "count=24"]
        self.ok("run", "-d", "--name", "small", "--storage-opt", "size=16M", BUSYBOX, "sleep", "1000")
        self.ok("run", "-d", "--name", "free", BUSYBOX, "sleep", "1000")
        for again in range(2):
            full = self.docker("exec", "small", *write)
            self.assertNotEqual(0, full.returncode)
            self.assertIn("No space left on device", full.stderr)
            self.ok("exec", "free", *write)
            self.ok("exec", "small", "rm", "/big")
            self.ok("exec", "small", "dd", "if=/dev/zero", "of=/fits", "bs=1M", "count=8")
            self.ok("exec", "small", "rm", "/fits")
            if not again:
                self.engine.kill9()
                self.engine.up()
        self.assertIn("16.0M", self.ok("exec", "small", "df", "-h", "/"))
        self.assertEqual({"size": "16M"}, self.engine.inspect("small", "HostConfig.StorageOpt"))
        self.ok("rm", "-f", "small")
        self.ok("run", "--rm", "--storage-opt", "size=32M", BUSYBOX, *write)


if __name__ == "__main__":
    unittest.main()
