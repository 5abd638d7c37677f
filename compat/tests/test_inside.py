"""What a container sees, and what it cannot do."""
import os
import subprocess

from engine import BUSYBOX, DEBIAN, EngineTest, until


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
        # Each is refused for what it is, not for want of a file or a program.
        forbidden = (
            "mount -t tmpfs none /tmp", "mount -o remount,rw /proc/sys", "mount -o remount,rw /",
            *(f"echo 1 > {file}" for file in ("/proc/sys/kernel/panic", "/proc/sysrq-trigger", "/sys/kernel/mm/ksm/run") if os.path.exists(file)),
            "reboot -f", "hostname other", "date -s 2000-01-01",
            "unshare -m true", "dmesg", "ip link set lo down", "nsenter -t 1 -m true",
            "echo no module >/m.ko; insmod /m.ko", "echo >/swap; swapon /swap",
            "mknod /disk b $(awk 'END { print $1, $2 }' /proc/partitions); head -c 1 /disk")
        script = "".join(f"echo '== {number}'; ({each}) 2>&1\n" for number, each in enumerate(forbidden))
        printed = self.run_sh(script + "true").split("== ")[1:]
        self.assertEqual(len(forbidden), len(printed))
        for each, said in zip(forbidden, printed):
            self.assertRegex(said, "(?i)not permitted|denied|read-only file system", each)
        self.assertEqual("0", self.run_sh("cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c"))

    def test_marks_that_programs_look_for(self):
        self.assertEqual("/proc/mounts", self.run_sh("test -f /.dockerenv && readlink /etc/mtab && df / >/dev/null"))
        self.ok("run", "--name", "marked", BUSYBOX, "true")
        self.assertEqual("", self.ok("diff", "marked"))

    def test_low_ports_and_pings_are_for_everybody_in_its_own_network(self):
        read = "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range"
        self.assertEqual(["0", "0", "2147483647"], self.run_sh(read).split())
        self.assertEqual(["1024", "0", "2147483647"], self.run_sh(read, "--sysctl", "net.ipv4.ip_unprivileged_port_start=1024").split())
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as file:
            self.assertEqual(file.read().strip(), self.run_sh(read, "--network", "host").split()[0])

    def test_inspect_shows_what_the_engine_decided(self):
        self.ok("run", "-d", "--name", "shown", BUSYBOX, "sleep", "100")
        shown = self.engine.inspect("shown")
        self.assertEqual(shown["Id"][:12], shown["Config"]["Hostname"])
        self.assertEqual("linux", shown["HostConfig"]["Runtime"])
        self.assertIn("/proc/kcore", shown["HostConfig"]["MaskedPaths"])
        self.assertIn("/proc/sys", shown["HostConfig"]["ReadonlyPaths"])
        self.ok("exec", "-d", "shown", "sh", "-c", "until test -e /end; do usleep 10000; done")
        self.assertEqual(1, len(self.engine.inspect("shown", "ExecIDs")))
        self.ok("exec", "shown", "touch", "/end")
        until(lambda: self.engine.inspect("shown", "ExecIDs") is None, "an exec that has ended is not shown")
        with open("/proc/sys/kernel/hostname") as file:
            self.ok("create", "--name", "hosts", "--network", "host", BUSYBOX)
            self.assertEqual(file.read().strip(), self.engine.inspect("hosts", "Config.Hostname"))

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
