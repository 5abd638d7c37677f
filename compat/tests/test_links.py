"""Chapter 8 of the handbook, command by command: published ports, and containers linked to each other."""
import tempfile
import unittest
import urllib.request

from engine import BUSYBOX, DEBIAN, WORK, EngineTest, until

# A program that answers every connection with its name, on TCP, and every datagram, on UDP.
SERVE = r"""
use IO::Socket::INET; use IO::Select; $| = 1;
my ($name, @ports) = @ARGV; my $wait = IO::Select->new;
for (@ports) { my ($port, $kind) = split '/';
  my $s = IO::Socket::INET->new(LocalPort => $port, Proto => $kind, $kind eq 'tcp' ? (Listen => 9, ReuseAddr => 1) : ()) or die "$_: $@";
  $wait->add($s); }
print " * Running on http://0.0.0.0:5000/\n";
while (my @ready = $wait->can_read) { for my $s (@ready) {
  if ($s->sockopt(SO_TYPE) == SOCK_STREAM) { my $c = $s->accept or next; my $from = $c->peerhost; my $line = <$c> // '';
    $line =~ s/\s+$//; print "$from - \"$line\" 200 -\n"; print $c ($line =~ /^GET/ ? "HTTP/1.0 200 OK\r\n\r\n" : '') . "$name $from\n"; close $c }
  else { my $from = $s->recv(my $data, 99) // next; $s->send("$name " . $s->peerhost . "\n") } } }
"""


def serve(name, *ports):
    return ["perl", "-e", SERVE, name, *ports]


ASK = r"""
use IO::Socket::INET; my ($kind, $host, $port) = @ARGV; $SIG{ALRM} = sub { exit 3 }; alarm 4;
my $s = IO::Socket::INET->new(PeerHost => $host, PeerPort => $port, Proto => $kind, Timeout => 3) or exit 2;
print $s "hello\n"; $s->flush; $s->recv(my $answer, 99); print $answer; exit($answer eq '');
"""


class Handbook(EngineTest):
    """training/webapp and training/postgres are made here: a web program on 5000, a database-like one on 5432."""
    images = (BUSYBOX, DEBIAN)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for image, port, env in (("webapp", "5000", ""), ("postgres", "5432", "PG_VERSION=9.3")):
            name = cls.engine.ok("create", DEBIAN)
            changes = ["--change", "EXPOSE " + port] + (["--change", "ENV " + env] if env else [])
            cls.engine.ok("commit", *changes, name, "training/" + image)
            cls.engine.ok("rm", name)

    def web(self, *options):
        return self.ok("run", "-d", *options, "training/webapp", *serve("web", "5000/tcp", "5000/udp"))

    def db(self, *options):
        return self.ok("run", "-d", "--name", "db", *options, "training/postgres", *serve("db", "5432/tcp"))

    def get(self, address):
        def once():
            try:
                with urllib.request.urlopen("http://" + address, timeout=3) as answer:
                    return answer.read().decode()
            except OSError:
                return None
        return until(once, address + " answers")

    def test_8_1_ports_are_published(self):
        self.web("-P", "--name", "nostalgic_morse")
        line = self.ok("ps", "-l").splitlines()[1]
        self.assertPattern(r"training/webapp.* 0\.0\.0\.0:(\d+)->5000/tcp.* nostalgic_morse", line)
        port = self.ok("port", "nostalgic_morse", "5000").splitlines()[0].rpartition(":")[2]
        self.assertTrue(self.get("127.0.0.1:" + port).startswith("web "))
        until(lambda: '"GET / HTTP/1.1" 200 -' in self.ok("logs", "nostalgic_morse"), "the log has the request")
        follow = self.engine.start("logs", "-f", "nostalgic_morse")
        self.assertEqual(" * Running on http://0.0.0.0:5000/\n", follow.stdout.readline())
        follow.kill()
        follow.communicate()

        self.web("--name", "all", "-p", "5000:5000")
        self.assertTrue(self.get("127.0.0.1:5000").startswith("web "))
        taken = self.docker("run", "-d", "--name", "second", "-p", "5000:5000", "training/webapp", "true")
        self.assertNotEqual(0, taken.returncode)
        self.assertIn("port is already allocated", taken.stderr)
        self.ok("rm", "-f", "all", "second")
        self.web("--name", "here", "-p", "127.0.0.1:5000:5000")
        self.assertEqual("127.0.0.1:5000", self.ok("port", "here", "5000"))
        self.ok("rm", "-f", "here")
        self.web("--name", "any", "-p", "127.0.0.1::5000")
        self.assertPattern(r"^127\.0\.0\.1:\d+$", self.ok("port", "any", "5000"))
        self.assertTrue(self.get(self.ok("port", "any", "5000")).startswith("web "))
        self.ok("rm", "-f", "any")
        self.web("--name", "datagrams", "-p", "127.0.0.1:5000:5000/udp")
        self.assertEqual("127.0.0.1:5000", self.ok("port", "datagrams", "5000/udp"))
        self.ok("rm", "-f", "datagrams")
        self.web("--name", "both", "-p", "5000:5000", "-p", "3000:80")
        self.assertPattern(r"^80/tcp -> 0\.0\.0\.0:3000$", self.ok("port", "both"))
        self.assertPattern(r"^5000/tcp -> 0\.0\.0\.0:5000$", self.ok("port", "both"))

    def test_8_2_containers_are_linked(self):
        web = self.web("-P", "--name", "web")
        self.assertPattern(r"training/webapp.* web$", self.ok("ps", "-l"))
        self.assertEqual("/web", self.ok("inspect", "-f", "{{ .Name }}", web[:12]))
        self.refused("run", "-d", "--name", "web", "training/webapp", "true", code=125, says='The container name "/web" is already in use')

        db = self.db()
        self.ok("rm", "-f", "web")
        web = self.web("-P", "--name", "web", "--link", "db:db")
        names = dict(line.split(" ") for line in self.ok("ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}").splitlines())
        self.assertEqual({db: "db,web/db", web: "web"}, names)
        self.assertPattern(r"5432/tcp +db", self.ok("ps"))
        self.assertEqual(["/db:/web/db"], self.engine.inspect("web", "HostConfig.Links"))
        self.assertEqual(db, self.ok("inspect", "-f", "{{.Id}}", "web/db"))

        address = self.ok("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "db")
        env = self.ok("run", "--rm", "--name", "web2", "--link", "db:db", "training/webapp", "env").splitlines()
        self.assertEqual(
            ["DB_ENV_PG_VERSION=9.3", "DB_NAME=/web2/db", f"DB_PORT=tcp://{address}:5432", f"DB_PORT_5432_TCP=tcp://{address}:5432",
             f"DB_PORT_5432_TCP_ADDR={address}", "DB_PORT_5432_TCP_PORT=5432", "DB_PORT_5432_TCP_PROTO=tcp"],
            sorted(line for line in env if line.startswith("DB_")))
        hosts = self.ok("run", "-t", "--rm", "--link", "db:db", "training/webapp", "/bin/cat", "/etc/hosts")
        self.assertPattern(rf"^{address}\tdb {db[:12]}\s*$", hosts)
        self.assertIn("64 bytes from " + address, self.ok("run", "--rm", "--link", "db:db", BUSYBOX, "ping", "-c", "1", "db"))
        # Without -p nothing of the database is outside.
        self.assertEqual("", self.ok("port", "db"))

    def test_several_links_and_chains(self):
        self.db()
        self.ok("run", "-d", "--name", "app", "--link", "db:store", BUSYBOX, "sleep", "1000")
        env = self.ok("run", "--rm", "--link", "app:app", "--link", "db", BUSYBOX, "env")
        self.assertPattern(r"^APP_NAME=/[a-z_]+/app$", env)
        self.assertPattern(r"^DB_NAME=/[a-z_]+/db$", env)
        self.assertNotIn("STORE", env.replace("APP_ENV", ""))
        self.assertPattern(r"^STORE_NAME=/app/store$", self.ok("exec", "app", "env"))
        self.assertEqual("db,app/store", self.ok("ps", "--no-trunc", "--filter", "name=db", "--format", "{{.Names}}"))
        # A variable of the container's own wins.
        self.assertPattern(r"^DB_PORT=mine$", self.ok("run", "--rm", "--link", "db:db", "-e", "DB_PORT=mine", BUSYBOX, "env"))

    def test_the_target_may_have_another_address(self):
        self.db()
        self.ok("run", "-d", "--name", "web", "--link", "db:database", BUSYBOX, "sleep", "1000")
        before = self.ok("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "db")
        self.ok("stop", "-t", "0", "db")
        self.ok("run", "-d", "--name", "squatter", BUSYBOX, "sleep", "1000")
        self.ok("run", "-d", "--name", "squatter2", BUSYBOX, "sleep", "1000")
        self.ok("start", "db")
        after = self.ok("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "db")
        self.assertNotEqual(before, after)
        until(lambda: f"{after}\tdatabase " in self.ok("exec", "web", "cat", "/etc/hosts"), "hosts follows")
        self.assertNotIn(before + "\t", self.ok("exec", "web", "cat", "/etc/hosts"))
        self.assertIn("64 bytes from " + after, self.ok("exec", "web", "ping", "-c", "1", "database"))

    def test_what_cannot_be_linked_is_refused(self):
        self.refused("run", "--link", "nobody:x", BUSYBOX, "true", code=125, says="could not get container for nobody: No such container: nobody")
        self.refused("run", "--link", "a:b:c", BUSYBOX, "true", code=125, says="bad format for links: a:b:c")
        self.db()
        self.refused("run", "--network", "host", "--link", "db", BUSYBOX, "true", code=125, says="host type networking can't be used with links")
        self.refused("run", "--network", "container:db", "--link", "db", BUSYBOX, "true", code=125, says="container type network can't be used with links")
        self.ok("stop", "-t", "0", "db")
        self.refused("run", "--name", "web", "--link", "db:x", BUSYBOX, "true", code=125, says="Cannot link to a non running container: /db AS /web/x")

    def test_a_link_can_be_taken_away(self):
        self.db()
        self.ok("run", "-d", "--name", "web", "--link", "db:x", BUSYBOX, "sleep", "1000")
        self.assertIn("\tx ", self.ok("exec", "web", "cat", "/etc/hosts"))
        self.refused("rm", "--link", "web/nothing", says="No such link: /web/nothing")
        self.refused("rm", "--link", "db", says="cannot remove the default link name")
        self.assertEqual("/web/x", self.ok("rm", "--link", "/web/x"))
        self.assertEqual("db", self.ok("ps", "--no-trunc", "--filter", "name=db", "--format", "{{.Names}}"))
        self.assertNotIn("\tx ", self.ok("exec", "web", "cat", "/etc/hosts"))
        self.ok("restart", "-t", "0", "web")

    def test_links_live_on_when_the_engine_dies(self):
        self.db()
        self.ok("run", "-d", "--name", "web", "--link", "db:x", BUSYBOX, "sleep", "1000")
        self.engine.kill9()
        self.engine.up()
        self.assertEqual("db,web/x", self.ok("ps", "--no-trunc", "--filter", "name=db", "--format", "{{.Names}}"))
        self.ok("restart", "-t", "0", "web")
        self.assertPattern(r"^X_NAME=/web/x$", self.ok("exec", "web", "env"))

    def test_on_a_network_of_ones_own_a_link_is_an_alias(self):
        self.ok("network", "create", "front")
        self.addCleanup(self.docker, "network", "rm", "front")
        self.db("--network", "front")
        self.addCleanup(self.docker, "rm", "-f", "db")
        out = self.ok("run", "--rm", "--network", "front", "--link", "db:store", BUSYBOX, "sh", "-c", "ping -c 1 store; env; cat /etc/hosts")
        self.assertIn("64 bytes from ", out)
        self.assertNotIn("STORE_NAME", out)
        self.assertNotIn("\tstore", out)
        self.assertNotEqual(0, self.docker("run", "--rm", "--network", "front", BUSYBOX, "ping", "-c", "1", "store").returncode)
        self.ok("run", "-d", "--name", "late", BUSYBOX, "sleep", "1000")
        self.addCleanup(self.docker, "rm", "-f", "late")
        self.ok("network", "connect", "--link", "db:repository", "front", "late")
        self.assertIn("64 bytes from ", self.ok("exec", "late", "ping", "-c", "1", "repository"))


class Apart(EngineTest):
    """Containers of the default network kept apart: only links let pass."""
    images = (BUSYBOX, DEBIAN)

    @classmethod
    def setUpClass(cls):
        cls.conf = tempfile.mkdtemp(prefix="apart-", dir=WORK)
        with open(cls.conf + "/dev.felucca.engine.cfg", "w") as file:
            file.write("icc = false\ndns = 127.0.0.153, 127.0.0.154\n")
        super().setUpClass()

    def reach(self, name, port):
        return self.docker("exec", name, "perl", "-e", ASK, "tcp", "db", port).returncode == 0

    def test_a_list_of_settings_is_parted_at_commas(self):
        servers = self.ok("run", "--rm", "--network", "none", BUSYBOX, "sed", "-n", "s/^nameserver //p", "/etc/resolv.conf")
        self.assertEqual(["127.0.0.153", "127.0.0.154"], servers.split())

    def test_links_let_pass_what_is_exposed_and_nothing_else(self):
        self.ok("run", "-d", "--name", "db", "--expose", "5432", DEBIAN, *serve("db", "5432/tcp", "5433/tcp"))
        for name, options in (("web", ["--link", "db:db"]), ("other", [])):
            self.ok("run", "-d", "--name", name, *options, DEBIAN, "sleep", "1000")
        self.assertTrue(self.reach("web", "5432"))
        self.assertFalse(self.reach("web", "5433"))
        self.assertFalse(self.reach("other", "5432"))
        self.engine.kill9()
        self.engine.up()
        until(lambda: self.reach("web", "5432"), "the link lets pass again")
        self.assertFalse(self.reach("other", "5432"))
        self.ok("restart", "-t", "0", "db")
        until(lambda: self.reach("web", "5432"), "the link follows its target")
        self.ok("rm", "--link", "web/db")
        self.assertFalse(self.reach("web", "5432"))


if __name__ == "__main__":
    unittest.main()
