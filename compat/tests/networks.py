"""What tests of networks have in common: traffic, another host, and what the host's tables and interfaces are."""
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading

from engine import BUSYBOX, EngineTest, until

# Runs in a container's network namespace: says who comes, then sends back what it gets.
ECHO = """
import socket, threading
def echo(peer):
    with peer:
        while data := peer.recv(65536):
            peer.sendall(data)
server = socket.create_server(("0.0.0.0", 5000))
print("ready", flush=True)
while True:
    peer, address = server.accept()
    print(address[0], flush=True)
    threading.Thread(target=echo, args=(peer,), daemon=True).start()
"""
WEB = ["sh", "-c", "mkdir /w; hostname > /w/index.html; exec httpd -f -h /w -p 80"]


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=True).stdout


def nft(*words):
    return subprocess.run(["nft", *words], capture_output=True, text=True, check=True).stdout


def table():
    return next((line for line in nft("list", "tables").splitlines() if " felucca" in line), None)


def answer(port, host="127.0.0.1"):
    """What a web server there says; None when it is not reached."""
    try:
        connection = http.client.HTTPConnection(host, port, timeout=3)
        connection.request("GET", "/")
        return connection.getresponse().read().decode().strip()
    except OSError:
        return None


class Transfer:
    """Bytes that go to and fro until it is closed; every one has to come back."""

    def __init__(self, host, port):
        self.socket = until(lambda: self._open(host, port), "the echo answers")
        self.count = 0
        self.failure = None
        self.ending = False
        self.thread = threading.Thread(target=self._pump)
        self.thread.start()

    @staticmethod
    def _open(host, port):
        try:
            return socket.create_connection((host, port), 5)
        except OSError:
            return None

    def _pump(self):
        block = os.urandom(16384)
        try:
            while not self.ending:
                self.socket.sendall(block)
                back = b""
                while len(back) < len(block):
                    got = self.socket.recv(65536)
                    if not got:
                        raise OSError("closed")
                    back += got
                if back != block:
                    raise OSError("other bytes came back")
                self.count += 1
        except OSError as failure:
            self.failure = failure

    def goes_on(self):
        before = self.count
        until(lambda: self.failure or self.count > before + 20, "bytes go on")
        if self.failure:
            raise AssertionError(f"the transfer broke: {self.failure}")

    def __enter__(self):
        self.goes_on()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join(20)
        self.socket.close()


@contextlib.contextmanager
def outside(address="192.0.2.2", host="192.0.2.1"):
    """Another host beside the engine's: a network namespace."""
    name = f"felucca-o{os.getpid()}"
    ip("netns", "add", name)
    try:
        ip("link", "add", "uplink0", "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("addr", "add", host + "/24", "dev", "uplink0")
        ip("link", "set", "uplink0", "up")
        ip("-n", name, "addr", "add", address + "/24", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        yield ["nsenter", f"--net=/run/netns/{name}"]
    finally:
        ip("netns", "del", name)
        subprocess.run(["ip", "link", "del", "uplink0"], capture_output=True)


class NetworkTest(EngineTest):
    def tearDown(self):
        super().tearDown()
        self.ok("network", "prune", "-f")
        left = self.ok("network", "ls", "-q", "--filter", "type=custom")
        self.assertEqual("", left)

    def network(self, name):
        return json.loads(self.ok("network", "inspect", name))[0]

    def places(self, name):
        return self.engine.inspect(name, "NetworkSettings.Networks")

    def shown(self, name, *words):
        return self.ok("exec", name, "ip", *words)

    def default(self, name):
        """Gateway and interface of the default route, or nothing."""
        lines = [line.split() for line in self.shown(name, "route").splitlines()]
        return next((line[2:5:2] for line in lines if line[0] == "default"), [])

    def host(self, name):
        return self.engine.inspect(name, "Id")[:12]

    def echo(self, name, *words):
        """A container with an echo at its port 5000; what it prints is who comes."""
        self.ok("run", "-d", "--name", name, "-p", "5000:5000", *words, BUSYBOX, "sleep", "1000")
        pid = self.engine.inspect(name, "State.Pid")
        server = subprocess.Popen(["nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.assertEqual("ready\n", server.stdout.readline())
        return server.stdout
