"""What the default filter decides on every system call, beside what Debian's docker.io decides; docs/security.md lists where they differ."""
import os
import re
import subprocess
import tempfile
import unittest

from beside import Dockerd
from engine import TOP, WORK, EngineTest

FLAGS = ("-O1 -ffreestanding -nostdlib -static -fno-builtin -fno-stack-protector -fcf-protection=none -fno-pie -no-pie "
         "-fno-tree-loop-distribute-patterns").split()
SAID = {"1": "EPERM", "38": "ENOSYS"}
# libseccomp 2.5.4, by which crun and runc of Debian bookworm make their filters, has no names for calls from here on.
NAMELESS = {"x86_64": 457, "i386": 457, "x32": 453}
CAPABILITIES = ((), ("--cap-drop", "ALL"), ("--cap-add", "SYS_ADMIN"), ("--cap-add", "SYS_PTRACE", "--cap-add", "SYS_NICE"))


def documented():
    """{(abi, label, number): (Docker's answer, ours)} of the table in docs/security.md."""
    with open(TOP + "/docs/security.md") as file:
        table = file.read().split("<!-- decisions -->")[1]
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) < 6 or not re.match(r"[\d–, ]+$|family", cells[1]):
            continue
        for abi, numbers in zip(("x86_64", "i386", "x32"), cells[1:4]):
            labels = ("zeroes",) if abi == "x32" else ("zeroes", "ones")
            if numbers.startswith("family"):
                labels, numbers = ("socket-family",), numbers.removeprefix("family")
            for part in filter(None, (part.strip() for part in numbers.split(","))):
                first, _, last = part.partition("–")
                for number in range(int(first), int(last or first) + 1):
                    for label in labels:
                        theirs, ours = cells[4:6]
                        # Docker's runc answers ENOSYS for what is newer than its profile, but not for x32.
                        found[abi, label, number] = ("EPERM" if abi == "x32" and theirs == "ENOSYS" else theirs, ours)
    return found


@unittest.skipUnless(os.uname().machine == "x86_64", "the probe makes x86-64's calls")
class Decisions(EngineTest):
    images = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.docker_io = Dockerd()
        cls.addClassCleanup(cls.docker_io.close)
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            subprocess.check_call(["gcc", *FLAGS, "-o", folder + "/probe", TOP + "/compat/seccomp/probe.c"])
            subprocess.check_call(["tar", "-C", folder, "-cf", folder + "/image.tar", "probe"])
            for daemon in (cls.engine, cls.docker_io):
                imported = daemon.docker("import", folder + "/image.tar", "probe")
                assert imported.returncode == 0, imported.stderr

    def decisions(self, daemon, *options):
        """{(abi, label, number): answer} for what is not allowed, and the names of the sweeps with how much each asked."""
        result = daemon.docker("run", "--rm", "--network", "none", *options, "probe", "/probe")
        self.assertEqual(0, result.returncode, result.stderr)
        found, asked = {}, {}
        for line in result.stdout.splitlines():
            abi, label, number, answer = line.split()
            if number == "asked":
                asked[abi, label] = int(answer)
            else:
                found[abi, label, int(number)] = SAID.get(answer, answer)
        self.assertEqual({501}, {count for (_, label), count in asked.items() if label in ("zeroes", "ones")})
        self.assertEqual(54, len(asked), "sweeps, and calls that are judged by their arguments")
        return found

    def differences(self, one, other):
        return {key: (one.get(key, "allowed"), other.get(key, "allowed")) for key in {*one, *other} if one.get(key) != other.get(key)}

    def test_every_call_is_decided_as_docker_io_does_but_for_what_is_documented(self):
        known = documented()
        self.assertGreater(len(known), 50, "the table is read")
        version = self.docker_io.docker("version", "--format", "{{.Server.Version}}").stdout
        for capabilities in CAPABILITIES:
            with self.subTest(capabilities=capabilities):
                found = self.differences(self.decisions(self.docker_io, *capabilities), self.decisions(self.engine, *capabilities))
                if version.startswith("20.10.") and not capabilities:
                    self.assertEqual(known, found)
                # Where capabilities open a call for both, or Docker is nearer to us, there is less to explain. A call that they open
                # here alone is one that x86-64's column has.
                self.assertEqual({}, {key: each for key, each in found.items() if key not in known and ("x86_64", *key[1:]) not in known})

    def test_every_runtime_decides_the_same(self):
        for capabilities in CAPABILITIES:
            ours = self.decisions(self.engine, *capabilities)
            for runtime in ("crun", "runc"):
                with self.subTest(capabilities=capabilities, runtime=runtime):
                    found = self.differences(self.decisions(self.engine, "--runtime", runtime, *capabilities), ours)
                    self.assertEqual({}, {key: each for key, each in found.items() if key[2] < NAMELESS[key[0]]})

    def test_unconfined_asks_nobody(self):
        for daemon in (self.engine, self.docker_io):
            found = self.decisions(daemon, "--security-opt", "seccomp=unconfined")
            # uretprobe and uprobe are the kernel's own: no filter is asked, and they answer only to its trampoline.
            self.assertLessEqual({number for _, _, number in found}, {335, 336})
