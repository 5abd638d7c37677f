"""Clients that leave in the middle, send without an end or do not read: the engine serves others meanwhile and keeps nothing of them."""
import io
import json
import os
import random
import socket
import tarfile
import time
import urllib.parse

import holdings
from engine import BUSYBOX, PATIENCE, REGISTRY, EngineTest, until
from seeds import seed

# So many times everything; a minute of slow heads is waited for from two on. Runs that explore set FELUCCA_HOSTILE_SEED=random (`seeds`).
ROUNDS = int(os.environ.get("FELUCCA_HOSTILE_ROUNDS", "1"))
SEED = seed("FELUCCA_HOSTILE_SEED")
IDLE = 2000
FLOOD = "while :; do echo 0123456789012345678901234567890123456789012345678901234567890123456789; done"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "tcp"}


def tar(size):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("file")
        entry.size = size
        archive.addfile(entry, io.BytesIO(os.urandom(size)))
    return out.getvalue()


def request(method, target, body=b"", headers=(), **query):
    """The bytes of a request."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"{method} {target}{'?' + urllib.parse.urlencode(query) if query else ''} HTTP/1.1", "Host: x"]
    lines += [f"{name}: {value}" for name, value in dict(headers).items()]
    if method != "GET":
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class HostileClients(EngineTest):
    def setUp(self):
        self.dice = random.Random(SEED)
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        self.ok("run", "-d", "--name", "flood", "--network", "none", BUSYBOX, "sh", "-c", FLOOD + " | head -c 20000000; sleep 1000")
        self.ok("run", "-d", "-i", "--name", "cat", "--network", "none", BUSYBOX, "cat")
        self.ok("create", "--name", "made", "--network", "none", BUSYBOX, "true")
        self.ok("tag", BUSYBOX, REGISTRY + "/test/hostile:latest")
        self.addCleanup(self.docker, "volume", "rm", "hostile")
        self.addCleanup(self.docker, "network", "rm", "hostile")
        self.sockets = []
        self.addCleanup(self.close)

    def open(self, content=b""):
        one = socket.socket(socket.AF_UNIX)
        self.sockets.append(one)
        one.connect(self.engine.socket)                      # waits while the engine has not taken those before
        one.settimeout(10 * PATIENCE)
        try:
            one.sendall(content)
        except BrokenPipeError:
            pass                                             # it was refused before it was whole
        return one

    def close(self):
        for one in self.sockets:
            one.close()
        self.sockets.clear()

    # ---- what the engine has ---------------------------------------------------------------------------------------------

    def has(self):
        return holdings.of(self.engine.pid())

    def nothing_more_than(self, before, what):
        holdings.no_more_than(before, self.engine.pid(), f"{what}, seed {SEED},")

    def serves(self):
        begun = time.monotonic()
        self.assertEqual(200, self.api("GET", "/containers/json?all=1")[0])
        self.assertLess(time.monotonic() - begun, 5 * PATIENCE)

    # ---- leaving ---------------------------------------------------------------------------------------------------------

    def calls(self):
        made = json.dumps({"Image": BUSYBOX, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}).encode()
        archive = tar(300_000)
        exec_id = json.loads(self.api("POST", "/containers/cat/exec", {"Cmd": ["cat"], "AttachStdin": True, "AttachStdout": True})[1])["Id"]
        auth = {"X-Registry-Auth": "e30="}
        return {
            "create": request("POST", "/containers/create", made),
            "start": request("POST", "/containers/made/start"),
            "stop": request("POST", "/containers/made/stop", t=0),
            "wait": request("POST", "/containers/cat/wait", condition="not-running"),
            "attach": request("POST", "/containers/cat/attach", headers=UPGRADE, stream=1, stdin=1, stdout=1, logs=1) + b"words\n",
            "attach old": request("POST", "/containers/flood/attach", stream=1, stdout=1, logs=1),
            "attach ws": request("GET", "/containers/cat/attach/ws", headers={
                "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version": "13"}, stream=1, stdout=1),
            "exec": request("POST", "/containers/cat/exec", {"Cmd": ["true"]}),
            "exec start": request("POST", f"/exec/{exec_id}/start", {}, headers=UPGRADE) + b"words\n",
            "logs": request("GET", "/containers/flood/logs", stdout=1, follow=1),
            "logs at once": request("GET", "/containers/flood/logs", stdout=1),
            "stats": request("GET", "/containers/flood/stats"),
            "stats once": request("GET", "/containers/flood/stats", stream=0),
            "events": request("GET", "/events"),
            "events since": request("GET", "/events", since=1),
            "top": request("GET", "/containers/flood/top"),
            "pull": request("POST", "/images/create", fromImage=BUSYBOX.replace(":latest", ":zstd")),
            "push": request("POST", f"/images/{REGISTRY}/test/hostile/push", headers=auth, tag="latest"),
            "build": request("POST", "/build", archive),
            "export": request("GET", "/containers/made/export"),
            "changes": request("GET", "/containers/made/changes"),
            "copy from": request("GET", "/containers/made/archive", path="/bin"),
            "copy to": request("PUT", "/containers/made/archive", archive, path="/tmp"),
            "import": request("POST", "/images/create", archive, fromSrc="-"),
            "load": request("POST", "/images/load", archive),
            "save": request("GET", f"/images/{BUSYBOX}/get"),
            "commit": request("POST", "/commit", {}, container="made"),
            "history": request("GET", f"/images/{BUSYBOX}/history"),
            "df": request("GET", "/system/df"),
            "volume": request("POST", "/volumes/create", {"Name": "hostile"}),
            "network": request("POST", "/networks/create", {"Name": "hostile"}),
            "update": request("POST", "/containers/cat/update", {"CpuShares": 100}),
            "prune": request("POST", "/volumes/prune"),
        }

    def leave(self, content, how):
        """Asks, and leaves: in the head, in the body, at once, with half a goodbye, a moment later or with the first bytes read."""
        head = content.index(b"\r\n\r\n") + 4
        whole = content
        if how == "head":
            whole = content[:head - 3]
        elif how == "body":
            whole = content[:head + (len(content) - head) // 2]
        one = self.open(whole)
        if how == "half":
            one.shutdown(socket.SHUT_WR)
        if how in ("half", "moment"):
            time.sleep(self.dice.uniform(0, 0.05))           # chance, not a condition
        if how == "first":
            one.settimeout(0.3)
            try:
                one.recv(64)
            except (socket.timeout, ConnectionResetError):
                pass
        one.close()

    def everybody_leaves(self):
        calls = [(name, content, how) for name, content in self.calls().items()
                 for how in ("head", "body", "at once", "half", "moment", "first")]
        self.dice.shuffle(calls)
        for name, content, how in calls:
            self.leave(content, how)
        self.sockets.clear()
        self.serves()
        # What they asked for is done all the same, or not: what is left of it goes.
        for name in self.engine.names("-a"):
            if name not in ("flood", "cat", "made"):
                self.docker("rm", "-f", name)
        self.docker("image", "prune", "-f")

    def test_who_leaves_is_forgotten(self):
        self.everybody_leaves()                              # loads what is loaded once
        self.settled()
        before = self.has()
        for _ in range(ROUNDS):
            self.everybody_leaves()
            self.nothing_more_than(before, "clients that leave")

    def settled(self):
        """What the first of all calls began is over: two looks in a row find the same."""
        last = [None]

        def same():
            now = self.has()
            equal, last[0] = now == last[0], now
            if not equal:
                time.sleep(0.5)
            return equal
        until(same, "the engine is at rest", 40)

    # ---- not reading, and sending slowly ---------------------------------------------------------------------------------

    def test_who_does_not_read_stands_in_nobodys_way(self):
        self.ok("exec", "cat", "sh", "-c", "dd if=/dev/urandom of=/big bs=1M count=20 2>/dev/null")
        asked = [
            request("GET", "/containers/flood/logs", stdout=1, follow=1), request("GET", "/containers/flood/logs", stdout=1),
            request("POST", "/containers/flood/attach", headers=UPGRADE, stream=1, stdout=1, logs=1),
            request("GET", "/containers/cat/export"), request("GET", "/containers/cat/archive", path="/big"),
            request("GET", f"/images/{BUSYBOX}/get"), request("GET", "/events"), request("GET", "/containers/flood/stats"),
            request("GET", "/containers/json") * 2000]
        for content in asked:
            self.open(content)
        self.serves()
        self.close()
        self.settled()
        before = self.has()
        for _ in range(ROUNDS):
            for content in 5 * asked:
                self.flood(content)
            for n in range(20):
                self.ok("exec", "cat", "true")
                self.serves()
            self.close()
            self.nothing_more_than(before, "clients that do not read")

    def flood(self, content):
        """Sends as much as is taken at once: who does not read answers is not read on for ever."""
        one = self.open()
        one.setblocking(False)
        try:
            one.send(content)
        except BlockingIOError:
            pass

    def test_slow_and_idle_clients_keep_nobody_waiting(self):
        self.serves()
        self.settled()
        before = self.has()
        for _ in range(IDLE):
            self.open()
        for _ in range(200):
            self.open(b"GET /containers/json HTTP/1.1\r\nX-A: ")
        for _ in range(50):
            self.open(b"POST /containers/create HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n{")
        slow = [self.open(request("PUT", "/containers/made/archive", tar(1000), path="/tmp")[:-5000]) for _ in range(50)]
        slow += [self.open(b"POST /images/load HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n") for _ in range(50)]
        for _ in range(5):
            for one in slow:
                try:
                    one.send(b"1\r\nx\r\n")
                except OSError:
                    pass                                     # its archive was refused
            self.serves()
            self.ok("exec", "cat", "true")
        if ROUNDS > 1:
            heads = self.sockets[IDLE:IDLE + 250]
            for one in heads:
                one.settimeout(90 * PATIENCE)
                self.assertIn(b" 408 ", one.recv(4096))
        self.close()
        self.nothing_more_than(before, "slow clients")
