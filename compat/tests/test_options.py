"""Every option of docker run has a row in docs/run-options.md, and those of the engine do what it says."""
import os
import re
import subprocess
import tempfile

from engine import BUSYBOX, TOP, WORK, EngineTest, until

IN = "inspect: "                                       # what docker inspect shows, instead of what a program prints

# Options, what runs with them, and what it prints. Options that other tests here show in depth are not repeated.
PROBES = [
    (["--add-host", "some:1.2.3.4"], "grep some /etc/hosts", r"^1\.2\.3\.4\s+some$"),
    (["--annotation", "a=b"], IN + "{{.HostConfig.Annotations}}", r"map\[a:b\]"),
    (["--cap-add", "NET_ADMIN"], "ip link set lo down && echo done", "^done$"),
    (["--cap-drop", "ALL"], "grep CapEff /proc/self/status", r"^CapEff:\s0+$"),
    (["--cgroupns", "host"], "readlink /proc/self/ns/cgroup", lambda: os.readlink("/proc/self/ns/cgroup")),
    (["--device", "/dev/loop-control:/dev/lc:r"], "test -c /dev/lc && dd if=/dev/lc count=0 2>/dev/null && echo there", "^there$"),
    (["--device-cgroup-rule", "c 10:229 rwm"], "mknod /f c 10 229 && head -c0 /f && echo may", "^may$"),
    (["--domainname", "example.org", "-h", "box"], "cat /proc/sys/kernel/domainname; hostname -f", "^example.org\nbox"),
    (["--entrypoint", "echo"], None, "^$"),
    (["-e", "A=1"], "echo $A", "^1$"),
    (["--expose", "99"], IN + "{{.Config.ExposedPorts}}", "99/tcp"),
    (["--group-add", "4321"], "id -G", r"\b4321\b"),
    (["--hostname", "box"], "hostname; cat /etc/hostname; echo $HOSTNAME", "^box\nbox\nbox$"),
    (["--init"], "cat /proc/1/comm", "^docker-init$"),
    (["--ipc", "host"], "readlink /proc/self/ns/ipc", lambda: os.readlink("/proc/self/ns/ipc")),
    (["--ipc", "none"], "mount | grep -c /dev/shm; true", "^0$"),
    (["--ipc", "private"], "mount | grep -c /dev/shm", "^1$"),
    (["--label", "x=y"], IN + "{{.Config.Labels.x}}", "^y$"),
    (["--oom-score-adj", "500"], "cat /proc/self/oom_score_adj", "^500$"),
    (["--pid", "host"], "readlink /proc/self/ns/pid", lambda: os.readlink("/proc/self/ns/pid")),
    (["--privileged"], "grep Seccomp: /proc/self/status; test -w /proc/sys/kernel/domainname && echo writes", "0\nwrites"),
    (["--read-only"], "touch /x 2>&1", "Read-only"),
    (["--security-opt", "no-new-privileges"], "grep NoNewPrivs /proc/self/status", r"1$"),
    (["--security-opt", "seccomp=unconfined"], "grep Seccomp: /proc/self/status", r"0$"),
    (["--security-opt", "systempaths=unconfined"], "mount | grep -c ' /proc/'; true", "^0$"),
    (["--shm-size", "1m"], "df -k /dev/shm | tail -1", r"\s1024\s"),
    (["--stop-signal", "INT"], IN + "{{.Config.StopSignal}}", "^INT$"),
    (["--stop-timeout", "7"], IN + "{{.Config.StopTimeout}}", "^7$"),
    (["--shm-size", "1"], "grep ' /dev/shm ' /proc/mounts", "size=4k"),
    (["--sysctl", "net.ipv4.ip_forward=1"], "cat /proc/sys/net/ipv4/ip_forward", "^1$"),
    (["--sysctl", "kernel.msgmax=4321"], "cat /proc/sys/kernel/msgmax", "^4321$"),
    (["--ulimit", "nofile=123:456"], "ulimit -n; ulimit -Hn", "^123\n456$"),
    (["--user", "daemon"], "id -u", "^1$"),
    (["--user", "7:8"], "id -u; id -g", "^7\n8$"),
    (["--userns", "host"], "readlink /proc/self/ns/user", lambda: os.readlink("/proc/self/ns/user")),
    (["--uts", "host"], "readlink /proc/self/ns/uts", lambda: os.readlink("/proc/self/ns/uts")),
    (["--workdir", "/new"], "pwd", "^/new$"),
]

REFUSED = [
    (["--cap-add", "NOSUCH"], 'daemon: invalid CapAdd: unknown capability: "CAP_NOSUCH"'),
    (["--cpu-shares", "-1"], "invalid CPU shares"),
    (["--device", "/nosuch"], 'daemon: error gathering device information while adding custom device "/nosuch": no such file or directory'),
    (["--network", "container:nosuch"], "No such container: nosuch"),
    (["--volumes-from", "nosuch"], "No such container: nosuch"),
    (["--cgroupns", "odd"], "invalid cgroup mode"),
    (["--gpus", "all"], "could not select device driver"),
    (["--ipc", "odd"], "invalid IPC mode: odd"),
    (["--isolation", "hyperv"], "invalid isolation"),
    (["--pid", "odd"], "PID mode"),
    (["--runtime", "nosuch"], "unknown or invalid runtime name: nosuch"),
    (["--security-opt", "nosuch=1"], "invalid --security-opt"),
    (["--security-opt", "label=odd:1"], "bad label option"),
    (["--stop-signal", "NOSUCH"], "invalid"),
    (["--sysctl", "kernel.panic=1"], "not allowed"),
    (["--sysctl", "kernel.msgmax=1", "--ipc", "host"], "not allowed"),
    (["--sysctl", "net.ipv4.ip_forward=1", "--network", "host"], "not allowed in host network namespace"),
    (["--ulimit", "nosuch=1"], "invalid ulimit"),
    (["--userns", "odd"], "user"),
    (["--uts", "odd"], "UTS mode"),
    (["--cpu-count", "1"], "windows"),
    (["--io-maxiops", "1"], "windows"),
]


class Options(EngineTest):
    def rows(self):
        with open(TOP + "/docs/run-options.md") as file:
            table = [line for line in file if line.startswith("| `-")]
        return {option: line.split("|")[2].strip() for line in table for option in re.findall(r"`(--[a-z0-9-]+)`", line.split("|")[1])}

    def test_every_option_has_a_row(self):
        help_text = subprocess.run(["docker", "run", "--help"], capture_output=True, text=True).stdout
        options = set(re.findall(r"^ +(?:-[a-z], )?(?: +)?(--[a-z0-9-]+)", help_text, re.M))
        self.assertGreater(len(options), 90)
        self.assertEqual(set(), options - set(self.rows()), "options without a row in docs/run-options.md")
        self.assertEqual({"client", "engine", "refused"}, set(self.rows().values()))

    def test_what_the_engine_does(self):
        for words, script, wanted in PROBES:
            with self.subTest(options=words):
                wanted = re.escape(wanted()) if callable(wanted) else wanted
                if script and script.startswith(IN):
                    self.ok("create", "--name", "probe", *words, BUSYBOX, "true")
                    out = self.ok("inspect", "-f", script[len(IN):], "probe")
                    self.ok("rm", "probe")
                else:
                    result = self.docker("run", "--rm", *words, BUSYBOX, *(["sh", "-c", script] if script else []))
                    self.assertEqual("", re.sub("(?m)^WARNING.*$", "", result.stderr).strip())
                    out = result.stdout.strip()
                self.assertRegex(out, wanted)

    def test_what_is_refused(self):
        for words, says in REFUSED:
            with self.subTest(options=words):
                result = self.docker("run", "--rm", *words, BUSYBOX, "true")
                self.assertIn(result.returncode, (125, 127, 1), result.stdout + result.stderr)
                self.assertIn(says.lower(), result.stderr.lower())
                self.assertNotIn("Unable to find image", result.stderr)  # what the client takes a 404 for

    def test_what_the_host_has_not_is_warned_about(self):
        if not os.path.exists("/sys/module/apparmor"):
            self.assertIn("no AppArmor", self.docker("create", "--security-opt", "apparmor=some", BUSYBOX, "true").stderr)
            self.assertNotIn("AppArmor", self.docker("create", "--security-opt", "apparmor=unconfined", BUSYBOX, "true").stderr)
        if not os.path.exists("/sys/fs/selinux/enforce"):
            result = self.docker("create", "--security-opt", "label=type:some_t", BUSYBOX, "true")
            self.assertIn('no SELinux: the label "system_u:system_r:some_t:s0"', result.stderr)
            self.assertEqual("", self.docker("create", "--security-opt", "label=disable", BUSYBOX, "true").stderr)

    def test_shared_memory_is_joined_where_it_may_be(self):
        self.ok("run", "-d", "--name", "donor", "--ipc", "shareable", BUSYBOX, "sh", "-c", "echo mine > /dev/shm/f; sleep 1000")
        self.ok("run", "-d", "--name", "alone", BUSYBOX, "sleep", "1000")
        for runtime in ("linux", "crun", "runc"):
            out = self.ok("run", "--rm", "--runtime", runtime, "--ipc", "container:donor", BUSYBOX, "sh", "-c",
                          "cat /dev/shm/f; readlink /proc/self/ns/ipc")
            ipc = os.readlink(f"/proc/{self.engine.inspect('donor', 'State.Pid')}/ns/ipc")
            self.assertEqual(["mine", ipc], out.split("\n"), runtime)
            self.refused("run", "--rm", "--runtime", runtime, "--ipc", "container:alone", BUSYBOX, "true", code=125,
                         says="non-shareable IPC (hint: use IpcMode:shareable for the donor container)")
        self.ok("run", "-d", "--name", "pids", "--pid", "container:donor", BUSYBOX, "sleep", "1000")
        self.assertEqual(*(os.readlink(f"/proc/{self.engine.inspect(n, 'State.Pid')}/ns/pid") for n in ("donor", "pids")))

    def test_init_reaps_and_passes_signals_on(self):
        for runtime in ("linux", "crun"):
            self.ok("run", "-d", "--runtime", runtime, "--init", "--name", "ii-" + runtime, BUSYBOX, "sh", "-c",
                    "trap 'echo usr' USR1; trap 'exit 6' TERM; for i in 1 2 3 4 5; do (sleep 0 &) ; done; echo up; while :; do sleep 0.05; done")
            until(lambda: "up" in self.ok("logs", "ii-" + runtime), "it runs")
            states = "cat /proc/[0-9]*/stat | sed 's/.*) \\(.\\).*/\\1/' | grep -c Z; true"
            until(lambda: self.ok("exec", "ii-" + runtime, "sh", "-c", states) == "0", "no zombies")
            self.ok("kill", "-s", "USR1", "ii-" + runtime)
            until(lambda: "usr" in self.ok("logs", "ii-" + runtime), "a signal arrives")
            self.ok("stop", "ii-" + runtime)
            self.assertEqual(6, self.engine.inspect("ii-" + runtime, "State.ExitCode"))

    def test_files_of_the_client(self):
        with tempfile.TemporaryDirectory(dir=WORK) as home:
            with open(home + "/env", "w") as file:
                file.write("# comment\nONE=1\nTWO=a b\n")
            out = self.ok("run", "--rm", "--env-file", home + "/env", "--cidfile", home + "/cid", BUSYBOX, "sh", "-c", "echo $ONE $TWO")
            self.assertEqual("1 a b", out)
            with open(home + "/cid") as file:
                self.assertRegex(file.read(), "^[0-9a-f]{64}$")

    def test_stop_signal_and_timeout(self):
        self.ok("run", "-d", "--name", "ss", "--stop-signal", "HUP", "--stop-timeout", "60", BUSYBOX, "sh", "-c",
                "trap 'exit 4' HUP; while :; do sleep 0.05; done")
        self.ok("stop", "ss")
        self.assertEqual(4, self.engine.inspect("ss", "State.ExitCode"))
        self.ok("run", "-d", "--name", "tt", "--stop-timeout", "0", BUSYBOX, "sh", "-c", "trap '' TERM; while :; do sleep 0.05; done")
        self.ok("stop", "tt")
        self.assertEqual(137, self.engine.inspect("tt", "State.ExitCode"))
