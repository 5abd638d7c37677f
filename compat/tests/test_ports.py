"""Published ports in every form, with real traffic."""
import socket
import subprocess
import unittest

from engine import BUSYBOX, until
from networks import WEB, NetworkTest, answer, outside


class Ports(NetworkTest):
    def web(self, name, *words):
        self.ok("run", "-d", "--name", name, *words, BUSYBOX, *WEB)
        return self.host(name)

    def test_every_form(self):
        name = self.web("cc", "-p", "8080:80", "-p", "127.0.0.1:8081:80", "-p", "127.0.0.2::80", "-p", "80", "-p", "9000-9005:80",
                        "-p", "7000-7001:90-91", "-p", "5353:53/udp", "-p", "5354:9/sctp")
        ports = self.engine.inspect("cc", "NetworkSettings.Ports")
        free = [int(one["HostPort"]) for one in ports["80/tcp"] if one["HostIp"] == "127.0.0.2"][0]
        self.assertEqual([name] * 4, [answer(8080), answer(8081), answer(free, "127.0.0.2"), answer(9000)])
        self.assertIsNone(answer(8081, "127.0.0.2"))
        self.assertEqual("0.0.0.0:7001\n[::]:7001", self.ok("port", "cc", "91"))
        self.assertEqual("0.0.0.0:5354", self.ok("port", "cc", "9/sctp"), "nobody leads that on")
        self.assertIn("0.0.0.0:5353", self.ok("port", "cc", "53/udp"))
        with outside() as other:
            def curl(port):
                return subprocess.run([*other, "curl", "-sm2", f"http://192.0.2.1:{port}/"], capture_output=True, text=True).stdout.strip()
            self.assertEqual([name, ""], [curl(8080), curl(8081)])
            who = self.echo("who")
            subprocess.run([*other, "bash", "-c", ": < /dev/tcp/192.0.2.1/5000"], check=True, timeout=10)
            self.assertEqual("192.0.2.2\n", who.readline(), "the client's address reaches the container")
            self.assertEqual(name, self.ok("run", "--rm", BUSYBOX, "wget", "-qO-", "http://192.0.2.1:8080/"))

    def test_all_exposed_get_a_port_of_the_range(self):
        name = self.web("cc", "-P", "--expose", "80", "--expose", "53/udp")
        port = int(self.ok("port", "cc", "80").splitlines()[0].rpartition(":")[2])
        self.assertTrue(49153 <= port <= 65535, port)
        self.assertEqual(name, answer(port))

    def test_a_taken_port_is_named(self):
        self.web("cc", "-p", "8080:80")
        self.refused("run", "-d", "--name", "dd", "-p", "8080:80", BUSYBOX, "true", code=125, says="Bind for 0.0.0.0:8080 failed: port is already allocated")
        for address, says in (("0.0.0.0", "0.0.0.0:8090/tcp"), ("127.0.0.1", "0.0.0.0:8090/tcp")):
            with socket.create_server((address, 8090)):
                self.refused("run", "-d", "-p", "8090:80", BUSYBOX, "true", code=125, says=f"failed to bind host port {says}: address already in use")
        self.ok("stop", "-t0", "cc")
        self.ok("run", "-d", "--name", "ee", "-p", "8080:80", BUSYBOX, *WEB)
        self.refused("start", "cc", says="port is already allocated")
        self.ok("rm", "-f", "ee")
        self.ok("start", "cc")
        self.engine.kill9()
        self.engine.up()
        self.refused("run", "-d", "-p", "8080:80", BUSYBOX, "true", code=125, says="port is already allocated")
        self.ok("rm", "-f", "cc")
        socket.create_server(("0.0.0.0", 8080)).close()

    def test_ports_of_a_running_container_come_and_go(self):
        name = self.web("cc", "-p", "8080:80")
        status, text = self.api("POST", "/felucca/containers/cc/ports", {"Publish": {"80/tcp": [{"HostPort": "8082"}, {"HostIp": "127.0.0.1", "HostPort": ""}]}})
        self.assertEqual((204, ""), (status, text))
        free = [one["HostPort"] for one in self.engine.inspect("cc", "NetworkSettings.Ports")["80/tcp"] if one["HostIp"] == "127.0.0.1"][0]
        self.assertEqual([name] * 3, [answer(8080), answer(8082), answer(int(free))])
        with socket.create_server(("0.0.0.0", 8083)):
            status, text = self.api("POST", "/felucca/containers/cc/ports", {"Publish": {"80/tcp": [{"HostPort": "8083"}]}})
            self.assertEqual(409, status)
            self.assertIn("8083/tcp", text)
        self.engine.shell("felucca:publish cc 8084:80")
        self.assertEqual(name, answer(8084))
        self.engine.shell("felucca:publish -d cc 8084:80")
        self.assertIsNone(answer(8084))
        self.ok("restart", "-t0", "cc")
        self.assertEqual(name, until(lambda: answer(8082), "it is published after a restart too"))
        self.api("POST", "/felucca/containers/cc/ports", {"Unpublish": {"80/tcp": []}})
        self.assertIsNone(answer(8080))
        self.assertEqual({}, {key: value for key, value in self.engine.inspect("cc", "HostConfig.PortBindings").items() if value})
        self.assertEqual(404, self.api("POST", "/felucca/containers/cc/ports", {"Unpublish": {"80/tcp": []}})[0])

    def test_what_is_no_port_is_refused(self):
        for bindings in ({"70000/tcp": []}, {"0/tcp": []}, {"-1/tcp": []}, {"80/icmp": []}, {"x": []},
                         {"80/tcp": [{"HostPort": "99999"}]}, {"80/tcp": [{"HostPort": "-5"}]}, {"80/tcp": [{"HostPort": "9-8"}]},
                         {"80/tcp": [{"HostPort": "80", "HostIp": "example.org"}]}, {"80/tcp": [{"HostPort": "80; rm"}]},
                         {f"{port}/tcp": [{"HostPort": str(port)}, {"HostPort": str(port)}] for port in range(1, 65536)}):
            status, text = self.api("POST", "/containers/create?name=x", {"Image": BUSYBOX, "HostConfig": {"PortBindings": bindings}})
            self.assertEqual(400, status, f"{str(bindings)[:80]}: {text}")
        self.refused("inspect", "x")

    def test_the_default_address_of_a_network_and_who_may_come(self):
        self.ok("network", "create", "-o", "com.docker.network.bridge.host_binding_ipv4=127.0.0.1", "local")
        name = self.web("cc", "--network", "local", "-p", "8080:80")
        self.assertEqual(("127.0.0.1:8080", name), (self.ok("port", "cc", "80"), answer(8080)))

    def test_ipv6(self):
        self.ok("network", "create", "--ipv6", "--subnet", "fd00:79::/64", "six")
        name = self.web("cc", "--network", "six", "-p", "8080:80")
        self.assertEqual("fd00:79::2", self.places("cc")["six"]["GlobalIPv6Address"])
        until(lambda: answer(8080, "fd00:79::1") == name, "the host reaches it by IPv6")
        with outside("2001:db8::2", "2001:db8::1") as other:
            until(lambda: subprocess.run([*other, "curl", "-sgm1", "http://[2001:db8::1]:8080/"], capture_output=True, text=True).stdout.strip() == name,
                  "another host reaches it by IPv6")


if __name__ == "__main__":
    unittest.main()
