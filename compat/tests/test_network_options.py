"""Each option of networks and endpoints does what it says, or is refused by its name: none is passed over."""
import glob
import subprocess
import unittest

from engine import BUSYBOX, until
from networks import NetworkTest, ip, nft, outside, table

BRIDGE = "com.docker.network.bridge."


class Options(NetworkTest):
    def test_what_is_not_done_is_refused_by_its_name(self):
        for option in ("inhibit_ipv4=true", "host_ipv4=192.0.2.1", "trusted_host_interfaces=eth1", "no_such_option=1", "gateway_mode_ipv4=bad"):
            self.refused("network", "create", "-o", BRIDGE + option, "x", says=BRIDGE + option.split("=")[0])
        self.refused("network", "create", "-o", BRIDGE + "gateway_mode_ipv4=isolated", "x", says="gateway mode 'isolated' can only be used for an internal network")
        self.refused("network", "create", "--ingress", "x", says="not a swarm manager")
        self.ok("network", "create", "--subnet", "10.92.0.0/24", "one")
        self.ok("run", "-d", "--name", "cc", BUSYBOX, "sleep", "1000")
        sysctls = "com.docker.network.endpoint.sysctls="
        for words, says in ((["--driver-opt", sysctls + "net.ipv4.conf.eth0.log_martians=1"], "represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V'"),
                            (["--driver-opt", sysctls + "net.core.x.IFNAME.y=1"], "unrecognised network interface sysctl"),
                            (["--driver-opt", sysctls + "net.ipv4.conf.IFNAME.../../x=1"], "unrecognised network interface sysctl"),
                            (["--driver-opt", sysctls + "net.ipv4.conf.IFNAME.no_such=1"], "no_such"),
                            (["--driver-opt", "com.docker.network.endpoint.no_such=1"], "endpoint.no_such"),
                            (["--link-local-ip", "x"], "invalid"), (["--ip6", "fd00:92::9"], "fd00:92::9"), (["--ip6", "x"], "")):
            self.refused("network", "connect", *words, "one", "cc", says=says)
        self.refused("run", "--network", "name=one,driver-opt=" + sysctls + "x=1", BUSYBOX, "true", code=125, says="unrecognised network interface sysctl 'x=1'")
        self.assertEqual(["bridge"], list(self.places("cc")))

    def test_what_is_done(self):
        self.ok("network", "create", "--ipv6", "--subnet", "10.93.0.0/24", "--subnet", "fd00:93::/64", "--ipam-opt", "a=b",
                "-o", "com.docker.network.container_iface_prefix=lan", "-o", "com.docker.network.driver.mtu=1400", "-o", BRIDGE + "name=opt0", "one")
        self.assertEqual({"a": "b"}, self.network("one")["IPAM"]["Options"])
        self.assertIn("mtu 1400", ip("link", "show", "opt0"))
        self.ok("run", "-d", "--name", "cc", "--network", "one", "--ip6", "fd00:93::77", "--ip", "10.93.0.77", BUSYBOX, "sleep", "1000")
        shown = self.shown("cc", "addr", "show", "lan0")
        for word in ("10.93.0.77/24", "fd00:93::77/64", "mtu 1400"):
            self.assertIn(word, shown)
        self.refused("run", "--rm", "--network", "one", "--ip6", "fd00:93::77", BUSYBOX, "true", code=125, says="Address already in use")
        self.ok("run", "-d", "--name", "dd", "--network", "name=one,driver-opt=com.docker.network.endpoint.ifname=wan7", BUSYBOX, "sleep", "1000")
        self.assertIn("10.93.0.2/24", self.shown("dd", "addr", "show", "wan7"))
        self.ok("network", "create", "--ipv4=false", "--ipv6", "six")
        self.ok("run", "-d", "--name", "ee", "--network", "six", BUSYBOX, "sleep", "1000")
        place = self.places("ee")["six"]
        self.assertEqual(("", True), (place["IPAddress"], place["GlobalIPv6Address"].startswith("fd")))
        self.ok("network", "connect", "--ip6", "fd00:93::88", "one", "ee")
        self.assertEqual(0, self.docker("exec", "ee", "ping", "-c", "1", "fd00:93::77").returncode)

    def test_networks_made_from_a_configuration(self):
        self.ok("network", "create", "--config-only", "--subnet", "10.94.0.0/24", "--ip-range", "10.94.0.64/26", "--label", "a=b",
                "-o", "com.docker.network.driver.mtu=1400", "plan")
        # Two plans may be of the same addresses: nobody is there.
        self.ok("network", "create", "--config-only", "--subnet", "10.94.0.0/24", "--gateway", "10.94.0.9", "other")
        for name in ("plan", "other"):
            self.addCleanup(self.docker, "network", "rm", name)
        plan = self.network("plan")
        self.assertEqual((True, "null", "local", [{"Subnet": "10.94.0.0/24", "IPRange": "10.94.0.64/26"}], {"a": "b"}),
                         (plan["ConfigOnly"], plan["Driver"], plan["Scope"], plan["IPAM"]["Config"], plan["Labels"]))
        self.refused("run", "--name", "cc", "--network", "plan", BUSYBOX, "true", code=125, says="cannot create endpoint on configuration-only network")
        self.ok("network", "create", "--config-from", "plan", "made")
        made = self.network("made")
        self.assertEqual(("bridge", {"Network": "plan"}, False, {"a": "b"}, {"com.docker.network.driver.mtu": "1400"}),
                         (made["Driver"], made["ConfigFrom"], made["ConfigOnly"], made["Labels"], made["Options"]))
        shown = self.ok("run", "--rm", "--network", "made", BUSYBOX, "ip", "addr", "show", "eth0")
        for word in ("10.94.0.65/24", "mtu 1400"):
            self.assertIn(word, shown)
        self.refused("network", "create", "--config-from", "other", "third", says="Pool overlaps")
        self.refused("network", "rm", "plan", says='configuration network "plan" is in use')
        self.refused("network", "create", "--config-from", "nobody", "third", says='configuration network "nobody" does not exist')
        self.refused("network", "create", "--config-from", "made", "third", says='configuration network "made" does not exist')
        self.refused("network", "create", "--config-from", "other", "--subnet", "10.95.0.0/24", "third", says="user specified configurations are not supported")
        self.refused("network", "create", "--config-from", "other", "-o", "a=b", "third", says="network driver options are not supported")
        self.refused("network", "create", "--config-from", "other", "--config-only", "third", says="cannot depend on another configuration network")
        self.refused("network", "create", "--config-only", "--internal", "third", says="configuration network can only contain network specific fields")
        self.ok("network", "prune", "-f")
        self.assertEqual(["other", "plan"], sorted(self.ok("network", "ls", "--filter", "type=custom", "--format", "{{.Name}}").split()))
        self.engine.kill9()
        self.engine.up()
        self.engine.shell("network create --config-from other --internal third")
        self.assertEqual("10.94.0.9", self.network("third")["IPAM"]["Config"][0]["Gateway"])
        self.assertIn("CONFIG FROM", self.engine.shell("network inspect third"))
        self.ok("network", "rm", "third", "other", "plan")

    def test_link_local_addresses_are_the_interfaces_own(self):
        self.ok("network", "create", "one")
        self.ok("run", "-d", "--name", "cc", "--network", "one", "--link-local-ip", "169.254.8.8", "--link-local-ip", "fe80::8:8", BUSYBOX, "sleep", "1000")
        shown = self.shown("cc", "addr", "show", "eth0")
        for word in ("169.254.8.8/16", "fe80::8:8/64"):
            self.assertIn(word, shown)
        place = self.places("cc")["one"]
        self.assertEqual(["169.254.8.8", "fe80::8:8"], place["IPAMConfig"]["LinkLocalIPs"])
        self.assertNotIn("169.254", place["IPAddress"])
        # Others of the network that have one reach it; its name is not that address.
        self.ok("run", "-d", "--name", "dd", BUSYBOX, "sleep", "1000")
        self.ok("network", "connect", "--link-local-ip", "169.254.8.9", "one", "dd")
        self.ok("exec", "dd", "ping", "-c", "1", "169.254.8.8")
        self.assertIn(place["IPAddress"], self.ok("exec", "dd", "ping", "-c", "1", "cc"))
        self.ok("restart", "-t", "0", "cc")
        self.assertIn("169.254.8.8/16", self.shown("cc", "addr", "show", "eth0"))
        self.engine.shell("network disconnect one dd; network connect --link-local-ip 169.254.9.9 one dd")
        self.assertIn("169.254.9.9/16", self.shown("dd", "addr", "show", "eth1"))

    def test_sysctls_of_one_interface(self):
        self.ok("network", "create", "one")
        option = "com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1"
        self.ok("run", "-d", "--name", "cc", "--network", "name=one,driver-opt=" + option, BUSYBOX, "sleep", "1000")
        self.ok("network", "create", "two")
        self.ok("network", "connect", "--driver-opt", f'"{option},net.ipv4.conf.IFNAME.arp_ignore=2"', "two", "cc")

        def value(name, interface):
            return self.ok("exec", "cc", "cat", f"/proc/sys/net/ipv4/conf/{interface}/{name}")

        self.assertEqual(["1", "1", "0", "2"], [value(name, interface) for name in ("log_martians", "arp_ignore") for interface in ("eth0", "eth1")])
        self.ok("restart", "-t", "0", "cc")
        self.assertEqual("2", value("arp_ignore", "eth1"))

    def test_one_hardware_address_twice_is_told(self):
        self.ok("network", "create", "one")
        for name in ("cc", "dd"):
            self.ok("run", "-d", "--name", name, "--network", "one", "--mac-address", "02:00:00:00:94:01", BUSYBOX, "sleep", "1000")

        def told():
            text = ""
            for file in glob.glob(self.engine.data + "/log/*"):
                with open(file, errors="replace") as log:
                    text += log.read()
            return "have the hardware address 02:00:00:00:94:01 in one network" in text

        until(told, "the log says so")
        self.ok("rm", "-f", "dd")
        self.assertEqual(0, self.docker("run", "--rm", "--network", "one", BUSYBOX, "ping", "-c", "1", "cc").returncode)
        self.refused("run", "--network", "one", "--mac-address", "01:00:5e:00:00:01", BUSYBOX, "true", code=125, says="01:00:5e:00:00:01")


class GatewayModes(NetworkTest):
    """How another host, and other networks, come to containers."""
    WEB = ["sh", "-c", "mkdir /w; echo {} > /w/index.html; httpd -h /w -p 80; exec httpd -f -h /w -p 81"]

    def setUp(self):
        super().setUp()
        context = outside()
        self.other = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        for prefix in ("10.96.0.0/24", "10.97.0.0/24"):
            subprocess.run([*self.other, "ip", "route", "add", prefix, "via", "192.0.2.1"], check=True)

    def web(self, name, network, *options):
        self.ok("run", "-d", "--name", name, "--network", network, *options, BUSYBOX, *[word.format(name) for word in self.WEB])
        return self.places(name)[network]["IPAddress"]

    ASK = r"printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 1 {} {}"

    def from_outside(self, host, port):
        ask = f"import urllib.request as u; print(u.urlopen('http://{host}:{port}/', timeout=1).read().decode().strip())"
        return subprocess.run([*self.other, "python3", "-c", ask], capture_output=True, text=True).stdout.strip()

    def from_container(self, name, host, port):
        return self.docker("exec", name, "sh", "-c", self.ASK.format(host, port)).stdout.strip().rpartition("\n")[2]

    def test_routed(self):
        mode = BRIDGE + "gateway_mode_ipv4=routed"
        self.ok("network", "create", "--subnet", "10.96.0.0/24", "-o", mode, "one")
        self.ok("network", "create", "two")
        self.ok("network", "create", "--internal", "inner")
        address = self.web("web", "one", "-p", "8080:80")
        for name in ("two", "inner"):
            self.ok("run", "-d", "--name", "of-" + name, "--network", name, BUSYBOX, "sleep", "1000")
        until(lambda: self.from_outside(address, 80) == "web", "the published port answers at the container's address")
        self.assertEqual("", self.from_outside(address, 81))
        self.assertEqual("", self.from_outside("192.0.2.1", 8080))
        self.ok("exec", "of-two", "ping", "-c", "1", "-W", "2", address)
        self.assertEqual("web", self.from_container("of-two", address, 80))
        self.assertEqual("", self.from_container("of-two", address, 81))
        self.assertEqual("", self.from_container("of-inner", address, 80))
        self.assertEqual([{"HostIp": "0.0.0.0", "HostPort": ""}], self.engine.inspect("web", "NetworkSettings.Ports")["80/tcp"])
        self.assertEqual("80/tcp", self.ok("ps", "--filter", "name=web", "--format", "{{.Ports}}"))
        # No port of the host is taken, so that another may have it; and what leaves keeps its address.
        self.web("again", "one", "-p", "8080:80")
        server = subprocess.Popen([*self.other, "python3", "-c", "import socket; s = socket.create_server(('', 7)); print(s.accept()[1][0], flush=True)"],
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        until(lambda: ":7 " in subprocess.run([*self.other, "ss", "-tln"], capture_output=True, text=True).stdout, "the other host listens")
        self.from_container("web", "192.0.2.2", 7)
        self.assertEqual(address, server.stdout.readline().strip())
        subprocess.run(["nft", "delete", *table().split()], check=True)
        until(table, "the table is made again")
        until(lambda: self.from_outside(address, 80) == "web", "with the ports")
        self.assertEqual("", self.from_outside(address, 81))
        self.engine.kill9()
        self.engine.up()
        self.assertEqual("web", self.from_outside(address, 80))
        self.ok("rm", "-f", "web")
        self.assertNotIn(address, nft("list", *table().split()))

    def test_routed_in_one_family(self):
        self.ok("network", "create", "--ipv6", "-o", BRIDGE + "gateway_mode_ipv6=routed", "one")
        self.web("web", "one", "-p", "8080:80")
        self.assertEqual([{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": ""}], self.engine.inspect("web", "NetworkSettings.Ports")["80/tcp"])
        until(lambda: self.from_outside("192.0.2.1", 8080) == "web", "the host's port answers")

    def test_nat_without_protection(self):
        self.ok("network", "create", "--subnet", "10.97.0.0/24", "-o", BRIDGE + "gateway_mode_ipv4=nat-unprotected", "one")
        self.ok("network", "create", "two")
        address = self.web("web", "one", "-p", "8080:80")
        self.ok("run", "-d", "--name", "stranger", "--network", "two", BUSYBOX, "sleep", "1000")
        for host, port in ((address, 80), (address, 81), ("192.0.2.1", 8080)):
            until(lambda: self.from_outside(host, port) == "web", f"{host}:{port} answers the other host")
        self.assertEqual("", self.from_container("stranger", address, 80))

    def test_isolated(self):
        self.ok("network", "create", "--internal", "--subnet", "10.98.0.0/24", "-o", BRIDGE + "gateway_mode_ipv4=isolated", "-o", BRIDGE + "name=iso0", "one")
        self.assertNotIn("inet ", ip("addr", "show", "iso0"))
        self.web("web", "one")
        self.ok("run", "-d", "--name", "friend", "--network", "one", BUSYBOX, "sleep", "1000")
        until(lambda: self.from_container("friend", self.places("web")["one"]["IPAddress"], 80) == "web", "they reach each other")
        self.assertNotEqual(0, self.docker("exec", "friend", "ping", "-c", "1", "-W", "1", "10.98.0.1").returncode)


if __name__ == "__main__":
    unittest.main()
