"""Network bundles that are stopped, updated and exchanged while containers talk: nothing that runs notices."""
import os
import shutil
import subprocess
import sys
import unittest

from bundles import Bundles
from engine import BUSYBOX, DEBIAN, until
from test_links import serve
from networks import ECHO, WEB, NetworkTest, Transfer, answer, ip, nft

BRIDGE = "dev.felucca.plugin-net-bridge"
DNS = "dev.felucca.plugin-net-dns"
LINK = "dev.felucca.plugin-net-link"

# Sends a block to a container's echo over and over, from another's network; each line it prints is one that came back.
TALK = """
import os, socket, sys
peer = socket.create_connection((sys.argv[1], 5000))
while True:
    block = os.urandom(4096)
    peer.sendall(block)
    back = b""
    while len(back) < len(block):
        got = peer.recv(65536)
        assert got, "closed"
        back += got
    assert back == block
    print("more", flush=True)
"""


class Talk:
    """Two containers that talk without a pause, by the way of nobody else."""

    def __init__(self, test, one, address):
        pid = test.engine.inspect(one, "State.Pid")
        self.process = subprocess.Popen(["nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, "-c", TALK, address], stdout=subprocess.PIPE, text=True)
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)

    def goes_on(self):
        for _ in range(20):
            if self.process.stdout.readline() != "more\n":
                raise AssertionError("they do not talk any more")


class Swap(Bundles, NetworkTest):
    images = (BUSYBOX, DEBIAN)

    def tearDown(self):
        self.doCleanups()  # bundles are started before containers are removed
        super().tearDown()

    def address(self, name, network):
        return self.places(name)[network]["IPAddress"]

    def test_the_bridge_bundle_is_stopped_and_updated_under_traffic(self):
        self.ok("network", "create", "one")
        self.ok("network", "create", "two")
        self.echo("cc", "--network", "one")
        self.ok("run", "-d", "--name", "web", "--network", "one", "-p", "8080:80", BUSYBOX, *WEB)
        for name in ("ends", "goes", "leaves"):
            self.ok("run", "-d", "--name", name, "--network", "one", "-p", "80", BUSYBOX, "sleep", "1000")
        self.ok("network", "connect", "two", "leaves")
        name = self.host("web")
        talk = Talk(self, "web", self.address("cc", "one"))
        bundle = self.bundle(BRIDGE)
        with Transfer("127.0.0.1", 5000) as transfer:
            def nobody_notices():
                transfer.goes_on()
                talk.goes_on()
                self.assertEqual(name, answer(8080), "new connections come")

            nobody_notices()
            rules = nft("list", "ruleset")
            self.stop(bundle)
            self.assertEqual(rules, nft("list", "ruleset"))
            nobody_notices()
            gone = "network driver bridge is not available"
            self.refused("run", "--rm", "--network", "one", BUSYBOX, "true", code=125, says=gone)
            self.refused("run", "--rm", BUSYBOX, "true", code=125, says=gone)
            self.refused("network", "connect", "two", "web", says=gone)
            self.refused("network", "create", "three", says="could not find plugin bridge")
            self.refused("network", "rm", "two", says="has active endpoints")
            self.assertEqual("in", self.ok("run", "--rm", "--network", "none", BUSYBOX, "echo", "in"), "who needs no bridge goes on")
            # What leaves meanwhile leaves: the driver takes it away when it comes.
            self.ok("kill", "ends")
            self.ok("rm", "-f", "goes")
            nobody_notices()
            self.engine.shell(f"felix:start {bundle}")
            until(lambda: self.docker("run", "--rm", "--network", "one", BUSYBOX, "true").returncode == 0, "the driver is back")
            nobody_notices()
            before = len(ip("-o", "link", "show", "type", "veth").splitlines())
            for _ in range(3):
                self.update(BRIDGE)
                until(lambda: self.docker("run", "--rm", "--network", "one", BUSYBOX, "true").returncode == 0, "the new build is in use")
                nobody_notices()
            self.assertEqual((4, before), (before, len(ip("-o", "link", "show", "type", "veth").splitlines())), "one for each place")
            self.ok("network", "connect", "two", "web")
            self.ok("network", "disconnect", "one", "leaves")
            self.ok("start", "ends")
            nobody_notices()
            # An update while containers come and go: each is refused by name or runs.
            starts = [self.engine.start("run", "--rm", "--network", "one", BUSYBOX, "echo", "ran") for _ in range(6)]
            self.update(BRIDGE)
            for client in starts:
                out = client.communicate()[0]
                self.assertTrue(out == "ran\n" or gone in out, out)
            nobody_notices()

    def test_a_second_driver_is_dropped_in_and_taken_away(self):
        self.refused("network", "create", "-d", "second", "two", says="could not find plugin second")
        jar = self.made("dev.felucca.compat.network", "dev.felucca.net.bridge.SecondBridgeActivator", ["compat/drivers/SecondBridgeActivator.java"],
                        ["dev.felucca.kernel", "dev.felucca.kernel.network", "dev.felucca.linux", "dev.felucca.linux.netlink",
                         "dev.felucca.linux.nftables", "dev.felucca.linux.process", "dev.felucca.linux.socket", "org.slf4j"], classes_of=[BRIDGE])
        self.drop(jar, "second")
        self.assertIn("second", self.ok("info", "-f", "{{.Plugins.Network}}"))
        self.ok("network", "create", "-d", "second", "--subnet", "10.91.0.0/24", "two")
        self.assertEqual("second", self.network("two")["Driver"])
        self.ok("run", "-d", "--name", "web", "--network", "two", "-p", "8080:80", BUSYBOX, *WEB)
        self.ok("run", "-d", "--name", "first", BUSYBOX, *WEB)
        name = self.host("web")
        self.assertEqual(name, until(lambda: answer(8080), "its port answers"))
        self.assertEqual(name, self.ok("run", "--rm", "--network", "two", BUSYBOX, "wget", "-qO-", "http://web/"))
        self.ok("network", "connect", "two", "first")
        self.assertEqual(name, self.ok("exec", "first", "wget", "-qO-", "http://web/"))

        self.take_away("second")
        self.assertEqual(name, answer(8080), "its containers run on, with their ports")
        self.assertEqual(name, self.ok("exec", "first", "wget", "-qO-", "http://web/"))
        self.refused("run", "--rm", "--network", "two", BUSYBOX, "true", code=125, says="network driver second is not available")
        self.refused("network", "rm", "two", says="two has active endpoints")
        self.ok("run", "--rm", BUSYBOX, "true")
        self.engine.kill9()
        self.engine.up()
        self.assertEqual(name, answer(8080), "and so over an engine's death")
        self.assertEqual({"first", "web"}, set(self.engine.names()))

        self.drop(jar, "second")
        until(lambda: self.docker("run", "--rm", "--network", "two", BUSYBOX, "true").returncode == 0, "it is handed its network")
        self.assertEqual(name, answer(8080))
        self.ok("rm", "-f", "web", "first")
        self.assertIsNone(answer(8080))
        self.ok("network", "rm", "two")
        self.assertEqual("", ip("-o", "link", "show", "type", "veth"))
        self.take_away("second")

    def test_the_name_server_is_stopped_and_updated(self):
        self.ok("network", "create", "one")
        for name in ("web", "other"):
            self.ok("run", "-d", "--name", name, "--network", "one", BUSYBOX, "sleep", "1000")

        def found(name):
            out = self.docker("exec", "other", "nslookup", "-type=a", name).stdout
            return self.address(name, "one") in out

        self.assertTrue(found("web"))
        dns = self.bundle(DNS)
        for _ in range(5):
            self.stop(dns)
            self.refused("run", "--rm", "--network", "one", BUSYBOX, "true", code=125, says="name server driver embedded is not available")
            self.assertEqual("in", self.ok("run", "--rm", "--network", "none", BUSYBOX, "echo", "in"))
            self.engine.shell(f"felix:start {dns}")
            until(lambda: found("web"), "names are answered again")
        self.stop(dns)
        self.ok("rename", "web", "shop")
        self.ok("network", "disconnect", "one", "shop")
        self.ok("network", "connect", "--alias", "store", "one", "shop")
        self.engine.shell(f"felix:start {dns}")
        until(lambda: found("shop"), "it was told what it missed")
        self.assertIn(self.address("shop", "one"), self.ok("exec", "other", "nslookup", "-type=a", "store"))
        self.assertNotEqual(0, self.docker("exec", "other", "nslookup", "-type=a", "web").returncode)
        self.update(DNS)
        until(lambda: found("shop"), "the new build answers")
        self.assertEqual(0, self.docker("run", "--rm", "--network", "one", BUSYBOX, "nslookup", "-type=a", "shop").returncode)

    def test_the_link_driver_is_stopped_and_updated(self):
        self.ok("run", "-d", "--name", "db", "--expose", "5432", DEBIAN, *serve("db", "5432/tcp"))
        self.ok("run", "-d", "--name", "web", "--link", "db:store", BUSYBOX, "sleep", "1000")
        link = self.bundle(LINK)
        self.stop(link)
        gone = "link driver legacy is not available"
        self.assertIn("64 bytes from ", self.ok("exec", "web", "ping", "-c", "1", "store"))
        self.assertPattern("^STORE_NAME=/web/store$", self.ok("exec", "web", "env"))
        self.refused("run", "--rm", "--link", "db:x", BUSYBOX, "true", code=125, says=gone)
        self.refused("restart", "-t0", "web", says=gone)
        self.ok("run", "--rm", BUSYBOX, "true")
        self.engine.shell(f"felix:start {link}")
        until(lambda: self.docker("start", "web").returncode == 0, "it starts again")
        # The target has another address when the driver comes back.
        self.engine.shell(f"felix:stop {link}")
        self.ok("stop", "-t0", "db")
        self.ok("run", "-d", "--name", "squatter", BUSYBOX, "sleep", "1000")
        self.ok("start", "db")
        address = self.address("db", "bridge")
        self.engine.shell(f"felix:start {link}")
        until(lambda: f"{address}\tstore " in self.ok("exec", "web", "cat", "/etc/hosts"), "hosts follows")
        self.update(LINK)
        until(lambda: self.docker("run", "--rm", "--link", "db:x", BUSYBOX, "ping", "-c", "1", "x").returncode == 0, "the new build is in use")


if __name__ == "__main__":
    unittest.main()
