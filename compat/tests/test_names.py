"""Names: containers find each other by name, everything else is asked of name servers."""
import socket
import subprocess
import threading
import unittest

from engine import BUSYBOX, TOP, Engine, EngineTest, until


def name(wire, at=12):
    labels = []
    while wire[at]:
        labels.append(wire[at + 1:at + 1 + wire[at]].decode("latin-1"))
        at += 1 + wire[at]
    return ".".join(labels), at + 1


class NameServer(threading.Thread):
    """Knows 192.0.2.N for every name that begins with N, has nothing else, and says whom it heard from."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        self.asked = []
        self.start()

    def run(self):
        while True:
            try:
                query, client = self.socket.recvfrom(600)
            except OSError:
                return
            if not query:
                return
            asked, end = name(query)
            self.asked.append((asked, client[0]))
            number = asked.split(".")[0]
            if number == "circle":
                self.socket.sendto(query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:end + 4] + b"\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c", client)
                continue
            known = number.isdigit() and query[end:end + 2] == b"\0\1"
            head = query[:2] + (b"\x81\x80" if number.isdigit() else b"\x81\x83") + b"\0\1\0" + bytes([known]) + b"\0\0\0\0"
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([192, 0, 2, int(number)]) if known else b""
            self.socket.sendto(head + query[12:end + 4] + answer, client)

    def close(self):
        # A socket that somebody reads from keeps its port when it is closed.
        self.socket.sendto(b"", self.socket.getsockname())
        self.join()
        self.socket.close()


class Names(EngineTest):
    def run_in(self, network, name, *options):
        self.ok("run", "-d", "--name", name, "--network", network, *options, BUSYBOX, "sleep", "1000")

    def address(self, name, network):
        return self.engine.inspect(name)["NetworkSettings"]["Networks"][network]["IPAddress"]

    def inside(self, name, *words):
        """Words that run a program of the host's in a container's network."""
        return ["nsenter", f"--net=/proc/{self.engine.inspect(name, 'State.Pid')}/ns/net", *words]

    def look(self, container, name, kind="a"):
        """What nslookup finds in a container: addresses, or the code of the answer."""
        if kind == "ptr":
            name = ".".join(reversed(name.split("."))) + ".in-addr.arpa"
        result = self.docker("exec", container, "nslookup", "-type=" + kind, name)
        found = [line.split(" ")[-1].split("\t")[-1] for line in result.stdout.splitlines()[3:]
                 if line.startswith("Address") or "name = " in line]
        if found:
            return sorted(found)
        for code in ("NXDOMAIN", "SERVFAIL", "No answer", "timed out"):
            if code in result.stdout + result.stderr:
                return code
        return "NODATA"

    def test_the_default_network_has_names_too(self):
        self.run_in("bridge", "web", "--hostname", "webhost")
        self.run_in("bridge", "other")
        address = self.address("web", "bridge")
        short = self.engine.inspect("web", "Id")[:12]
        for called in ("web", "WEB", "webhost", short, "web.bridge"):
            self.assertEqual([address], self.look("other", called), called)
        self.assertEqual("NODATA", self.look("other", "web", "aaaa"))
        self.assertEqual(["web.bridge"], self.look("other", address, "ptr"))
        self.ok("rm", "-f", "web")
        self.assertNotEqual([address], self.look("other", "web"))
        self.run_in("bridge", "web")
        self.assertEqual([self.address("web", "bridge")], self.look("other", "web"))

    def test_a_renamed_container_is_found_by_its_new_name(self):
        self.run_in("bridge", "web")
        self.run_in("bridge", "other")
        self.ok("rename", "web", "shop")
        self.assertEqual([self.address("shop", "bridge")], self.look("other", "shop"))
        self.assertNotEqual([self.address("shop", "bridge")], self.look("other", "web"))

    def test_the_file_says_who_answers_and_whom_that_asks(self):
        text = self.ok("run", "--rm", BUSYBOX, "cat", "/etc/resolv.conf")
        self.assertPattern(r"^nameserver 127\.0\.0\.11$", text)
        self.assertPattern(r"^options .*ndots:0", text)
        self.assertPattern(r"^# ExtServers: \[", text)
        text = self.ok("run", "--rm", "--dns-search", "example.org", "--dns-opt", "timeout:3", BUSYBOX, "cat", "/etc/resolv.conf")
        self.assertPattern(r"^search example\.org$", text)
        self.assertPattern(r"^options timeout:3 ndots:0$", text)
        self.assertPattern(r"^# Overrides: \[search options\]$", text)
        # A container that names its servers on the default network asks those itself, as it does with Docker.
        text = self.ok("run", "--rm", "--dns", "192.0.2.53", BUSYBOX, "cat", "/etc/resolv.conf")
        self.assertPattern(r"^nameserver 192\.0\.2\.53$", text)
        # The host's network has the host's file.
        text = self.ok("run", "--rm", "--network", "host", BUSYBOX, "cat", "/etc/resolv.conf")
        self.assertNotIn("127.0.0.11", text)

    def test_names_live_on_when_the_engine_dies(self):
        self.run_in("bridge", "web")
        self.run_in("bridge", "other")
        address = self.address("web", "bridge")
        asking = subprocess.Popen(
            self.engine.words("exec", "other", "sh", "-c", "until nslookup -type=a web >/dev/null 2>&1; do :; done; echo found"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.engine.kill9()
        self.engine.up()
        asking.wait(30)
        until(lambda: self.look("other", "web") == [address], "names are answered again")

    def test_names_live_on_when_their_bundle_is_stopped_and_started(self):
        self.run_in("bridge", "web")
        self.run_in("bridge", "other")
        address = self.address("web", "bridge")
        bundle = "dev.felucca.plugin-net-dns"
        number = next(line.split("|")[0].strip() for line in self.engine.shell("felix:lb -s").splitlines() if bundle in line)
        self.engine.shell("felix:stop " + number)
        refused = self.docker("run", "--rm", BUSYBOX, "true")
        self.assertNotEqual(0, refused.returncode)
        self.assertIn("name server driver embedded is not available", refused.stderr)
        self.engine.shell("felix:start " + number)
        until(lambda: self.look("other", "web") == [address], "names are answered again")
        self.ok("run", "--rm", BUSYBOX, "true")

    def test_a_container_may_be_a_name_server_itself(self):
        self.run_in("bridge", "web")
        self.ok("run", "-d", "--name", "dns", BUSYBOX, "sleep", "1000")
        listen = ("import socket; u = socket.socket(type=socket.SOCK_DGRAM); u.bind(('0.0.0.0', 53)); t = socket.socket(); "
                  "t.bind(('0.0.0.0', 53)); t.listen(); print(flush=True); import time; time.sleep(100)")
        server = subprocess.Popen(self.inside("dns", "python3", "-c", listen), stdout=subprocess.PIPE)
        self.addCleanup(server.kill)
        self.assertEqual(b"\n", server.stdout.readline())
        self.assertEqual([self.address("web", "bridge")], self.look("dns", "web"))

    def test_a_container_in_anothers_network_has_its_names(self):
        self.run_in("bridge", "web")
        self.run_in("bridge", "main", "--hostname", "mainhost")
        self.ok("run", "-d", "--name", "side", "--network", "container:main", BUSYBOX, "sleep", "1000")
        self.assertEqual([self.address("web", "bridge")], self.look("side", "web"))
        self.assertEqual("mainhost", self.ok("exec", "side", "hostname"))
        self.assertEqual(self.ok("exec", "main", "cat", "/etc/hosts"), self.ok("exec", "side", "cat", "/etc/hosts"))

    def test_rubbish_is_survived(self):
        self.run_in("bridge", "web")
        self.run_in("bridge", "other")
        throw = ("import os, socket; u = socket.socket(type=socket.SOCK_DGRAM); at = ('127.0.0.11', 53)\n"
                 "for i in range(2000): u.sendto(os.urandom(i % 700), at)\n"
                 "u.sendto(bytes(60000), at)\n"
                 "for i in range(100):\n"
                 "  t = socket.create_connection(at)\n"
                 "  try: t.sendall(os.urandom(5000))\n"
                 "  except OSError: pass\n")
        subprocess.run(self.inside("other", "python3", "-c", throw), check=True, timeout=60)
        self.assertEqual([self.address("web", "bridge")], self.look("other", "web"))


class Laptop(Engine):
    """An engine whose host's resolv.conf is the test's to write: in a mount namespace of its own."""

    def asks(self, *servers):
        """The host is in another network."""
        with open(self.home + "/resolv.conf", "w") as file:
            file.write("search at.example.org\n" + "".join(f"nameserver {server}\n" for server in servers))

    def up(self):
        script = f'mount --bind "$0/resolv.conf" /etc/resolv.conf && exec "$1" up -d --data-root "$2" --run-dir "$3"'
        with open(self.home + "/up.log", "ab") as log:
            subprocess.run(["unshare", "--mount", "sh", "-c", script, self.home, TOP + "/felucca", self.data, self.run],
                           stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=120, check=True)


class Forwarding(EngineTest):
    """The tests run in a network namespace without a way out; name servers on its addresses stand for those of the world."""

    def setUp(self):
        subprocess.run(["ip", "addr", "add", "198.51.100.53/32", "dev", "lo"], check=True)
        self.addCleanup(subprocess.run, ["ip", "addr", "del", "198.51.100.53/32", "dev", "lo"])
        self.server = NameServer("198.51.100.53")
        self.addCleanup(self.server.close)

    def test_what_nobody_is_called_is_asked_of_the_containers_servers(self):
        self.ok("network", "create", "front")
        self.addCleanup(self.docker, "network", "rm", "front")
        self.ok("run", "-d", "--name", "web", "--network", "front", "--dns", "198.51.100.53", BUSYBOX, "sleep", "1000")
        self.addCleanup(self.docker, "rm", "-f", "web")
        out = self.ok("exec", "web", "nslookup", "-type=a", "7.example.org")
        self.assertIn("192.0.2.7", out)
        self.assertIn("NXDOMAIN", self.docker("exec", "web", "nslookup", "-type=a", "nx.example.org").stdout)
        container = self.engine.inspect("web")["NetworkSettings"]["Networks"]["front"]["IPAddress"]
        self.assertEqual({container}, {client for _, client in self.server.asked}, "asked from the container's own network")
        self.ok("exec", "web", "nslookup", "-type=a", "web")
        self.assertNotIn("web", [asked for asked, _ in self.server.asked], "a container's name is nobody else's business")

    def test_questions_that_go_in_a_circle_end(self):
        self.ok("network", "create", "front")
        self.addCleanup(self.docker, "network", "rm", "front")
        self.addCleanup(self.docker, "rm", "-f", "web", "loop", "again")

        def run(name, *options):
            self.ok("run", "-d", "--name", name, "--network", "front", *options, BUSYBOX, "sleep", "1000")

        run("web", "--dns", "198.51.100.53")
        # Its own name server is the one it is to ask.
        run("loop", "--dns", "127.0.0.11", "--dns", "127.0.0.11")
        out = self.docker("exec", "loop", "nslookup", "-type=a", "7.example.org")
        self.assertIn("SERVFAIL", out.stdout + out.stderr)
        self.assertEqual(0, self.docker("exec", "loop", "nslookup", "-type=a", "web").returncode)
        # It asks a program of its own, which asks the name server.
        run("again", "--dns", "127.0.0.1", "--dns", "127.0.0.1")
        forward = ("import socket\nu = socket.socket(type=socket.SOCK_DGRAM); u.bind(('127.0.0.1', 53)); print(flush=True)\n"
                   "up = socket.socket(type=socket.SOCK_DGRAM); up.setblocking(False); back = {}\n"
                   "import select\n"
                   "while True:\n"
                   "  for s in select.select([u, up], [], [])[0]:\n"
                   "    m, a = s.recvfrom(600)\n"
                   "    if s is u: back[m[:2]] = a; up.sendto(m, ('127.0.0.11', 53))\n"
                   "    elif m[:2] in back: u.sendto(m, back.pop(m[:2]))\n")
        pid = self.engine.inspect("again", "State.Pid")
        program = subprocess.Popen(["nsenter", f"--net=/proc/{pid}/ns/net", "python3", "-c", forward], stdout=subprocess.PIPE)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        self.assertEqual(b"\n", program.stdout.readline())
        self.docker("exec", "again", "nslookup", "-type=a", "7.example.org")
        # Nobody else waits for it.
        for _ in range(20):
            self.assertIn("192.0.2.7", self.ok("exec", "web", "nslookup", "-type=a", "7.example.org", timeout=10))
        # A name that is another name for itself is the asking program's business, and comes as it was said.
        self.assertIn("circle.example.org", self.docker("exec", "web", "nslookup", "-type=a", "circle.example.org").stdout)


    def test_running_containers_ask_whom_the_host_asks_now(self):
        subprocess.run(["ip", "addr", "add", "198.51.100.54/32", "dev", "lo"], check=True)
        self.addCleanup(subprocess.run, ["ip", "addr", "del", "198.51.100.54/32", "dev", "lo"])
        other = NameServer("198.51.100.54")
        self.addCleanup(other.close)
        engine = Laptop("laptop")
        engine.asks("198.51.100.53")
        engine.up()
        self.addCleanup(engine.destroy)
        engine.ok("pull", "-q", BUSYBOX)
        for name, options in (("plain", []), ("own", ["--dns", "198.51.100.53", "--network", "some"]), ("written", [])):
            if "some" in options:
                engine.ok("network", "create", "some")
                self.addCleanup(engine.docker, "network", "rm", "some")
            engine.ok("run", "-d", "--name", name, *options, BUSYBOX, "sleep", "1000")
            self.addCleanup(engine.docker, "rm", "-f", name)
        engine.ok("exec", "written", "sh", "-c", "echo '# mine' >> /etc/resolv.conf")

        def look(name, what):
            return engine.docker("exec", name, "nslookup", "-type=a", what).stdout

        def file(name):
            return engine.ok("exec", name, "cat", "/etc/resolv.conf")
        self.assertIn("192.0.2.7", look("plain", "7.example.org"))
        self.assertEqual([], other.asked)
        engine.asks()                                       # in no network: nothing better is known
        engine.asks("198.51.100.54")
        until(lambda: "ExtServers: [198.51.100.54]" in file("plain"), "the container's file says whom the host asks")
        before = len(self.server.asked)
        for name in ("plain", "written"):
            until(lambda: look(name, "8.example.org") and other.asked, "the other is asked")
            self.assertIn("192.0.2.8", look(name, "8.example.org"))
        self.assertEqual(before, len(self.server.asked))
        self.assertIn("# mine", file("written"))
        self.assertIn("[198.51.100.53]", file("written"))
        # Who names its servers is asked for no others.
        self.assertIn("192.0.2.9", look("own", "9.example.org"))
        self.assertEqual("9.example.org", self.server.asked[-1][0])


if __name__ == "__main__":
    unittest.main()
