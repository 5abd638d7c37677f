"""Containers that an OCI runtime makes, beside those that the engine makes itself."""
import json
import os
import shutil
import subprocess
import tempfile
import time

from engine import BUSYBOX, TOP, WORK, EngineTest, running, until


class Runtimes(EngineTest):
    def runtimes(self):
        return json.loads(self.ok("info", "--format", "{{json .Runtimes}}"))

    def present(self):
        found = [name for name in ("crun", "runc") if name in self.runtimes()]
        self.assertTrue(found, "no OCI runtime here: Debian's crun and runc are expected")
        return found

    def test_info_lists_them_and_unknown_ones_are_refused(self):
        self.assertIn("linux", self.runtimes())
        self.assertEqual(["crun", "runc"], self.present())
        self.refused("run", "--runtime", "nosuch", BUSYBOX, "true", code=125, says="unknown or invalid runtime name: nosuch")

    def test_life_in_each(self):
        for name in self.present():
            def run(*words, **options):
                return self.docker("run", "--runtime", name, *words, **options)
            with self.subTest(runtime=name):
                result = run("--rm", BUSYBOX, "sh", "-c", "echo out; echo err >&2; exit 7")
                self.assertEqual((7, "out\n", "err\n"), (result.returncode, result.stdout, result.stderr))
                self.assertEqual("3\n", run("--rm", "-i", BUSYBOX, "wc", "-l", input="a\nb\nc\n").stdout)
                self.assertEqual(127, run("--rm", BUSYBOX, "nosuch").returncode)
                self.assertEqual(126, run("--rm", BUSYBOX, "/etc").returncode)
                out = run("--rm", "-u", "12:34", "-w", "/made", "-h", "box", "-e", "A=b", "--read-only", "--init", BUSYBOX,
                          "sh", "-c", "id -u; id -g; pwd; hostname; echo $A; touch /x 2>&1; cat /proc/1/comm").stdout
                self.assertEqual(["12", "34", "/made", "box", "b", "touch: /x: Read-only file system", "docker-init"], out.splitlines())
                self.ok("run", "-d", "--runtime", name, "--name", "dd", "--memory", "50m", "-v", "vol:/data", BUSYBOX, "sh", "-c",
                        "trap 'exit 3' TERM; while :; do echo tick; sleep 0.1; done")
                self.assertEqual(name, self.engine.inspect("dd", "HostConfig.Runtime"))
                until(lambda: "tick" in self.ok("logs", "dd"), "logs")
                self.assertEqual("50", self.ok("exec", "dd", "sh", "-c", "echo $((5 * 10)); touch /data/x"))
                self.assertEqual(9, self.docker("exec", "dd", "sh", "-c", "exit 9").returncode)
                self.ok("pause", "dd")
                self.assertIn("Paused", self.ok("ps", "--format", "{{.Status}}"))
                self.ok("unpause", "dd")
                self.assertIn("sleep", self.ok("top", "dd"))
                self.assertIn("50MiB", self.ok("stats", "--no-stream", "dd"))
                self.ok("stop", "dd")
                self.assertEqual(3, self.engine.inspect("dd", "State.ExitCode"))
                self.ok("start", "dd")
                self.ok("rm", "-f", "dd")
                self.ok("volume", "rm", "vol")

    def test_both_kinds_survive_the_engine_side_by_side(self):
        names = ["linux", *self.present()]
        for name in names:
            self.ok("run", "-d", "--runtime", name, "--name", "on-" + name, BUSYBOX, "sh", "-c",
                    "n=0; while :; do n=$((n+1)); echo $n; usleep 20000; done")
            self.ok("run", "-d", "--runtime", name, "--name", "end-" + name, BUSYBOX, "sh", "-c", "sleep 1; echo bye; exit 42")
            self.ok("run", "-dt", "--runtime", name, "--name", "tty-" + name, BUSYBOX, "sh", "-c",
                    "tty; n=0; while :; do n=$((n+1)); echo $n; usleep 20000; done")
            self.ok("run", "-di", "--runtime", name, "--name", "in-" + name, BUSYBOX, "cat")
        ends = [self.engine.inspect("end-" + name, "State.Pid") for name in names]
        pids = {name: self.engine.inspect(name, "State.Pid") for name in self.engine.names() if not name.startswith("end-")}
        self.engine.kill9()
        until(lambda: not any(map(running, ends)), "those that end have ended")
        self.assertTrue(all(map(running, pids.values())), "the others run on")
        self.engine.up()
        for name in names:
            self.assertEqual(42, self.engine.inspect("end-" + name, "State.ExitCode"), name)
            self.assertEqual("bye", self.ok("logs", "end-" + name))
            before = len(self.ok("logs", "on-" + name).split())
            until(lambda: len(self.ok("logs", "on-" + name).split()) > before, name + "'s log goes on")
            lines = self.ok("logs", "on-" + name).split()
            self.assertEqual([str(n + 1) for n in range(len(lines))], lines, name + " lost or doubled a line")
            self.assertEqual("in", self.ok("exec", "on-" + name, "echo", "in"))
            self.engine.type("in-" + name, "typed\n")
            lines = self.ok("logs", "tty-" + name).split()
            self.assertEqual(["/dev/pts/0", *(str(n) for n in range(1, len(lines)))], lines)

    def test_health_and_restarts_in_each(self):
        for name in self.present():
            self.ok("run", "-d", "--runtime", name, "--name", "h-" + name, "--health-cmd", "echo fine", "--health-interval", "200ms",
                    BUSYBOX, "sleep", "1000")
            self.ok("run", "-d", "--runtime", name, "--name", "r-" + name, "--restart", "on-failure:2", BUSYBOX, "false")
        for name in self.present():
            until(lambda: self.engine.inspect("h-" + name, "State.Health.Status") == "healthy", name + " is healthy")
            until(lambda: self.engine.inspect("r-" + name, "State.Status") == "exited", name + " gives up")
            self.assertEqual(2, self.engine.inspect("r-" + name, "RestartCount"))

    def test_marks_and_mounts_in_each(self):
        here = tempfile.mkdtemp(dir=self.engine.home)
        self.addCleanup(shutil.rmtree, here)
        shared = here + "/shared"
        for name in ("shared", "private", "add"):
            os.mkdir(f"{here}/{name}")
        with open(here + "/add/f", "w") as file:
            file.write("added")
        subprocess.run(["mount", "--bind", shared, shared], check=True)
        self.addCleanup(subprocess.run, ["umount", "-R", "-l", shared], check=True)
        subprocess.run(["mount", "--make-rshared", shared], check=True)
        for name in self.present():
            with self.subTest(runtime=name):
                self.assertEqual("/proc/mounts", self.ok("run", "--rm", "--runtime", name, BUSYBOX, "sh", "-c", "test -f /.dockerenv && readlink /etc/mtab"))
                inside = f"mkdir -p /t/{name} && mount -t tmpfs tmpfs /t/{name} && touch /t/{name}/seen && sleep 600"
                self.ok("run", "-d", "--name", "cc", "--runtime", name, "--privileged", "-v", shared + ":/t:rshared", "-v", here + ":/rest", BUSYBOX, "sh", "-c", inside)
                until(lambda: os.path.exists(f"{shared}/{name}/seen"), "the host sees the mount")
                self.ok("run", "-d", "--name", "slave", "--runtime", name, "-v", shared + ":/t:rslave", BUSYBOX, "sleep", "600")
                os.mkdir(f"{shared}/host-{name}")
                subprocess.run(["mount", "-t", "tmpfs", "tmpfs", f"{shared}/host-{name}"], check=True)
                with open(f"{shared}/host-{name}/f", "w"):
                    pass
                self.assertEqual("f", self.ok("exec", "cc", "ls", f"/t/host-{name}"))
                self.assertEqual("f", self.ok("exec", "slave", "ls", f"/t/host-{name}"))
                self.assertEqual("", self.ok("exec", "cc", "ls", f"/rest/shared/host-{name}"))

                self.engine.shell(f"felucca:mount slave {here}/add:/one/dir:ro data:/two --mount type=tmpfs,dst=/cache,tmpfs-size=1m")
                self.assertEqual("added", self.ok("exec", "slave", "cat", "/one/dir/f"))
                self.assertNotEqual(0, self.docker("exec", "slave", "touch", "/one/dir/g").returncode)
                self.ok("exec", "slave", "touch", "/two/kept", "/cache/f")
                self.ok("restart", "-t", "0", "slave")
                self.assertEqual("added", self.ok("exec", "slave", "cat", "/one/dir/f"))
                self.engine.shell("felucca:unmount slave /two")
                self.assertEqual("", self.ok("exec", "slave", "ls", "/two"))
                self.assertEqual("kept", self.ok("run", "--rm", "--runtime", name, "--mount", "type=volume,src=data,dst=/s,volume-subpath=.", BUSYBOX, "ls", "/s"))
                self.ok("rm", "-f", "cc", "slave")
                self.ok("volume", "rm", "data")

    def test_images_are_mounted_in_each(self):
        self.ok("run", "--name", "made", BUSYBOX, "sh", "-c", "mkdir -p /d/sub; echo deep >/d/sub/f; echo top >/f")
        self.ok("commit", "made", "two")
        self.addCleanup(self.docker, "rmi", "-f", "two")
        self.ok("rm", "made")
        for name in self.present():
            mount = "type=image,src=two,dst="
            self.ok("run", "-d", "--name", name, "--runtime", name, "--mount", mount + "/i", "--mount", mount + "/part,image-subpath=d/sub",
                    "--mount", mount + "/file,image-subpath=f", "--mount", f"type=image,src={BUSYBOX},dst=/one,image-subpath=etc/passwd", BUSYBOX, "sleep", "600")
            self.assertEqual("top deep deep top", self.ok("exec", name, "sh", "-c", "echo $(cat /i/f /i/d/sub/f /part/f /file)"))
            self.assertIn("root", self.ok("exec", name, "cat", "/one"))
            for place in ("/i/f", "/part/f", "/file", "/one"):
                self.refused("exec", name, "sh", "-c", f"echo >{place}", says="Read-only")
            self.ok("cp", name + ":/part/f", "-")
            self.engine.shell(f"felucca:mount {name} --mount {mount}/later,image-subpath=d")
            self.assertEqual("sub", self.ok("exec", name, "ls", "/later"))
            self.ok("restart", "-t", "0", name)
            self.assertEqual("sub top", self.ok("exec", name, "sh", "-c", "echo $(ls /later; cat /file)"))
            self.ok("rm", "-f", name)

    def test_explain_shows_the_configuration(self):
        self.ok("create", "--runtime", "crun", "--name", "ee", BUSYBOX, "sleep", "1")
        self.assertIn('"ociVersion"', self.engine.shell("felucca:explain ee"))


class Named:
    """Runtimes by a name of the administrator's."""

    patience = 3
    seconds = 1000000 + os.getpid()  # which nobody else sleeps

    @classmethod
    def setUpClass(cls):
        cls.conf = tempfile.mkdtemp(prefix="conf-", dir=WORK)
        subprocess.check_call(["cp", "-r", TOP + "/distro/target/felucca/conf/.", cls.conf])
        with open(cls.conf + "/isolation.oci.cfg", "w") as file:
            hung = ", ".join(f"hangs-{command}={cls.hanging(command)}" for command in ("create", "start"))
            file.write(f"runtimes = small=/usr/bin/crun, broken=/usr/bin/false, missing=/no/such, {hung}\npatience = {cls.patience}\n")
        super().setUpClass()

    @classmethod
    def hanging(cls, command):
        """A crun that never comes back from one command, and has others wait with it."""
        path = f"{cls.conf}/hangs-{command}"
        with open(path, "w") as file:
            file.write(f"""#!/bin/sh
case " $* " in *" {command} "*) sleep {cls.seconds} & (sleep {cls.seconds}); sleep {cls.seconds} ;; esac
exec /usr/bin/crun "$@"
""")
        os.chmod(path, 0o755)
        return path

    def waiting(self):
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if file.read() == f"sleep\0{self.seconds}\0".encode():
                        found.append(pid)
            except OSError:
                continue  # it has ended
        return found


class Configured(Named, EngineTest):
    def test_a_runtime_that_hangs_is_ended_with_what_it_started(self):
        for command in ("create", "start"):
            self.refused("run", "--name", "c-" + command, "--runtime", "hangs-" + command, BUSYBOX, "true", code=125, says="has not returned for 3 s")
            self.assertEqual("created", self.engine.inspect("c-" + command, "State.Status"))
            until(lambda: not self.waiting(), "nothing of it is left")
            self.ok("rm", "c-" + command)
        self.assertEqual("still", self.ok("run", "--rm", "--runtime", "small", BUSYBOX, "echo", "still"))

    def test_by_name(self):
        self.assertEqual("hi", self.ok("run", "--rm", "--runtime", "small", BUSYBOX, "echo", "hi"))
        self.refused("run", "--rm", "--runtime", "crun", BUSYBOX, "true", code=125, says="unknown or invalid runtime name: crun")
        self.refused("run", "--rm", "--runtime", "broken", BUSYBOX, "true", code=125, says="cannot be used here")
        self.refused("run", "--rm", "--runtime", "missing", BUSYBOX, "true", code=125, says="cannot be used here")
        self.assertEqual("still", self.ok("run", "--rm", BUSYBOX, "echo", "still"))


class Hanging(Named, EngineTest):
    patience = 600

    def test_a_start_that_hangs_is_ended_with_its_container(self):
        for command in ("create", "start"):
            for name, ending in (("killed", ("kill", "hung")), ("stopped", ("stop", "hung")), ("removed", ("rm", "-f", "hung"))):
                with self.subTest(f"{command}, {name}"):
                    starting = self.engine.start("run", "--name", "hung", "--restart", "always", "--runtime", "hangs-" + command, BUSYBOX, "true")
                    until(self.waiting, "the runtime hangs")
                    begin = time.monotonic()
                    ended = self.docker(*ending)
                    said = starting.communicate(timeout=10)[0]
                    self.assertLess(time.monotonic() - begin, 8)
                    self.assertIn("was stopped while it was being started", said)
                    self.assertEqual([], self.waiting())
                    if name == "removed":
                        self.assertEqual(0, ended.returncode, ended.stderr)
                    else:
                        self.assertEqual("created", self.engine.inspect("hung", "State.Status"))
                        self.ok("rm", "hung")
                    self.assertEqual("", self.ok("ps", "-aq"))
