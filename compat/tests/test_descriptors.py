"""An engine that may not open more files says so, and goes on with what it has."""
import os
import resource

from engine import BUSYBOX, EngineTest


class Descriptors(EngineTest):
    def test_a_start_without_room_is_refused_and_nothing_else_is(self):
        pid = self.engine.pid()
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        self.addCleanup(resource.prlimit, pid, resource.RLIMIT_NOFILE, (soft, hard))
        # Room for some containers: 64 are kept of so few.
        few = len(os.listdir(f"/proc/{pid}/fd")) + 64 + 60
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (few, hard))
        self.assertIn(f"WARNING: the engine may have {few} files open (ulimit -n)", self.engine.ok("info", "-f", "{{.Warnings}}"))
        for number in range(60):
            started = self.engine.docker("run", "-d", "--name", f"c{number}", BUSYBOX, "sleep", "1000")
            if started.returncode:
                break
        self.assertEqual(125, started.returncode, started.stderr)
        self.assertIn(f"the engine may have only {few} files open (ulimit -n), which is too few for another container",
                      started.stderr)
        self.assertGreater(number, 0)
        # What runs is reached, and what ends makes room.
        self.assertEqual("in", self.engine.ok("exec", "c0", "echo", "in"))
        self.engine.ok("rm", "-f", "c0")
        self.assertEqual("again", self.engine.ok("run", "--rm", BUSYBOX, "echo", "again"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        self.engine.ok("start", f"c{number}")
        self.engine.ok("rm", "-f", *[f"c{name}" for name in range(1, number + 1)])
