"""Networks as the docker CLI makes, connects and leaves them."""
import subprocess
import time
import unittest

from engine import BUSYBOX, until
from networks import WEB, NetworkTest, answer, outside


class Networks(NetworkTest):
    def test_made_shown_and_removed(self):
        since = time.time()
        id = self.ok("network", "create", "--subnet", "10.71.0.0/24", "--gateway", "10.71.0.9", "--ip-range", "10.71.0.128/25",
                     "--aux-address", "printer=10.71.0.128", "--label", "a=b", "--attachable",
                     "-o", "com.docker.network.driver.mtu=1400", "one")
        shown = self.network("one")
        self.assertEqual((id, "one", "bridge", "local", True, False, False, True),
                         tuple(shown[key] for key in ("Id", "Name", "Driver", "Scope", "EnableIPv4", "EnableIPv6", "Internal",
                                                      "Attachable")))
        self.assertEqual([{"Subnet": "10.71.0.0/24", "IPRange": "10.71.0.128/25", "Gateway": "10.71.0.9",
                           "AuxiliaryAddresses": {"printer": "10.71.0.128"}}], shown["IPAM"]["Config"])
        self.assertEqual(({"a": "b"}, {"com.docker.network.driver.mtu": "1400"}), (shown["Labels"], shown["Options"]))
        self.ok("run", "-d", "--name", "cc", "--network", id[:12], BUSYBOX, "sleep", "1000")
        place = self.places("cc")["one"]
        self.assertEqual(("10.71.0.129", 24, "10.71.0.9", ["cc", self.engine.inspect("cc", "Id")[:12]]),
                         (place["IPAddress"], place["IPPrefixLen"], place["Gateway"], place["DNSNames"]))
        self.assertIn("mtu 1400", self.shown("cc", "link", "show", "eth0"))
        inside = self.network("one")["Containers"][self.engine.inspect("cc", "Id")]
        self.assertEqual(("cc", "10.71.0.129/24", place["MacAddress"], place["EndpointID"]),
                         (inside["Name"], inside["IPv4Address"], inside["MacAddress"], inside["EndpointID"]))
        self.refused("network", "rm", "one", says="has active endpoints")
        self.ok("rm", "-f", "cc")
        self.assertEqual("one", self.ok("network", "ls", "--filter", "label=a=b", "--format", "{{.Name}}"))
        self.assertEqual("", self.ok("network", "ls", "-q", "--filter", "label=a=c"))
        self.assertEqual("one", self.ok("network", "ls", "--filter", "dangling=true", "--format", "{{.Name}}"))
        self.assertEqual("one", self.ok("network", "rm", "one"))
        self.refused("network", "inspect", "one", says="network one not found")
        told = self.ok("events", "--since", str(since), "--until", str(time.time()), "--filter", "type=network",
                       "--format", "{{.Action}} {{.Actor.Attributes.name}}")
        self.assertEqual(["create one", "connect one", "disconnect one", "destroy one"], told.splitlines())

    def test_what_cannot_be_is_refused_with_the_reason(self):
        self.ok("network", "create", "--subnet", "10.72.0.0/16", "taken")
        for words, says in (
                (["taken"], "network with name taken already exists"),
                (["--", "--rm"], "invalid network name"),
                (["--", "-x"], "invalid network name"),
                (["a/b"], "invalid network name"),
                (["../x"], "invalid network name"),
                (["n" * 300], "invalid network name"),
                (["bridge"], "operation is not permitted on predefined bridge network"),
                (["-d", "host", "x"], 'only one instance of "host" network is allowed'),
                (["-d", "nosuch", "x"], "plugin not found"),
                (["--ipam-driver", "nosuch", "x"], "nosuch"),
                (["--subnet", "10.72.5.0/24", "x"], "Pool overlaps with other one on this address space"),
                (["--subnet", "10.0.0.0/8", "x"], "Pool overlaps with other one on this address space"),
                (["--subnet", "10.73.0.1/24", "x"], "it should be 10.73.0.0/24"),
                (["--subnet", "10.73.0.0/32", "x"], "no room"),
                (["--subnet", "rubbish", "x"], "invalid CIDR"),
                (["--subnet", "127.0.0.0/16", "x"], "not a range of addresses of hosts"),
                (["--subnet", "224.0.0.0/16", "x"], "not a range of addresses of hosts"),
                (["--ipv4=false", "x"], "IPv4 or IPv6 must be enabled"),
                (["-o", "com.docker.network.driver.mtu=many", "x"], "invalid value"),
                (["-o", "com.docker.network.bridge.name=lo", "x"], "exists"),
                (["-o", "com.docker.network.bridge.name=a/b", "x"], "invalid bridge name"),
                (["-o", "com.docker.network.bridge.enable_icc=perhaps", "x"], "invalid value"),
                (["-o", "com.docker.network.bridge.gateway_mode_ipv4=bent", "x"], "unknown gateway mode bent")):
            self.refused("network", "create", *words, says=says)
        with outside():
            for subnet in ("192.0.2.0/24", "192.0.0.0/16"):
                self.refused("network", "create", "--subnet", subnet, "x", says="overlaps the host's route to 192.0.2.0/24")
            self.ok("network", "create", "--subnet", "192.0.2.128/25", "narrower")
        self.refused("network", "rm", "bridge", says="pre-defined network and cannot be removed")
        self.refused("network", "ls", "--filter", "colour=red", says="invalid filter")
        self.refused("network", "ls", "--filter", "type=odd", says="invalid filter")
        self.assertEqual(["narrower", "taken"],
                         self.ok("network", "ls", "--filter", "type=custom", "--format", "{{.Name}}").split())

    def test_pools_pass_over_the_hosts_routes_and_come_back(self):
        with outside("172.18.0.2", "172.18.0.1"):
            seen = set()
            for _ in range(40):
                self.ok("network", "create", "pooled")
                seen.add(self.network("pooled")["IPAM"]["Config"][0]["Subnet"])
                self.ok("network", "rm", "pooled")
            self.assertEqual(1, len(seen))
            self.assertFalse([one for one in seen if one.startswith("172.18.0")])
        self.assertEqual(["fd", "/64"], [(subnet := self.dual())[:2], subnet[-3:]])

    def dual(self):
        self.ok("network", "create", "--ipv6", "dual")
        subnet = self.network("dual")["IPAM"]["Config"][1]["Subnet"]
        self.ok("network", "rm", "dual")
        return subnet

    def test_connected_and_left_while_it_runs(self):
        self.ok("network", "create", "--subnet", "10.74.0.0/24", "one")
        self.ok("network", "create", "--subnet", "10.75.0.0/24", "two")
        self.ok("run", "-d", "--name", "cc", "--network", "one", "-p", "8080:80", BUSYBOX, *WEB)
        self.ok("run", "-d", "--name", "other", "--network", "two", BUSYBOX, *WEB)
        self.assertEqual(["10.74.0.1", "eth0"], self.default("cc"))
        self.ok("network", "connect", "--ip", "10.75.0.77", "--alias", "second", "two", "cc")
        self.assertEqual(["10.74.0.1", "eth0"], self.default("cc"))
        self.assertIn("10.75.0.77/24", self.shown("cc", "addr", "show", "eth1"))
        self.assertIn("10.75.0.77", self.ok("exec", "cc", "cat", "/etc/hosts"))
        self.assertIn("second", self.places("cc")["two"]["DNSNames"])
        self.assertEqual(self.host("cc"),
                         self.ok("exec", "other", "wget", "-qO-", "http://10.75.0.77/"))
        self.refused("network", "connect", "two", "cc", says="already exists in network two")
        self.refused("network", "connect", "--ip", "10.75.0.77", "two", "other", says="already exists")
        self.ok("network", "disconnect", "two", "cc")
        self.assertNotIn("eth1", self.shown("cc", "link"))
        self.ok("network", "connect", "--gw-priority", "3", "two", "cc")
        self.assertEqual(["10.75.0.1", "eth1"], self.default("cc"))
        self.assertEqual(self.host("cc"), answer(8080), "ports go with the way out")
        self.ok("network", "disconnect", "one", "cc")
        self.assertEqual(["two"], list(self.places("cc")))
        self.assertEqual(self.host("cc"), answer(8080))
        self.ok("network", "disconnect", "two", "cc")
        self.assertIsNone(answer(8080))
        self.assertEqual("", self.shown("cc", "route"))
        self.ok("network", "connect", "one", "cc")
        self.assertEqual(self.host("cc"), answer(8080))
        # Whoever has left them all is in its own again after a restart, and stays there.
        self.ok("network", "disconnect", "one", "cc")
        self.ok("restart", "-t0", "cc")
        self.engine.kill9()
        self.engine.up()
        self.assertEqual(["one"], list(self.places("cc")))
        self.assertEqual(self.host("cc"), until(lambda: answer(8080), "its port answers"))
        self.refused("network", "disconnect", "two", "cc", says="is not connected to network two")
        self.refused("network", "connect", "nosuch", "cc", says="network nosuch not found")
        self.refused("network", "connect", "one", "nosuch", says="No such container: nosuch")
        self.ok("network", "disconnect", "-f", "one", "nosuch")

    def test_connected_while_stopped_and_in_several_from_the_beginning(self):
        for number in (1, 2, 3):
            self.ok("network", "create", "--subnet", f"10.76.{number}.0/24", f"n{number}")
        self.ok("create", "--name", "cc", "--network", "name=n2,ip=10.76.2.20,alias=two,mac-address=02:00:00:00:00:42",
                "--network", "name=n1,gw-priority=5", BUSYBOX, "sleep", "1000")
        self.ok("network", "connect", "--ip", "10.76.3.30", "n3", "cc")
        self.ok("network", "disconnect", "n3", "cc")
        self.ok("network", "connect", "--ip", "10.76.3.31", "n3", "cc")
        self.ok("start", "cc")
        self.assertIn("10.76.2.20/24", self.shown("cc", "addr", "show", "eth0"))
        self.assertIn("02:00:00:00:00:42", self.shown("cc", "link", "show", "eth0"))
        self.assertIn("10.76.3.31", self.shown("cc", "addr"))
        self.assertEqual("10.76.1.1", self.default("cc")[0])
        self.ok("restart", "-t0", "cc")
        self.assertEqual({"n1", "n2", "n3"}, set(self.places("cc")))
        self.assertEqual(("10.76.2.20", "02:00:00:00:00:42"),
                         tuple(self.places("cc")["n2"][key] for key in ("IPAddress", "MacAddress")))
        self.refused("run", "--rm", "--network", "n2", "--ip", "10.76.2.20", BUSYBOX, "true", code=125, says="Address already in use")
        self.refused("run", "--rm", "--network", "n2", "--ip", "10.99.0.1", BUSYBOX, "true", code=125,
                     says="no configured subnet contains IP address 10.99.0.1")
        self.refused("run", "--rm", "--ip", "10.99.0.1", BUSYBOX, "true", code=125, says="user defined networks only")
        self.refused("run", "--rm", "--network-alias", "x", BUSYBOX, "true", code=125, says="user-defined networks")
        self.refused("run", "--rm", "--network", "n2", "--mac-address", "zz", BUSYBOX, "true", code=125, says="not a valid mac address")
        self.refused("run", "--rm", "--network", "nosuch", BUSYBOX, "true", code=125, says="network nosuch not found")
        self.ok("create", "--name", "early", "--network", "later", BUSYBOX, "ip", "-o", "addr")
        self.refused("start", "early", says="network later not found")
        self.ok("network", "create", "--subnet", "10.76.77.0/24", "later")
        self.assertIn("inet 10.76.77.", self.ok("start", "-a", "early"))
        self.ok("rm", "early")
        self.ok("network", "rm", "later")
        self.ok("network", "disconnect", "n1", "cc")
        self.ok("network", "disconnect", "n3", "cc")
        self.engine.kill9()
        self.engine.up()
        self.assertEqual({"n2"}, set(self.places("cc")))
        self.assertEqual("cc", list(self.network("n2")["Containers"].values())[0]["Name"])

    def test_modes_that_share_or_have_nothing(self):
        self.ok("network", "create", "one")
        self.ok("run", "-d", "--name", "host", "--network", "host", BUSYBOX, "sleep", "1000")
        self.ok("run", "-d", "--name", "none", "--network", "none", BUSYBOX, "sleep", "1000")
        self.ok("run", "-d", "--name", "base", BUSYBOX, "sleep", "1000")
        self.ok("run", "-d", "--name", "guest", "--network", "container:base", BUSYBOX, "sleep", "1000")
        self.assertEqual(self.shown("base", "addr"), self.shown("guest", "addr"))
        self.assertEqual("container:" + self.engine.inspect("base", "Id"), self.engine.inspect("guest", "HostConfig.NetworkMode"))
        self.ok("rename", "base", "renamed")
        self.ok("restart", "-t", "0", "guest")
        self.assertEqual(self.shown("renamed", "addr"), self.shown("guest", "addr"))
        self.ok("rename", "renamed", "base")
        for container, says in (("host", "sharing network namespace"), ("guest", "sharing network namespace"), ("none", "private (none) mode")):
            self.refused("network", "connect", "one", container, says=says)
        self.refused("network", "connect", "host", "base", says="cannot connect container to host network")
        self.refused("network", "connect", "none", "base", says="private (none) mode")
        self.refused("network", "disconnect", "host", "host", says="cannot disconnect container from host network")

    def test_walls(self):
        self.ok("network", "create", "--internal", "inner")
        self.ok("network", "create", "-o", "com.docker.network.bridge.enable_icc=false", "apart")
        self.ok("network", "create", "one")
        for name, network in (("i1", "inner"), ("i2", "inner"), ("a1", "apart"), ("a2", "apart"), ("o1", "one"), ("o2", "one")):
            self.ok("run", "-d", "--name", name, "--network", network, BUSYBOX, *WEB)

        def reaches(one, other):
            address = list(self.places(other).values())[0]["IPAddress"]
            return self.docker("exec", one, "timeout", "2", "wget", "-qO-", f"http://{address}/").returncode == 0

        self.assertTrue(until(lambda: reaches("o1", "o2"), "containers of a network meet"))
        self.assertTrue(reaches("i1", "i2"))
        for one, other in (("a1", "a2"), ("o1", "i1"), ("i1", "o1"), ("o1", "a1")):
            self.assertFalse(reaches(one, other), f"{one} to {other}")
        self.assertEqual([], self.default("i1"))
        with outside() as other:
            with subprocess.Popen([*other, "python3", "-m", "http.server", "8000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as web:
                try:
                    wget = ["timeout", "2", "wget", "-qO-", "http://192.0.2.2:8000/"]
                    until(lambda: self.docker("exec", "o1", *wget).returncode == 0, "a network leads out")
                    self.assertNotEqual(0, self.docker("exec", "i1", *wget).returncode)
                finally:
                    web.kill()

    def test_macvlan_on_an_interface_of_the_host(self):
        with outside("10.78.0.1", "10.78.0.254") as other:
            self.ok("network", "create", "-d", "macvlan", "--subnet", "10.78.0.0/24", "--gateway", "10.78.0.1", "-o", "parent=uplink0", "lan")
            self.ok("run", "-d", "--name", "cc", "--network", "lan", "--ip", "10.78.0.20", BUSYBOX, *WEB)
            self.assertEqual(["10.78.0.1", "eth0"], self.default("cc"))
            answered = until(lambda: subprocess.run([*other, "curl", "-sm1", "http://10.78.0.20/"], capture_output=True, text=True).stdout,
                             "the outside reaches it by its own address")
            self.assertEqual(self.host("cc"), answered.strip())
            self.ok("network", "create", "one")
            self.ok("network", "connect", "one", "cc")
            self.ok("network", "disconnect", "lan", "cc")
            self.assertEqual("eth1", self.default("cc")[1])
            self.refused("network", "create", "-d", "macvlan", "-o", "parent=nosuch0", "x", says="parent interface nosuch0 does not exist")
            self.refused("network", "create", "-d", "macvlan", "-o", "macvlan_mode=x", "x", says="not valid")


if __name__ == "__main__":
    unittest.main()
