"""Traffic goes on whatever happens to the engine, and what others take away comes back."""
import subprocess
import unittest

from engine import BUSYBOX, until
from networks import NetworkTest, Transfer, ip, nft, outside, table


class Mishaps(NetworkTest):
    def test_a_transfer_goes_on(self):
        self.ok("network", "create", "one")
        self.ok("network", "create", "two")
        self.echo("cc", "--network", "one")
        with Transfer("127.0.0.1", 5000) as transfer:
            self.ok("network", "connect", "two", "cc")
            transfer.goes_on()
            self.ok("network", "disconnect", "two", "cc")
            transfer.goes_on()
            self.api("POST", "/felucca/containers/cc/ports", {"Publish": {"5000/tcp": [{"HostPort": "5001"}]}})
            transfer.goes_on()
            self.engine.kill9()
            transfer.goes_on()
            self.engine.up()
            transfer.goes_on()
        # With the last rule that needs it the kernel stops to follow connections, and with the last chain to translate them: none of before
        # outlives this, but for where others have such rules. New ones come.
        for loss in ("flush", "delete"):
            subprocess.run(["nft", loss, *table().split()], check=True)
            with Transfer("127.0.0.1", 5001) as transfer:
                transfer.goes_on()

    def test_a_lost_bridge_comes_back(self):
        self.ok("network", "create", "-o", "com.docker.network.bridge.name=lostbr0", "one")
        self.echo("cc", "--network", "one")
        ip("link", "del", "lostbr0")
        with Transfer("127.0.0.1", 5000) as transfer:
            transfer.goes_on()

    def test_a_lost_interface_comes_back(self):
        self.echo("cc", "--link-local-ip", "169.254.7.7")
        self.ok("run", "-d", "--name", "admin", "--cap-add", "NET_ADMIN", BUSYBOX, "sleep", "1000")

        def port(name):
            return "fel" + self.places(name)["bridge"]["EndpointID"][:12]
        with outside("192.0.2.2", "192.0.2.1"):
            ip("link", "del", port("cc"))
            with Transfer("127.0.0.1", 5000) as transfer:
                transfer.goes_on()
            self.assertIn("169.254.7.7", self.shown("cc", "addr"))
            name = port("cc")
            self.engine.kill9()
            ip("link", "del", name)
            self.engine.up()
            with Transfer("127.0.0.1", 5000) as transfer:
                transfer.goes_on()
            # Of the container's own only what nobody in there could have meant.
            for name in ("cc", "admin"):
                self.ok("exec", "--privileged", name, "ip", "route", "del", "default")
            with open("/proc/sys/net/ipv4/ip_forward", "w") as file:
                file.write("0")
            until(lambda: self.default("cc"), "its route is there again")
            self.assertFalse(self.default("admin"))
            until(lambda: self.docker("exec", "cc", "ping", "-c", "1", "-W", "1", "192.0.2.2").returncode == 0, "it reaches out again")

    def test_who_drops_is_told(self):
        self.echo("cc")
        with outside() as other:
            curl = [*other, "bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/5000 && echo hello >&3 && head -1 <&3"]

            def reached():
                return "hello" in subprocess.run(curl, capture_output=True, text=True, timeout=10).stdout
            until(reached, "it is reached from outside")
            subprocess.run(["nft", "-f", "-"], check=True, text=True, input=(
                "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }\n}\n"))
            try:
                with self.assertRaises(subprocess.TimeoutExpired):
                    subprocess.run(curl, capture_output=True, timeout=1)
                told = self.engine.shell("felucca:driver") + self.ok("info") + self.engine.shell("felucca:info")
                self.assertIn("ip filter FORWARD", told)
                self.assertIn("chain FORWARD", nft("list", "table", "ip", "filter"))
            finally:
                subprocess.run(["nft", "delete", "table", "ip", "filter"], check=True)
            until(reached, "it is reached again")


if __name__ == "__main__":
    unittest.main()
