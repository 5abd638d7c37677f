"""What a container sees, and what it cannot do."""
import subprocess

from engine import BUSYBOX, DEBIAN, EngineTest


class Inside(EngineTest):
    def run_sh(self, script, *options):
        return self.ok("run", "--rm", *options, BUSYBOX, "sh", "-c", script)

    def test_its_own_processes_only(self):
        self.assertEqual({"1": "sleep"}, dict(line.split() for line in self.exec_ps()))

    def exec_ps(self):
        """What ps shows besides itself."""
        self.ok("run", "-d", "--name", "own", BUSYBOX, "sleep", "100")
        return [line for line in self.ok("exec", "own", "ps", "-o", "pid,comm").splitlines()[1:] if "ps" not in line]

    def test_its_own_hostname(self):
        self.assertEqual(*self.run_sh("hostname; cat /etc/hostname").split())
        self.assertRegex(self.run_sh("hostname"), "^[0-9a-f]{12}$")

    def test_its_own_network(self):
        out = self.run_sh("ip -o -4 addr show")
        self.assertEqual(["lo", "eth0"], [line.split()[1] for line in out.splitlines()])
        self.assertPattern(r"^default via ", self.run_sh("ip route"))
        self.assertEqual("lo", self.ok("run", "--rm", "--network", "none", BUSYBOX, "ls", "/sys/class/net"))

    def test_the_host_network_is_the_engines(self):
        ours = subprocess.run(["readlink", "/proc/self/ns/net"], capture_output=True, text=True).stdout.strip()
        self.assertEqual(ours, self.run_sh("readlink /proc/self/ns/net", "--network", "host"))

    def test_containers_reach_each_other_and_the_gateway(self):
        self.ok("run", "-d", "--name", "peer", BUSYBOX, "sleep", "100")
        address = self.ok("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "peer")
        self.assertIn("1 packets received", self.run_sh(f"ping -c 1 -W 5 {address}"))
        gateway = self.ok("inspect", "-f", "{{.NetworkSettings.Gateway}}", "peer")
        self.assertIn("1 packets received", self.run_sh(f"ping -c 1 -W 5 {gateway}"))

    def test_capabilities_and_seccomp_are_dockers(self):
        out = self.run_sh("grep -E '^(Cap|Seccomp:|NoNew)' /proc/self/status")
        values = dict(line.split(":\t") for line in out.splitlines())
        self.assertEqual("00000000a80425fb", values["CapEff"])
        self.assertEqual("00000000a80425fb", values["CapBnd"])
        self.assertEqual("0000000000000000", values["CapInh"])
        self.assertEqual("0000000000000000", values["CapAmb"])
        self.assertEqual("2", values["Seccomp"])
        self.assertEqual("0", values["NoNewPrivs"])

    def test_signals_are_at_default(self):
        out = self.ok("run", "--rm", BUSYBOX, "grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status")
        self.assertEqual({"0000000000000000"}, {line.split("\t")[1] for line in out.splitlines()})

    def test_no_descriptor_leaks_in(self):
        self.assertEqual(["0", "1", "2"], self.run_sh("for f in $(seq 0 300); do test -e /proc/1/fd/$f && echo $f; done; true").split())

    def test_devices_are_dockers(self):
        names = set(self.run_sh("ls /dev").split())
        self.assertEqual({"core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout",
                          "tty", "urandom", "zero"} - names, {"core"} - names)
        self.assertEqual("", self.run_sh("ls /dev | grep -E '^(sd|vd|loop|mem|kmsg|fuse)'; true"))

    def test_mounts_are_dockers(self):
        out = self.run_sh("cat /proc/self/mountinfo")
        mounts = {line.split()[4]: line.split() for line in out.splitlines()}
        for target, options in {"/proc": "rw,nosuid,nodev,noexec,relatime", "/sys": "ro,nosuid,nodev,noexec,relatime",
                                "/dev": "rw,nosuid", "/dev/pts": "rw,nosuid,noexec,relatime",
                                "/dev/shm": "rw,nosuid,nodev,noexec,relatime", "/proc/sys": "ro,nosuid,nodev,noexec,relatime",
                                "/proc/bus": "ro,nosuid,nodev,noexec,relatime"}.items():
            self.assertEqual(options, mounts[target][5], target)
        self.assertIn("size=65536k", out)
        for target in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/sys/firmware", "/proc/keys"):
            self.assertIn(target, mounts)

    def test_what_is_forbidden_fails(self):
        for script in ("mount -t tmpfs none /tmp", "mount -o remount,rw /proc/sys", "echo 1 > /proc/sys/kernel/panic",
                       "echo c > /proc/sysrq-trigger", "reboot -f", "mknod /dev/x b 254 0 && cat /dev/x", "swapoff -a && false",
                       "insmod /nothing.ko", "hostname other", "date -s 2000-01-01 2>&1 | grep -q . && date +%Y | grep -q 2000", "unshare -m true", "chroot / dmesg",
                       "ip link set lo down", "echo 1 > /sys/kernel/mm/ksm/run", "cat /proc/kcore", "nsenter -t 1 -m ls /work"):
            result = self.docker("run", "--rm", BUSYBOX, "sh", "-c", script)
            self.assertNotEqual(0, result.returncode, script + ": " + result.stdout)

    def test_a_process_of_the_host_cannot_be_traced(self):
        result = self.docker("run", "--rm", "--pid", "host", BUSYBOX, "sh", "-c", "cat /proc/1/environ || cat /proc/1/maps")
        self.assertNotEqual("", result.stderr)

    def test_shared_memory_is_64_megabytes(self):
        self.assertEqual("65536", self.run_sh("df -k /dev/shm | tail -1 | awk '{print $2}'"))

    def test_a_read_only_root(self):
        self.refused("run", "--rm", "--read-only", BUSYBOX, "touch", "/x", says="Read-only file system")

    def test_privileged_has_everything(self):
        self.assertEqual("0", self.run_sh("grep ^Seccomp: /proc/self/status | cut -f2", "--privileged"))
        self.run_sh("mount -t tmpfs none /tmp && test -e /dev/kmsg", "--privileged")

    def test_hosts_and_resolver_files(self):
        hosts = self.run_sh("cat /etc/hosts", "--add-host", "other:1.2.3.4", "-h", "me")
        self.assertPattern(r"^127\.0\.0\.1\tlocalhost$", hosts)
        self.assertPattern(r"^1\.2\.3\.4\tother$", hosts)
        self.assertPattern(r"^\d+\.\d+\.\d+\.\d+\tme$", hosts)
        self.assertPattern(r"^nameserver 9\.9\.9\.9$", self.run_sh("cat /etc/resolv.conf", "--dns", "9.9.9.9"))


class Debian(EngineTest):
    images = (DEBIAN,)

    def test_users_and_groups_come_from_the_image(self):
        self.assertEqual("uid=33(www-data) gid=33(www-data) groups=33(www-data)",
                         self.ok("run", "--rm", "-u", "www-data", DEBIAN, "id"))
        self.assertEqual("uid=33(www-data) gid=0(root) groups=0(root)",
                         self.ok("run", "--rm", "-u", "www-data:root", DEBIAN, "id"))
        self.assertEqual("/var/www", self.ok("run", "--rm", "-u", "www-data", DEBIAN, "sh", "-c", "echo $HOME"))

    def test_bash_runs(self):
        self.assertEqual("5", self.ok("run", "--rm", DEBIAN, "/bin/bash", "-c", "echo $((2+3))"))

    def test_apt_lists_its_packages(self):
        self.assertPattern("^ii  bash ", self.ok("run", "--rm", DEBIAN, "dpkg", "-l", "bash"))
