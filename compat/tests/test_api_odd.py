"""Odd values for every path, parameter, head and body of the API's file: refusals in one line, no failure of ours, nothing that hangs.

FELUCCA_ODD_ROUNDS=50 is much of it, with FELUCCA_ODD_SEED=random (`seeds`).
"""
import json
import os
import random
import re
import socket
import urllib.parse
from http.client import HTTPException

from api_answers import Unix
from api_schema import Schema
from engine import BUSYBOX, PATIENCE, EngineTest
from odd_requests import OddRequests
from seeds import seed

ROUNDS = int(os.environ.get("FELUCCA_ODD_ROUNDS", "1"))
SEED = seed("FELUCCA_ODD_SEED", 957159678)
# Asks for what lasts as long as the client, or the container: the answer's head is enough, and where it has to wait none comes.
LASTS = re.compile(r"/(events|wait|stats|attach|attach/ws|logs|start|stop|restart|resize)$")
# What Docker answers so, too.
FAILS = [
    r"POST /images/create .* (dial|lookup|registry|connect|resolve|unknown host|getaddrinfo|no route|refused|timed out).*",
    r"POST /containers/\{id\}/unpause .* is not paused",
    r"POST /containers/\{id\}/(start|restart) .*port is already allocated.*",
    r"POST /containers/\{id\}/start .*(/sys/fs/cgroup|sethostname).*",       # what the kernel says of a limit or name
    r"POST /containers/\{id\}/update Cannot update container .*: write .*",
]
NEVER = {"/auth", "/images/search", "/distribution/{name}/json", "/images/{name}/push"}  # these ask addresses that are not ours
SHOWN = 40


class Odd(EngineTest):
    def setUp(self):
        self.schema = Schema.load()
        self.requests = OddRequests(self.schema.document, random.Random(SEED), BUSYBOX)
        self.record = []                                     # of the running round: what was asked, and what came
        self.made()

    def made(self):
        for name in ("box", "made"):
            status, text = self.call("DELETE", f"/containers/{name}?force=1")
            self.assertIn(status, (204, 404), f"{name} stays: {text}")
        self.ok("create", "--name", "made", "--network", "none", BUSYBOX, "true")
        self.ok("run", "-d", "--name", "box", "--network", "none", BUSYBOX, "sleep", "1000")

    def tearDown(self):
        self.tidy()
        super().tearDown()

    def tidy(self):
        for container in json.loads(self.call("GET", "/containers/json?all=1")[1]):
            self.call("DELETE", f"/containers/{container['Id']}?force=1&v=1")
        self.call("POST", "/volumes/prune?filters=" + urllib.parse.quote('{"all":["1"]}'))
        self.call("POST", "/networks/prune")

    # ---- asking ----------------------------------------------------------------------------------------------------------

    def call(self, method, target, heads=None, body=None, lasts=False):
        """Status and text, which are recorded; None where no answer came of what may wait."""
        asked = f"{method} {target[:300]} {heads or ''} {(body or b'')[:1500]!r}"
        self.record.append(asked + " -> nothing")
        try:
            status, text = self.answer(method, target, body, heads or {}, lasts)
        except Exception as trouble:
            self.record[-1] = f"{asked} -> {trouble!r}"
            raise
        self.record[-1] = f"{asked} -> {status} {text[:300]!r}"
        return status, text

    def answer(self, method, target, body, heads, lasts):
        connection = Unix(self.engine.socket, (2 if lasts else 30) * PATIENCE)
        try:
            connection.request(method, target, body, heads)
            response = connection.getresponse()
            if response.status == 101 or (lasts and response.status < 300):
                return response.status, ""
            return response.status, response.read().decode(errors="replace")
        except socket.timeout:
            if lasts:
                return None, ""
            raise AssertionError("no answer") from None
        finally:
            connection.close()

    def fault(self, method, path, status, text):
        if status is None or status < 400 or method == "HEAD":
            return None
        try:
            message = json.loads(text)["message"]
        except (ValueError, KeyError, TypeError):
            return f"{status} {text[:300]!r} is no message"
        if "\n" in message.strip() or re.search(r"\bat [\w.$]+\(|Exception\b|dev\.felucca|java\.", message):
            return f"{status} {message!r}"
        if status == 500 and not any(re.fullmatch(pattern, f"{method} {path} {message}", re.S) for pattern in FAILS):
            return f"500 {message!r}"
        return None

    # ---- fields ---------------------------------------------------------------------------------------------------------

    def test_each_field_of_each_body_is_odd_once(self):
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        self.ok("network", "create", "net")
        self.addCleanup(self.docker, "network", "rm", "net")
        bases = {
            "/containers/create": ("/containers/create?name=odd", {"Image": BUSYBOX, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}),
            "/containers/{id}/update": ("/containers/box/update", {}),
            "/containers/{id}/exec": ("/containers/box/exec", {"Cmd": ["true"], "AttachStdout": True}),
            "/networks/create": ("/networks/create", {"Name": "odd"}),
            "/networks/{id}/connect": ("/networks/net/connect", {"Container": "made"}),
            "/networks/{id}/disconnect": ("/networks/net/disconnect", {"Container": "made"}),
            "/volumes/create": ("/volumes/create", {"Name": "odd"}),
            "/commit": ("/commit?container=made&repo=odd", {}),
        }
        faults = {}
        for turn in range(ROUNDS):
            for method, path, operation, _ in self.requests.operations():
                if method != "POST" or path not in bases:
                    continue
                target, base = bases[path]
                schema = next(parameter["schema"] for parameter in map(self.requests.resolve, operation["parameters"]) if parameter["in"] == "body")
                for field in dict.fromkeys(self.requests.fields(schema)):
                    self.record.clear()
                    self.one_field(path, target, self.requests.one_odd(base, field), faults)
                self.all_there()
        self.maxDiff = None
        self.assertEqual("", "\n".join(faults.values()), f"seed {SEED}")

    def one_field(self, path, target, body, faults):
        """What is taken is used as well, and goes again."""
        status, text = self.told("POST", path, target, faults, body)
        if status is None or status >= 300:
            return
        if path == "/containers/create":
            self.told("GET", "/containers/{id}/json", "/containers/odd/json", faults)
            self.told("POST", "/containers/{id}/start", "/containers/odd/start", faults)
            self.told("DELETE", "/containers/{id}", "/containers/odd?force=1&v=1", faults)
        elif path == "/containers/{id}/exec":
            session = json.loads(text)["Id"]
            self.told("POST", "/exec/{id}/start", f"/exec/{session}/start", faults, b"{}")
            self.told("GET", "/exec/{id}/json", f"/exec/{session}/json", faults)
        elif path == "/networks/create":
            self.told("DELETE", "/networks/{id}", "/networks/" + json.loads(text)["Id"], faults)
        elif path == "/networks/{id}/connect":
            self.call("POST", "/networks/net/disconnect", {"Content-Type": "application/json"}, b'{"Container": "made", "Force": true}')
        elif path == "/volumes/create":
            self.told("DELETE", "/volumes/{name}", "/volumes/" + urllib.parse.quote(json.loads(text)["Name"], safe=""), faults)

    def told(self, method, path, target, faults, body=None):
        status, text = None, ""
        try:
            status, text = self.call(method, target, None if body is None else {"Content-Type": "application/json"}, body)
            fault = self.fault(method, path, status, text) or self.unknown_status(method, path, status)
        except (AssertionError, OSError, ValueError, HTTPException) as trouble:
            fault = f"{type(trouble).__name__} {trouble}"
        if fault:
            faults.setdefault((method, path, re.sub(r"\d+|[0-9a-f]{12,}", "N", fault)[:120]), fault + "\n    " + "\n    ".join(self.record))
        return status, text

    def unknown_status(self, method, path, status):
        if str(status) in self.schema.document["paths"][path][method.lower()]["responses"] or self.schema.excused("status", f"{method} {path} {status}"):
            return None
        return f"{status} is no status of the file"

    # ---- rounds ----------------------------------------------------------------------------------------------------------

    def test_odd_requests_are_refused_in_one_line(self):
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        faults = {}
        for turn in range(ROUNDS):
            self.record.clear()
            try:
                self.everything_odd(faults)
                self.assertEqual(200, self.call("GET", "/_ping")[0])
            except Exception as trouble:
                last = "\n".join(self.record[-SHOWN:])
                raise AssertionError(f"seed {SEED}, round {turn}: {trouble!r}; the last requests:\n{last}") from trouble
        self.maxDiff = None
        self.assertEqual("", "\n".join(faults.values()), f"seed {SEED}")

    def everything_odd(self, faults):
        for method, path, operation, shared in self.requests.operations():
            if path in NEVER:
                continue
            for _ in range(4):
                request = self.requests.request(method, path, operation, shared)
                if path == "/images/create" and "fromSrc" in request[1]:
                    continue                                 # it would be fetched
                try:
                    status, text = self.call(*request, lasts=bool(LASTS.search(path)))
                    fault = self.fault(method, path, status, text)
                except (AssertionError, OSError, ValueError, HTTPException) as trouble:
                    fault = f"{type(trouble).__name__} {trouble}"
                if fault:
                    faults.setdefault((method, path, re.sub(r"\d+|[0-9a-f]{12,}", "N", fault)[:120]), f"{fault}\n    {self.record[-1]}")
            self.all_there()

    def all_there(self):
        box, made = self.call("GET", "/containers/box/json"), self.call("GET", "/containers/made/json")
        if box[0] == 404 or made[0] == 404 or not json.loads(box[1])["State"]["Running"]:
            self.made()
        if self.call("GET", f"/images/{BUSYBOX}/json")[0] == 404:
            self.tidy()
            self.ok("pull", "-q", BUSYBOX)
            self.made()
