"""Ways out of a container that others had, tried here: each fails, by the mechanism that docs/security.md names."""
import hashlib
import os
import shutil
import subprocess
import tempfile

from engine import BUSYBOX, DEBIAN, WORK, EngineTest, until

RUNTIMES = ("linux", "crun", "runc")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Escapes(EngineTest):
    images = (BUSYBOX, DEBIAN)

    def tries(self, script, *options, image=BUSYBOX):
        """What a shell in the container prints, by each kind of driver."""
        results = [self.docker("run", "--rm", "--runtime", runtime, *options, image, "sh", "-c", script) for runtime in RUNTIMES]
        return [result.stdout + result.stderr for result in results]

    def test_overwriting_the_runtime(self):
        """CVE-2019-5736: a program that is /proc/self/exe has the runtime execute itself, and is then written to."""
        programs = [os.path.realpath("/usr/bin/crun"), os.path.realpath(shutil.which("runc")), os.path.realpath("/usr/bin/java")]
        before = [digest(path) for path in programs]
        for runtime in RUNTIMES:
            self.ok("run", "-d", "--runtime", runtime, "--name", "e-" + runtime, BUSYBOX, "sh", "-c",
                    "printf '#!/proc/self/exe\\n' > /evil; chmod +x /evil; touch /ready;"
                    "while :; do for p in /proc/[0-9]*; do [ $p != /proc/1 ] && (echo evil > $p/exe) 2>/dev/null && echo WROTE $p; done; done")
            until(lambda: self.docker("exec", "e-" + runtime, "test", "-e", "/ready").returncode == 0, "it is ready")
            for _ in range(5):
                self.docker("exec", "e-" + runtime, "/evil")
            self.assertEqual("fine", self.ok("exec", "e-" + runtime, "echo", "fine"))
        self.assertEqual(before, [digest(path) for path in programs])

    def test_descriptors_left_open(self):
        """CVE-2024-21626: a working directory by a descriptor of the host's that was left open."""
        with tempfile.NamedTemporaryFile(prefix="canary-", dir="/tmp") as canary:
            look = "for up in . .. ../.. ../../.. ../../../../../..; do ls $up/tmp; done 2>/dev/null"
            for number in (3, 4, 5, 6, 7, 8, 9, 12):
                for out in self.tries(look, "-w", f"/proc/self/fd/{number}"):
                    self.assertNotIn(os.path.basename(canary.name), out)
            for runtime in RUNTIMES:
                self.ok("run", "-d", "--runtime", runtime, "--name", "w-" + runtime, BUSYBOX, "sleep", "1000")
                for number in (3, 4, 5, 7, 8):
                    out = self.docker("exec", "-w", f"/proc/self/fd/{number}", "w-" + runtime, "sh", "-c", look)
                    self.assertNotIn(os.path.basename(canary.name), out.stdout)

    def test_mount_targets_that_change(self):
        """CVE-2021-30465: a mount's target is exchanged for a link out of the root while it is looked up."""
        with tempfile.TemporaryDirectory(dir="/tmp", prefix="outside-") as outside, tempfile.TemporaryDirectory(dir=WORK) as source:
            with open(source + "/mark", "w"):
                pass
            self.ok("run", "-d", "--name", "flip", "-v", "shared:/v", BUSYBOX, "sh", "-c",
                    f"while :; do rm -rf /v/d; ln -s {outside} /v/d; rm -f /v/d; mkdir /v/d; done")
            for runtime in RUNTIMES:
                for _ in range(5):
                    self.docker("run", "--rm", "--runtime", runtime, "-v", "shared:/v", "-v", source + ":/v/d/t:ro", BUSYBOX, "true")
                    self.assertEqual([], os.listdir(outside), "something was made outside of the root")
            with open("/proc/self/mountinfo") as mounts:
                self.assertNotIn(outside, mounts.read())
        self.ok("rm", "-f", "flip")
        self.ok("volume", "rm", "shared")

    def test_masked_paths_and_procfs_by_links(self):
        """CVE-2025-31133, -52565, -52881: what masks is a link, /dev/console or /proc is a link to elsewhere."""
        with tempfile.TemporaryDirectory(dir=WORK) as root:
            os.makedirs(root + "/bin")
            self.ok("create", "--name", "src", BUSYBOX)
            self.ok("cp", "src:/bin/busybox", root + "/bin/sh")
            for link, target in (("proc", "/tmp"), ("sys", "/tmp"), ("dev", "/tmp")):
                tar = root + "/../" + link + ".tar"
                os.makedirs(root + "/tmp", exist_ok=True)
                os.symlink(target, root + "/" + link)
                subprocess.check_call(["tar", "-C", root, "-cf", tar, "."])
                os.remove(root + "/" + link)
                self.ok("import", tar, "linked-" + link)
                for out in self.tries("[ -e /proc/1/status ] && [ ! -e /tmp/1 ] && [ -c /dev/null ] && echo whole", image="linked-" + link):
                    # Either it is refused, or what is there is what should be.
                    self.assertTrue("Error response from daemon" in out or out.strip() in ("whole", ""), out)
                self.ok("rmi", "-f", "linked-" + link)
        masked = [path for path in ("/proc/kcore", "/proc/keys", "/proc/timer_list") if os.path.exists(path)]
        for out in self.tries("stat -c '%F %t:%T' /proc/kcore /proc/keys /proc/timer_list"):
            self.assertEqual(len(masked), out.count("character special file 1:3"), out)
        paths = [path for path in ("/proc/irq/default_smp_affinity", "/proc/sys/kernel/printk", "/proc/sysrq-trigger") if os.path.exists(path)]
        for out in self.tries("; ".join(f"echo 1 > {path}" for path in paths)):
            self.assertEqual(len(paths), out.count("Read-only file system"), out)
        for out in self.tries("ls -l /dev/console; stat -c %t:%T /dev/console", "-t"):
            self.assertRegex(out, r"88:")

    def test_cgroups(self):
        """CVE-2022-0492 and its kind: release_agent, limits of one's own."""
        script = ("mkdir -p /tmp/c; mount -t cgroup -o memory none /tmp/c; mount -t cgroup2 none /tmp/c; "
                  "unshare -r -m true; unshare -U true; for f in $(find /sys/fs/cgroup -name release_agent -o -name memory.limit_in_bytes "
                  "-o -name cgroup.procs -o -name tasks); do (echo 1 > $f) 2>/dev/null && echo WROTE $f; done; true")
        for out in self.tries(script):
            self.assertNotIn("WROTE", out)
            self.assertGreaterEqual(out.lower().count("permission denied") + out.lower().count("not permitted"), 3, out)

    def test_kernel_parameters(self):
        for out in self.tries("for f in kernel/core_pattern kernel/modprobe vm/overcommit_memory fs/binfmt_misc/register; do "
                              "(echo '|/x' > /proc/sys/$f) && echo WROTE $f; done; echo c > /proc/sysrq-trigger && echo WROTE; true"):
            self.assertNotIn("WROTE", out)
            self.assertIn("Read-only file system", out)

    def test_calls(self):
        """kexec, setns into what can be opened, modules, the clock, a user namespace, tracing the host."""
        perl = ("sub c { my $r = syscall(shift, @_); print $r < 0 ? 'no ' : 'DID ', $!+0, qq(\\n) } "
                "open(my $f, '<', '/proc/1/ns/mnt'); c(246,0,0,0,0); c(320,0,0,0,0,0); c(308, $f ? fileno($f) : -1, 0); c(175,0,0,0); "
                "c(272, 0x10000000); c(165, 0, 0, 0, 0, 0); c(166, 0, 0); c(304, -1, 0, 0); c(101, 16, 1, 0, 0); c(227, 0, 0);")
        for options in ((), ("--pid", "host")):
            for runtime in RUNTIMES:
                out = self.docker("run", "--rm", "--runtime", runtime, *options, DEBIAN, "perl", "-e", perl).stdout
                # EPERM each: the arguments are nonsense, so a call that comes to the kernel itself would say EFAULT, EINVAL or ENOSYS.
                self.assertEqual(["no 1"] * 10, [line.strip() for line in out.splitlines()])

    def test_the_terminal_is_not_the_hosts(self):
        """TIOCSTI: what is typed by a program goes to the container's own terminal."""
        host = os.stat("/dev/pts").st_dev
        for out in self.tries("stat -c %d /dev/pts; tty; ls /dev/pts", "-t"):
            first, terminal = out.split()[:2]
            self.assertNotEqual(host, int(first))
            self.assertEqual("/dev/pts/0", terminal)

    def test_hard_links_and_devices(self):
        with tempfile.TemporaryDirectory(dir=WORK) as shared:
            with open(shared + "/file", "w") as file:
                file.write("x")
            for out in self.tries("ln /mnt/file /inside; ln /etc/hosts /inside; ln /etc/passwd /mnt/out; ls /inside /mnt/out",
                                  "-v", shared + ":/mnt"):
                self.assertEqual(3, out.count("Invalid cross-device link"), out)
            self.assertEqual(["file"], os.listdir(shared))
        for out in self.tries("mknod /disk b 254 0 && (dd if=/disk of=/dev/null count=1 2>&1; echo x > /disk); mknod /mem c 1 1 && head -c1 /mem"):
            self.assertGreaterEqual(out.lower().count("operation not permitted"), 2, out)

    def test_processes_of_the_host(self):
        for out in self.tries("ls /proc/1/root/ 2>&1; cat /proc/1/environ 2>&1 | head -c 10; readlink /proc/1/cwd", "--pid", "host"):
            self.assertGreaterEqual(out.lower().count("permission denied"), 1, out)
            self.assertNotIn("boot", out.split())

    def test_without_the_protection_the_attempts_get_through(self):
        """Or they would fail for another reason than the one that docs/security.md names. What is opened is not written to."""
        write = "for f in %s; do [ ! -e $f ] || (: >>$f) 2>/dev/null && echo OPEN; done; true"
        for out in self.tries(write % "/proc/sys/kernel/core_pattern", "--security-opt", "systempaths=unconfined"):
            self.assertIn("OPEN", out)
        for out in self.tries(write % "$(find /sys/fs/cgroup -name cgroup.procs | head -n 3)", "--privileged"):
            self.assertIn("OPEN", out)
        for out in self.tries("unshare -U true && echo DID", "--security-opt", "seccomp=unconfined"):
            self.assertIn("DID", out)
        for out in self.tries("mknod /n c 1 1; head -c1 /n", "--device-cgroup-rule", "c 1:1 r"):
            self.assertNotIn("not permitted", out)
