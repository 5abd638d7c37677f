"""Beside Debian's dockerd and beside firewalld, in a network namespace of its own each time: both go on, and nothing of theirs is touched."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from engine import BUSYBOX, WORK, EngineTest, until
from networks import answer, ip, nft, outside

WEB = ["sh", "-c", "mkdir /w; echo {} > /w/index.html; exec httpd -f -h /w -p 80"]


def foreign():
    """Every table that is not ours, without the counters' numbers."""
    tables = {}
    for line in nft("list", "tables").splitlines():
        _, family, name = line.split()
        if not name.startswith("felucca"):
            tables[line] = re.sub(r"packets \d+ bytes \d+", "", nft("list", "table", family, name))
    return tables


class Beside(EngineTest):
    def setUp(self):
        super().setUp()
        # The host forwards nothing until somebody asks for it, as on a fresh machine.
        self.forward("0")
        self.enterContext(self.another_host())

    def enterContext(self, context):                       # unittest has it from 3.11 on
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def another_host(self):
        return outside()

    @staticmethod
    def forward(value):
        with open("/proc/sys/net/ipv4/ip_forward", "w") as file:
            file.write(value)

    @staticmethod
    def forwards():
        with open("/proc/sys/net/ipv4/ip_forward") as file:
            return file.read().strip() == "1"

    @property
    def there(self):
        return ["nsenter", f"--net=/run/netns/felucca-o{os.getpid()}"]

    def serve_outside(self):
        server = subprocess.Popen([*self.there, "python3", "-c", "import http.server as h; h.HTTPServer(('192.0.2.2', 80), type('H', (h.SimpleHTTPRequestHandler,), "
                                   "{'do_GET': lambda s: (s.send_response(200), s.end_headers(), s.wfile.write(b'outside')), 'log_message': lambda *a: None})).serve_forever()"])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        until(lambda: answer(80, "192.0.2.2"), "the other host serves")

    def out(self, daemon, name):
        """What a container of it hears from the other host."""
        # Not by wget: busybox as Debian builds it falls over an address without a name.
        ask = r"printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 2 192.0.2.2 80"
        return daemon.docker("exec", name, "sh", "-c", ask).stdout.strip().rpartition("\n")[2]

    def from_outside(self, port):
        """What the other host hears from this one's port."""
        return subprocess.run([*self.there, "python3", "-c", f"import urllib.request as u; print(u.urlopen('http://192.0.2.1:{port}/', timeout=2).read().decode().strip())"],
                              capture_output=True, text=True).stdout.strip()

    def warnings(self):
        return "\n".join(self.engine.ok("info", "--format", "{{json .Warnings}}").splitlines())

    def web(self, daemon, name, port):
        result = daemon.docker("run", "-d", "--name", name, "-p", f"{port}:80", BUSYBOX, *[word.format(name) for word in WEB])
        self.assertEqual(0, result.returncode, result.stderr)
        self.addCleanup(daemon.docker, "rm", "-f", name)
        until(lambda: answer(port) == name, f"{name} answers on the host")

    def all_works(self, *pairs):
        for daemon, name, port in pairs:
            until(lambda: self.out(daemon, name) == "outside", f"{name} reaches out")
            until(lambda: self.from_outside(port) == name, f"port {port} answers the other host")
            self.assertEqual(name, answer(port))


@unittest.skipUnless(shutil.which("dockerd") and shutil.which("iptables"), "dockerd or iptables is not installed")
class Dockerd(Beside):
    """iptables of Debian write nftables: its chains and ours are asked about each packet."""

    def dockerd(self):
        from beside import Dockerd as Daemon
        docker = Daemon()
        self.addCleanup(self.without_docker)
        self.addCleanup(docker.close)
        pulled = docker.docker("pull", "-q", BUSYBOX)
        self.assertEqual(0, pulled.returncode, pulled.stderr)
        return docker

    def without_docker(self):
        """dockerd leaves its chains and its bridge."""
        for table in foreign():
            nft("delete", *table.split())
        subprocess.run(["ip", "link", "del", "docker0"], capture_output=True)

    def test_we_came_first(self):
        self.serve_outside()
        self.web(self.engine, "ours", 8081)
        until(self.forwards, "the engine has switched forwarding on")
        docker = self.dockerd()
        before = foreign()
        self.assertIn("ip filter", "".join(before))
        self.web(docker, "theirs", 8082)
        self.all_works((self.engine, "ours", 8081), (docker, "theirs", 8082))
        # Forwarding was on: dockerd had no reason to forbid it, and nothing is in the way.
        self.assertNotIn("are dropped", self.warnings())
        with_theirs = foreign()
        self.ok("network", "create", "more")
        self.addCleanup(self.docker, "network", "rm", "more")
        self.web(self.engine, "again", 8083)
        self.assertEqual(with_theirs, foreign())
        docker.docker("rm", "-f", "theirs")
        self.all_works((self.engine, "ours", 8081), (self.engine, "again", 8083))
        self.assertEqual(before, foreign())

    def test_dockerd_came_first_and_forbids_forwarding(self):
        self.serve_outside()
        self.engine.felucca("down")
        self.forward("0")
        docker = self.dockerd()
        self.assertIn("policy drop", foreign()["table ip filter"])
        self.engine.up()
        before = foreign()
        self.web(docker, "theirs", 8082)
        self.web(self.engine, "ours", 8081)                 # the host itself is not forwarded
        self.assertEqual("", self.out(self.engine, "ours"))
        self.assertEqual("", self.from_outside(8081))
        self.all_works((docker, "theirs", 8082))
        until(lambda: "ip filter FORWARD" in self.warnings(), "what stands in the way is told")
        for way in ("-i", "-o"):
            # As docs/networks.md says.
            subprocess.run(["iptables", "-I", "DOCKER-USER", way, "fel+", "-j", "ACCEPT"], check=True)
        self.all_works((self.engine, "ours", 8081), (docker, "theirs", 8082))
        docker.docker("rm", "-f", "theirs")
        for way in ("-i", "-o"):
            subprocess.run(["iptables", "-D", "DOCKER-USER", way, "fel+", "-j", "ACCEPT"], check=True)
        self.assertEqual(before, foreign())


@unittest.skipUnless(shutil.which("firewalld") and shutil.which("dbus-daemon"), "firewalld is not installed")
class Firewalld(Beside):
    """Its chain of forwarded packets ends by rejecting, without a policy."""

    BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
      "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
    <busconfig><type>system</type><listen>unix:path={}/bus</listen><auth>EXTERNAL</auth>
      <policy context="default"><allow user="*"/><allow own="*"/>{}</policy></busconfig>"""
    WAYS = "".join(f'<allow {way}_type="{kind}"/>' for way in ("send", "receive") for kind in ("method_call", "method_return", "error", "signal"))

    def firewalld(self):
        home = tempfile.mkdtemp(prefix="firewalld-", dir=WORK)
        with open(home + "/bus.conf", "w") as file:
            file.write(self.BUS.format(home, self.WAYS))
        bus = subprocess.Popen(["dbus-daemon", "--config-file", home + "/bus.conf", "--nofork"])
        self.addCleanup(bus.wait)
        self.addCleanup(bus.kill)
        until(lambda: os.path.exists(home + "/bus"), "the bus is there")
        shutil.copytree("/etc/firewalld", home + "/etc", dirs_exist_ok=True)
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={home}/bus"}
        log = self.enterContext(open(home + "/log", "w"))
        fire = subprocess.Popen(["firewalld", "--nofork", "--nopid", "--system-config", home + "/etc", "--log-file", home + "/firewalld.log"],
                                env=self.environment, stdout=log, stderr=log)
        self.addCleanup(self.without_firewalld)
        self.addCleanup(fire.wait)
        self.addCleanup(fire.terminate)
        until(lambda: "table inet firewalld" in foreign(), "firewalld has its table", 60)
        until(lambda: self.cmd("--state") == "running", "firewalld runs", 60)

    def cmd(self, *words):
        return subprocess.run(["firewall-cmd", *words], capture_output=True, text=True, env=self.environment).stdout.strip()

    @staticmethod
    def without_firewalld():
        for table in foreign():
            nft("delete", *table.split())

    def test_what_rejects_is_told_and_can_be_let_through(self):
        self.serve_outside()
        self.web(self.engine, "ours", 8081)
        self.all_works((self.engine, "ours", 8081))
        self.firewalld()
        before = foreign()
        self.assertPattern(r"chain filter_FORWARD \{\n\s+type filter hook forward .*policy accept;", before["table inet firewalld"])
        until(lambda: "inet firewalld filter_FORWARD" in self.warnings(), "what stands in the way is told")
        # A published port is a translated connection, which firewalld lets pass; what containers begin it does not.
        until(lambda: self.from_outside(8081) == "ours", "the published port answers")
        self.assertEqual("", self.out(self.engine, "ours"))
        self.ok("network", "create", "more")
        self.ok("run", "--rm", "--network", "more", "-p", "8084:80", BUSYBOX, "true")
        self.ok("network", "rm", "more")
        self.assertEqual(before, foreign())
        bridge = re.search(r"\b(fel\w+):", ip("-o", "link", "show", "type", "bridge")).group(1)
        self.cmd("--zone=trusted", "--add-interface=" + bridge)
        until(lambda: self.out(self.engine, "ours") == "outside", "containers of a trusted bridge reach out")
        self.all_works((self.engine, "ours", 8081))
        # Its own answer to a reload is to make its table anew: ours is not part of it.
        self.cmd("--reload")
        self.assertEqual("ours", answer(8081))
        until(lambda: self.from_outside(8081) == "ours", "the published port answers")


if __name__ == "__main__":
    unittest.main()
