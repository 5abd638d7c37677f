"""AppArmor: containers held by a profile that is loaded. Runs where the kernel has it and its parser is there: in the virtual machine."""
import os
import shutil
import subprocess
import unittest

from engine import BUSYBOX, EngineTest

RULES = "{ network, capability, file, umount, signal, ptrace, deny /proc/version r, deny /tmp/closed* rwklx, }"
FLAGS = "flags=(attach_disconnected,mediate_deleted)"
ENABLED = "/sys/module/apparmor/parameters/enabled"
PROFILES = "/sys/kernel/security/apparmor/profiles"
HELD = "cat /proc/self/attr/current"


def enabled():
    if not os.path.exists(ENABLED) or not os.path.exists(PROFILES):
        return False
    with open(ENABLED) as file:
        return file.read().startswith("Y")


def loaded(name):
    with open(PROFILES) as file:
        return any(line.startswith(name + " (") for line in file)


@unittest.skipUnless(enabled() and shutil.which("apparmor_parser"), "the kernel runs no AppArmor, or its parser is not here")
class AppArmor(EngineTest):
    def load(self, name):
        text = f"profile {name} {FLAGS} {RULES}"
        subprocess.run(["apparmor_parser", "-K", "-r"], input=text, text=True, check=True, capture_output=True)
        self.addCleanup(lambda: subprocess.run(["apparmor_parser", "-K", "-R"], input=text, text=True, check=True, capture_output=True))

    def held(self, *options):
        return self.ok("run", "--rm", *options, BUSYBOX, "sh", "-c", HELD).strip()

    def test_a_named_profile_holds_first_and_later_processes(self):
        self.load("felucca-test")
        self.ok("run", "-d", "--name", "cc", "--security-opt", "apparmor=felucca-test", BUSYBOX, "sleep", "1000")
        self.assertEqual("felucca-test", self.engine.inspect("cc", "AppArmorProfile"))
        with open(f"/proc/{self.engine.inspect('cc', 'State.Pid')}/attr/current") as file:
            self.assertEqual("felucca-test (enforce)", file.read().strip())
        self.assertEqual("felucca-test (enforce)", self.ok("exec", "cc", "sh", "-c", HELD).strip())
        for path in ("/proc/version", "/tmp/closed"):
            self.assertIn("ermission denied", self.docker("exec", "cc", "sh", "-c", f"cat {path} || : >{path}").stderr)
        self.assertEqual(0, self.docker("exec", "cc", "touch", "/tmp/open").returncode)
        self.assertEqual("unconfined", self.ok("exec", "--privileged", "cc", "sh", "-c", HELD).strip())

    def test_a_profile_that_is_not_loaded_is_refused(self):
        self.refused("run", "--rm", "--security-opt", "apparmor=no-such", BUSYBOX, "true", code=127, says="no-such")

    def test_dockers_profile_is_the_default_where_it_is_loaded(self):
        if loaded("docker-default"):
            self.skipTest("the host's own docker-default is left alone")
        self.assertEqual("unconfined", self.held())
        self.load("docker-default")
        self.assertEqual("docker-default (enforce)", self.held())
        self.assertEqual("unconfined", self.held("--security-opt", "apparmor=unconfined"))
        self.assertEqual("unconfined", self.held("--privileged"))
        self.ok("create", "--name", "shown", BUSYBOX)
        self.assertEqual("docker-default", self.engine.inspect("shown", "AppArmorProfile"))
        self.assertIn("name=apparmor", self.ok("info", "--format", "{{.SecurityOptions}}"))
