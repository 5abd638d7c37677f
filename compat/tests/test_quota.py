"""Sizes of containers, on data roots whose file systems have project quotas: in the virtual machine, `vmtest/run quota`."""
import os
import unittest
from unittest import mock

import engine
from bundles import Bundles
from engine import BUSYBOX, WORK, EngineTest

# Directories on such file systems, for an engine's data each.
PLACES = os.environ.get("FELUCCA_TEST_QUOTA", WORK).split(":")

# What xfs says, and ext4.
FULL = "No space left on device|Disk quota exceeded"


def mount(place):
    """What is mounted there, as proc(5) has it."""
    place = os.path.realpath(place)
    with open("/proc/self/mounts") as mounts:
        fields = [line.split() for line in mounts]
    return max((each for each in fields if place.startswith(each[1])), key=lambda each: len(each[1]))


def limits(place):
    """Whether the file system at a place limits what its projects take."""
    return {"prjquota", "pquota"} & set(mount(place)[3].split(","))


class Quota(Bundles):
    place = WORK

    @classmethod
    def setUpClass(cls):
        with mock.patch.object(engine, "WORK", cls.place):
            super().setUpClass()

    def test_a_size_holds_for_one_container_alone_over_restarts(self):
        self.drop(self.available("storage-vfs"), "vfs")
        write = ["dd", "if=/dev/zero", "of=/big", "bs=1M", "count=24"]
        drivers = {name: ("--annotation", "dev.felucca.driver.storage=" + name) for name in ("overlay", "vfs")}
        for name, driver in drivers.items():
            self.ok("run", "-d", "--name", name, *driver, "--storage-opt", "size=16M", BUSYBOX, "sleep", "1000")
            self.ok("run", "-d", "--name", name + "-free", *driver, BUSYBOX, "sleep", "1000")
        for again in range(2):
            for name in drivers:
                full = self.docker("exec", name, *write)
                self.assertNotEqual(0, full.returncode)
                self.assertPattern(FULL, full.stderr)
                self.ok("exec", name + "-free", *write)
                self.ok("exec", name, "rm", "/big")
                self.ok("exec", name, "dd", "if=/dev/zero", "of=/fits", "bs=1M", "count=8")
                self.ok("exec", name, "rm", "/fits")
            if not again:
                self.engine.kill9()
                self.engine.up()
        for name, driver in drivers.items():
            self.assertIn("16.0M", self.ok("exec", name, "df", "-h", "/"))
            self.assertEqual({"size": "16M"}, self.engine.inspect(name, "HostConfig.StorageOpt"))
            self.ok("rm", "-f", name)
            self.ok("run", "--rm", *driver, "--storage-opt", "size=32M", BUSYBOX, *write)
        # The copy of the image counts where there is one; ext4 holds nobody who has CAP_SYS_RESOURCE, as the engine that copies has.
        if mount(self.place)[2] == "xfs":
            self.assertPattern("(?i)no space left on device", self.refused("create", *drivers["vfs"], "--storage-opt", "size=1m", BUSYBOX).stderr)
        self.ok("create", *drivers["overlay"], "--storage-opt", "size=1m", BUSYBOX)


for number, place in enumerate(PLACES):
    on = unittest.skipUnless(limits(place), f"the file system of {place} has no project quotas")
    globals()[f"Quota{number}"] = on(type(f"Quota{number}", (Quota, EngineTest), {"place": place}))
del on


if __name__ == "__main__":
    unittest.main()
