"""Seccomp profiles do what they say, tried by programs that make the calls."""
import json
import os
import tempfile
import unittest

from engine import DEBIAN, WORK, EngineTest

GETPPID, PERSONALITY = 110, 135
CALL = "my $r = syscall(%s); print $r < 0 ? 'errno '.($!+0) : 'done';"


@unittest.skipUnless(os.uname().machine == "x86_64", "the numbers of the calls are x86-64's")
class Seccomp(EngineTest):
    images = (DEBIAN,)

    def call(self, rules, arguments, *options, default="SCMP_ACT_ALLOW", perl=CALL, runtimes=("linux", "crun")):
        """What comes of a call under a profile of these rules: the same with every runtime."""
        with tempfile.NamedTemporaryFile("w", dir=WORK, suffix=".json") as file:
            json.dump({"defaultAction": default, "syscalls": rules}, file)
            file.flush()
            found = set()
            for runtime in runtimes:
                result = self.docker("run", "--rm", "--runtime", runtime, "--security-opt", "seccomp=" + file.name, *options, DEBIAN,
                                     "perl", "-e", perl % arguments if "%s" in perl else perl)
                found.add((result.returncode, result.stdout, result.stderr if result.returncode == 125 else ""))
            self.assertEqual(1, len(found), f"runtimes differ: {found}")
            return found.pop()

    def rule(self, action, **more):
        return [{"names": ["getppid"], "action": "SCMP_ACT_" + action, **more}]

    def test_each_action(self):
        self.assertEqual("errno 42", self.call(self.rule("ERRNO", errnoRet=42), GETPPID)[1])
        self.assertEqual("errno 1", self.call(self.rule("ERRNO"), GETPPID)[1])
        self.assertEqual((159, ""), self.call(self.rule("KILL_PROCESS"), GETPPID)[:2])
        self.assertEqual((159, ""), self.call(self.rule("KILL_THREAD"), GETPPID)[:2])
        self.assertEqual((159, ""), self.call(self.rule("KILL"), GETPPID)[:2])
        trapped = "$SIG{SYS} = sub { print 'trapped'; exit 3 }; syscall(110); print 'after'"
        self.assertEqual((3, "trapped"), self.call(self.rule("TRAP"), GETPPID, perl=trapped)[:2])
        self.assertEqual("errno 38", self.call(self.rule("TRACE"), GETPPID)[1], "nobody traces it")
        self.assertEqual("done", self.call(self.rule("LOG"), GETPPID)[1])
        self.assertEqual("done", self.call(self.rule("ALLOW"), GETPPID)[1])

    def test_what_would_ask_somebody_is_refused(self):
        for runtime in ("linux", "crun"):
            code, _, said = self.call(self.rule("NOTIFY"), GETPPID, runtimes=(runtime,))
            self.assertEqual(125, code)
            self.assertIn("SCMP_ACT_NOTIFY needs a listener", said)

    def test_arguments(self):
        def personality(value, op, argument, two=0):
            rules = [{"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errnoRet": 7,
                      "args": [{"index": 0, "value": value, "valueTwo": two, "op": "SCMP_CMP_" + op}]}]
            return self.call(rules, f"{PERSONALITY}, {argument}", runtimes=("linux",))[1]
        self.assertEqual("errno 7", personality(8, "EQ", 8))
        self.assertEqual("done", personality(8, "EQ", 0))
        self.assertEqual("errno 7", personality(8, "NE", 0))
        self.assertEqual("errno 7", personality(1, "LT", 0))
        self.assertEqual("errno 7", personality(8, "GE", 8))
        self.assertEqual("errno 7", personality(0x8, "MASKED_EQ", 0x8, 0x8))
        self.assertEqual("done", personality(0x8, "MASKED_EQ", 0, 0x8))

    def test_conditions(self):
        def under(where, *options, **condition):
            return self.call(self.rule("ERRNO", errnoRet=9, **{where: condition}), GETPPID, *options, runtimes=("linux", "crun"))[1]
        self.assertEqual("done", under("includes", caps=["CAP_NET_ADMIN"]))
        self.assertEqual("errno 9", under("includes", "--cap-add", "NET_ADMIN", caps=["CAP_NET_ADMIN"]))
        self.assertEqual("done", under("excludes", caps=["CAP_CHOWN"]))
        self.assertEqual("errno 9", under("includes", minKernel="3.0"))
        self.assertEqual("done", under("includes", minKernel="99.0"))
        self.assertEqual("errno 9", under("includes", arches=["amd64"]))
        self.assertEqual("done", under("includes", arches=["arm64"]))

    def test_execs_have_it_too(self):
        with tempfile.NamedTemporaryFile("w", dir=WORK, suffix=".json") as file:
            json.dump({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": self.rule("ERRNO", errnoRet=42)}, file)
            file.flush()
            for name, options in (("cc", ()), ("pp", ("--privileged",))):
                self.ok("run", "-d", "--name", name, "--security-opt", "seccomp=" + file.name, *options, DEBIAN, "sleep", "1000")
                for how in ((), ("--privileged",)):
                    self.assertEqual("errno 42", self.ok("exec", *how, name, "perl", "-e", CALL % GETPPID), (name, how))

    def test_what_is_no_profile_is_refused(self):
        with tempfile.NamedTemporaryFile("w", dir=WORK, suffix=".json") as file:
            file.write('{"defaultAction": "SCMP_ACT_NONSENSE"}')
            file.flush()
            self.refused("run", "--rm", "--security-opt", "seccomp=" + file.name, DEBIAN, "true", code=125, says="SCMP_ACT_NONSENSE")
