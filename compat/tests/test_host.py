"""What the engine does to its host: no native programs, and nobody waits for a stuck container."""
import os
import re
import signal
import subprocess
import threading
import time

from engine import BUSYBOX, LAYERS, EngineTest, until


class NativePrograms(EngineTest):
    def test_only_the_shim_and_the_containers_programs_are_executed(self):
        log = self.engine.home + "/strace"
        strace = subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=execve,execveat", "-s", "200", "-o", log,
                                   "-p", str(self.engine.pid())])
        self.addCleanup(strace.wait)
        self.addCleanup(strace.terminate)
        until(lambda: os.path.exists(log) and self.traced(), "strace is attached")
        self.ok("pull", "-q", LAYERS)
        self.ok("run", "-d", "--name", "ss", BUSYBOX, "sleep", "100")
        self.ok("exec", "ss", "echo", "x")
        self.ok("stop", "-t", "0", "ss")
        strace.terminate()
        strace.wait()
        with open(log) as file:
            calls = [line for line in file if re.search(r"execve(at)?\(", line) and "= 0" in line]
        programs = [line for line in calls if not re.search(r'execveat\(\d+, "", \["felucca-shim', line)]
        expected = [line for line in programs if re.search(r'execve\("/bin/(sleep|echo)"', line)]
        self.assertEqual(expected, programs)
        self.assertEqual(2, len(expected), calls)

    def traced(self):
        with open(f"/proc/{self.engine.pid()}/status") as file:
            return not re.search(r"^TracerPid:\t0$", file.read(), re.M)


class Stuck(EngineTest):
    """One container that hangs keeps nobody else waiting."""

    def quick(self):
        """Everything the others ask for, each answered at once."""
        for words in (("ps", "-a"), ("inspect", "stuck"), ("inspect", "fine"), ("exec", "fine", "true"), ("info",),
                      ("run", "--rm", BUSYBOX, "true"), ("logs", "stuck"), ("stats", "--no-stream", "fine"), ("top", "fine"),
                      ("restart", "-t", "0", "fine")):
            begin = time.monotonic()
            self.ok(*words, timeout=15)
            self.assertLess(time.monotonic() - begin, 10, words)

    def test_one_that_ignores_every_signal(self):
        self.ok("run", "-d", "--name", "fine", BUSYBOX, "sleep", "1000")
        self.ok("run", "-d", "--name", "stuck", BUSYBOX, "sh", "-c", "trap '' TERM INT HUP; while :; do sleep 1; done")
        stop = threading.Thread(target=self.docker, args=("stop", "-t", "8", "stuck"))
        stop.start()
        self.quick()
        stop.join()
        self.assertEqual(137, self.engine.inspect("stuck", "State.ExitCode"))

    def test_one_whose_storage_hangs(self):
        """Its process sits in a FUSE mount whose server is stopped: it can't even be killed."""
        source, mount = self.engine.home + "/real", self.engine.home + "/fuse"
        os.makedirs(source)
        os.makedirs(mount)
        server = subprocess.Popen(["bindfs", "-f", source, mount])
        self.addCleanup(subprocess.call, ["umount", "-l", mount])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        until(lambda: os.path.ismount(mount), "the FUSE mount")
        self.ok("run", "-d", "--name", "fine", BUSYBOX, "sleep", "1000")
        self.ok("run", "-d", "--name", "stuck", "-v", mount + ":/hung", BUSYBOX, "sh", "-c",
                "until [ -e /go ]; do usleep 10000; done; ls /hung")
        server.send_signal(signal.SIGSTOP)
        self.ok("exec", "stuck", "touch", "/go")
        until(lambda: "ls" in self.ok("exec", "stuck", "ps", "-o", "comm"), "ls hangs")
        self.quick()
        starting = self.engine.start("run", "--rm", "--name", "later", "-v", mount + "/sub:/hung", BUSYBOX, "echo", "at last")
        stop = threading.Thread(target=self.docker, args=("stop", "-t", "1", "stuck"))
        stop.start()
        self.quick()
        server.send_signal(signal.SIGCONT)
        self.assertEqual("at last\n", starting.communicate(timeout=60)[0])
        stop.join()
        self.ok("rm", "-f", "stuck")
