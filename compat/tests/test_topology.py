"""Who reaches whom: every way between an outside host, the engine's host and containers, with real traffic."""
import concurrent.futures
import os
import subprocess
import sys
import unittest

from engine import BUSYBOX, DEBIAN, EngineTest, until

OUTSIDE = {"4": "198.51.100.2", "6": "2001:db8:51::2"}
HOST = {"4": "198.51.100.1", "6": "2001:db8:51::1"}
LOOPBACK = {"4": "127.0.0.1", "6": "::1"}

# Answers whoever connects or sends with the address it sees, on one port of TCP and UDP in both families.
SERVE = r"""
use IO::Socket::IP; use IO::Select; my $wait = IO::Select->new;
for my $kind ('tcp', 'udp') { $wait->add(IO::Socket::IP->new(LocalHost => $ARGV[0], V6Only => 0, LocalPort => $ARGV[1], Proto => $kind,
  $kind eq 'tcp' ? (Type => SOCK_STREAM, Listen => 20, ReuseAddr => 1) : (Type => SOCK_DGRAM)) // die "$kind: $@"); }
while (my @ready = $wait->can_read) { for my $s (@ready) {
  if ($s->socktype == SOCK_STREAM) { my $c = $s->accept or next; print $c $c->peerhost . "\n"; close $c }
  else { my $from = $s->recv(my $data, 99) // next; my ($e, $host) = Socket::getnameinfo($from, Socket::NI_NUMERICHOST());
    $s->send("$host\n", 0, $from) } } }
"""

# Prints what the other side saw; exit code 1 without an answer.
ASK = r"""
use IO::Socket::IP; my ($kind, $family, $host, $port) = @ARGV; $SIG{ALRM} = sub { exit 1 }; alarm 3;
my $s = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Proto => $kind, Type => $kind eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM,
  Family => $family eq '6' ? AF_INET6 : AF_INET, Timeout => 2) or exit 1;
$s->send("hello\n") if $kind eq 'udp'; my $answer = ''; $s->recv($answer, 99); print $answer; exit($answer eq '');
"""


class Topology(EngineTest):
    images = (BUSYBOX, DEBIAN)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()                              # before: it is cleaned up after, and finds no strange link
        cls.space = f"felucca-outside-{os.getpid()}"
        for words in (["netns", "add", cls.space],
                      ["link", "add", "felhost", "type", "veth", "peer", "name", "felout", "netns", cls.space],
                      ["addr", "add", HOST["4"] + "/24", "dev", "felhost"], ["link", "set", "felhost", "up"],
                      ["addr", "add", HOST["6"] + "/64", "dev", "felhost", "nodad"]):
            cls.ip(*words)
        cls.addClassCleanup(subprocess.run, ["ip", "netns", "del", cls.space])
        for words in (["link", "set", "lo", "up"], ["link", "set", "felout", "up"], ["addr", "add", OUTSIDE["4"] + "/24", "dev", "felout"],
                      ["addr", "add", OUTSIDE["6"] + "/64", "dev", "felout", "nodad"]):
            cls.ip("-n", cls.space, *words)
        cls.outside = subprocess.Popen([*cls.there(), "perl", "-e", SERVE, "::", "7"])
        cls.addClassCleanup(cls.outside.wait)
        cls.addClassCleanup(cls.outside.kill)

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    @classmethod
    def there(cls):
        return ["nsenter", "--net=/run/netns/" + cls.space]

    def address(self, name, network, family):
        found = self.engine.inspect(name)["NetworkSettings"]["Networks"][network]
        return found["IPAddress" if family == "4" else "GlobalIPv6Address"]

    def ask(self, where, kind, family, host, port):
        """What the other side saw of us, or None; where is a container, the outside, or here."""
        words = ["perl", "-e", ASK, kind, family, host, str(port)]
        if where == "outside":
            words = [*self.there(), *words]
        elif where != "host":
            words = self.engine.words("exec", where, *words)
        result = subprocess.run(words, capture_output=True, text=True, timeout=60)
        return result.stdout.strip() if result.returncode == 0 else None

    def test_every_cell(self):
        for network, subnets, options in (("front", ("172.30.1.0/24", "fd00:30:1::/64"), []), ("back", ("172.30.2.0/24", "fd00:30:2::/64"), []),
                                          ("inner", ("172.30.3.0/24", "fd00:30:3::/64"), ["--internal"])):
            self.ok("network", "create", "--ipv6", "--subnet", subnets[0], "--subnet", subnets[1], *options, network)
            self.addCleanup(self.docker, "network", "rm", network)
        def run(name, network, *options, program=("sleep", "1000")):
            self.ok("run", "-d", "--name", name, "--network", network, *options, DEBIAN, *program)
            self.addCleanup(self.docker, "rm", "-f", name)
        server = ("perl", "-e", SERVE, "::", "80")
        run("web", "front", "-p", "8080:80/tcp", "-p", "8080:80/udp", program=server)
        run("friend", "front")
        run("stranger", "back")
        run("inside", "inner", program=server)
        run("insider", "inner")
        run("db", "bridge", "--expose", "80", program=("perl", "-e", SERVE, "0.0.0.0", "80"))
        run("linked", "bridge", "--link", "db:base")
        run("aliased", "front", "--link", "web:base")    # the default network has no IPv6: a link elsewhere is a name
        run("plain", "bridge", "-p", "8081:80/tcp", "-p", "8081:80/udp", program=("perl", "-e", SERVE, "0.0.0.0", "80"))
        for asker, target in (("friend", "web"), ("linked", "base"), ("insider", "inside"), ("linked", "plain")):
            for kind in ("tcp", "udp"):
                until(lambda: self.ask(asker, kind, "4", target, 80), f"{target} serves {kind}")

        columns = ["outside", "host address", "loopback", "to IPv4 only", "by address", "by name", "by link", "host's port", "to outside",
                   "across", "inside", "inside out", "outside in"]
        must_fail = {"across", "inside out", "outside in"}
        subprocess.run([*self.there(), "ip", "route", "replace", "172.30.0.0/16", "via", HOST["4"]], check=True)
        subprocess.run([*self.there(), "ip", "-6", "route", "replace", "fd00:30::/32", "via", HOST["6"]], check=True)

        def cell(kind, family, column):
            web = self.address("web", "front", family)
            return {
                "outside": lambda: self.ask("outside", kind, family, HOST[family], 8080),
                "host address": lambda: self.ask("host", kind, family, HOST[family], 8080),
                "loopback": lambda: self.ask("host", kind, family, LOOPBACK[family], 8080),
                "to IPv4 only": lambda: self.ask("host", kind, family, LOOPBACK[family], 8081),
                "by address": lambda: self.ask("friend", kind, family, web, 80),
                "by name": lambda: self.ask("friend", kind, family, "web", 80),
                "by link": lambda: self.ask("linked" if family == "4" else "aliased", kind, family, "base", 80),
                "host's port": lambda: self.ask("stranger", kind, family, HOST[family], 8080),
                "to outside": lambda: self.ask("friend", kind, family, OUTSIDE[family], 7),
                "across": lambda: self.ask("stranger", kind, family, web, 80),
                "inside": lambda: self.ask("insider", kind, family, "inside", 80),
                "inside out": lambda: self.ask("insider", kind, family, OUTSIDE[family], 7),
                "outside in": lambda: self.ask("outside", kind, family, web, 80),
            }[column]()

        rows = [(kind, family) for family in "46" for kind in ("tcp", "udp")]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            futures = {(row, column): pool.submit(cell, *row, column) for row in rows for column in columns}
        seen = {key: future.result() for key, future in futures.items()}
        table = ["".join(f"{text:<15}" for text in ["", *columns])]
        for row in rows:
            table.append("".join(f"{text:<15}" for text in [
                f"{row[0]} IPv{row[1]}", *("blocked" if seen[row, column] is None else seen[row, column][:14] for column in columns)]))
        print("\n" + "\n".join(table), file=sys.stderr)
        wrong = [f"{kind} IPv{family} {column}: {seen[(kind, family), column]}" for (kind, family), column in seen
                 if (seen[(kind, family), column] is None) != (column in must_fail)]
        for kind, family in rows:
            got = seen[(kind, family), "outside"]
            if got is not None and got.removeprefix("::ffff:") != OUTSIDE[family]:
                wrong.append(f"{kind} IPv{family}: the client's address {OUTSIDE[family]} arrives as {got}")
        self.assertEqual([], wrong, "\n".join(table))


if __name__ == "__main__":
    unittest.main()
