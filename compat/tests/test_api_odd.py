"""Odd values for every path, parameter, head and body of the API's file: refusals in one line, no failure of ours, nothing that hangs.

FELUCCA_ODD_ROUNDS=50 is much of it; FELUCCA_ODD_SEED repeats one.
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

ROUNDS = int(os.environ.get("FELUCCA_ODD_ROUNDS", "1"))
# The same requests each time, so that what fails is what was changed; whoever asks for more rounds gets others.
SEED = int(os.environ.get("FELUCCA_ODD_SEED", str(random.randrange(1 << 30)) if ROUNDS > 1 else "957159678"))
STRINGS = ["", " ", "a", "/", "..", "../../etc", "\0", "\n", "é\u202e", "\U0001F600", "a" * 5000, "-1", "0", "null", "true", "{}", "[]", "1e400", "a:b:c",
           "sha256:" + "0" * 64, "sha256:zz", "0" * 64, "%", "%zz", "a=b", "=", ":", "::1", "0.0.0.0/0", "tcp", "80/tcp", "99999/udp", "100m", "-5s",
           "1970-01-01T00:00:00Z", "made", "box", BUSYBOX, "default", "host", "none", "container:", "container:box", "json-file", "KILL", "\ud800"]
NUMBERS = [0, 1, -1, 2, 10, 1 << 31, (1 << 31) - 1, (1 << 63) - 1, 1 << 63, -(1 << 63), 10**30, 1.5, -0.0, 1e300]
FLAGS = ["1", "0", "true", "false", "yes", "", "2", "TRUE", "null"]
FILTERS = ["{}", "[]", "x", "null", '"a"', '{"name":["a"]}', '{"name":{"a":true}}', '{"name":"a"}', '{"name":null}', '{"until":["x"]}', '{"label":["a=b","a"]}',
           '{"label!":["a"]}', '{"dangling":["maybe"]}', '{"status":["odd"]}', '{"health":["a"]}', '{"before":["made"]}', '{"exited":["x"]}', '{"nothing":["a"]}',
           '{"name":["("]}', '{"id":[1]}', '{"type":["container"],"event":["a"]}', "{" * 2000, '{"a":[' * 500]
# Asks for what lasts as long as the client, or the container: the answer's head is enough, and where it has to wait none comes.
LASTS = re.compile(r"/(events|wait|stats|attach|attach/ws|logs|start|stop|restart|resize)$")
# What Docker answers so, too.
FAILS = [
    r"POST /images/create .* (dial|lookup|registry|connect|resolve|unknown host|getaddrinfo|no route|refused|timed out).*",
    r"POST /containers/\{id\}/unpause .* is not paused",
    r"POST /containers/\{id\}/(start|restart) .*port is already allocated.*",
]
# Nothing outside of what the test made: no group, driver or place of the host's.
LEFT_OUT = {"CgroupParent", "RemoteAPI"}
NEVER = {"/auth", "/images/search", "/distribution/{name}/json", "/images/{name}/push"}  # these ask addresses that are not ours


class Odd(EngineTest):
    def setUp(self):
        self.dice = random.Random(SEED)
        self.document = Schema.load().document
        self.made()

    def made(self):
        self.api("DELETE", "/containers/box?force=1")
        self.api("DELETE", "/containers/made?force=1")
        self.ok("create", "--name", "made", "--network", "none", BUSYBOX, "true")
        self.ok("run", "-d", "--name", "box", "--network", "none", BUSYBOX, "sleep", "1000")

    def tearDown(self):
        self.tidy()
        super().tearDown()

    def tidy(self):
        for container in json.loads(self.api("GET", "/containers/json?all=1")[1]):
            self.api("DELETE", f"/containers/{container['Id']}?force=1&v=1")
        self.api("POST", "/volumes/prune?filters=" + urllib.parse.quote('{"all":["1"]}'))
        self.api("POST", "/networks/prune")

    # ---- values ----------------------------------------------------------------------------------------------------------

    def odd(self):
        return self.dice.choice([None, True, {}, [], [[]], {"a": {}}, [None], self.dice.choice(STRINGS), self.dice.choice(NUMBERS)])

    def resolve(self, schema):
        while "$ref" in schema:
            found = self.document
            for step in schema["$ref"].lstrip("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def value(self, schema, depth=0):
        """As the schema has it, with something odd here and there."""
        schema = self.resolve(schema)
        if self.dice.random() < 0.08 or depth > 7:
            return self.odd()
        if "enum" in schema and self.dice.random() < 0.8:
            return self.dice.choice(schema["enum"])
        kind = schema.get("type", "object")
        if kind == "object":
            value = {}
            parts = [schema] + [self.resolve(part) for part in schema.get("allOf", ())]
            for part in parts:
                for name, of in part.get("properties", {}).items():
                    if name not in LEFT_OUT and self.dice.random() < 0.25:
                        value[name] = self.value(of, depth + 1)
                if isinstance(part.get("additionalProperties"), dict):
                    for _ in range(self.dice.randrange(3)):
                        value[self.dice.choice(STRINGS[:-1])] = self.value(part["additionalProperties"], depth + 1)
            return value
        if kind == "array":
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(self.dice.randrange(3))]
        if kind in ("integer", "number"):
            return self.dice.choice(NUMBERS)
        if kind == "boolean":
            return self.dice.choice([True, False])
        return self.dice.choice([schema.get("example", "a"), self.dice.choice(STRINGS)])

    def text(self, parameter):
        if parameter["name"] == "filters":
            return self.dice.choice(FILTERS)
        if parameter.get("type") == "boolean":
            return self.dice.choice(FLAGS)
        if parameter.get("type") in ("integer", "number") and self.dice.random() < 0.7:
            return str(self.dice.choice(NUMBERS))
        return self.dice.choice(STRINGS)

    @staticmethod
    def quoted(text):
        return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="")

    def request(self, method, path, operation, shared):
        """Method, target, heads and body."""
        query, heads, body, form = [], {}, None, path
        for parameter in [*shared, *operation.get("parameters", ())]:
            parameter = self.resolve(parameter)
            place, name = parameter["in"], parameter["name"]
            if place == "path":
                known = {"id": ["box", "made"], "name": [BUSYBOX, "bridge", "none"]}.get(name, [])
                text = self.dice.choice(known) if known and self.dice.random() < 0.7 else self.dice.choice(STRINGS)
                form = form.replace("{" + name + "}", self.quoted(text) or "x")
            elif place == "query" and self.dice.random() < 0.5:
                for _ in range(self.dice.choice([1, 1, 1, 2])):
                    query.append(f"{self.quoted(name)}={self.quoted(self.text(parameter))}")
            elif place == "header" and self.dice.random() < 0.5:
                heads[name] = self.dice.choice(["", "e30=", "e30", "####", "A" * 3000, "bnVsbA==", "W10="])
            elif place == "body" and parameter.get("schema"):
                body = self.body(parameter["schema"])
        if body is not None:
            heads["Content-Type"] = self.dice.choice(["application/json"] * 8 + ["application/json; charset=utf-8", "text/plain", ""])
        prefix = self.dice.choice(["", "", "/v1.50", "/v1.41", "/v1.24"])
        return method.upper(), prefix + form + ("?" + "&".join(query) if query else ""), heads, body

    def body(self, schema):
        value = self.value(schema)
        if isinstance(value, dict) and "Image" in self.resolve(schema).get("properties", {}) and self.dice.random() < 0.8:
            value["Image"] = BUSYBOX
        text = json.dumps(value)
        return self.dice.choice([text] * 12 + [text[:-1], text + "x", "", "null", "[" * 3000, "{\"a\":" * 3000, "\0", text * 2]).encode("utf-8", "surrogatepass")

    # ---- answers ---------------------------------------------------------------------------------------------------------

    def answer(self, method, target, heads, body, lasts):
        """Status and text; None where none came of what may wait."""
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

    def test_odd_requests_are_refused_in_one_line(self):
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        faults = {}
        for turn in range(ROUNDS):
            for path, item in self.document["paths"].items():
                if path in NEVER:
                    continue
                for method, operation in item.items():
                    if method == "parameters":
                        continue
                    for _ in range(4):
                        request = self.request(method, path, operation, item.get("parameters", ()))
                        if path == "/images/create" and "fromSrc" in request[1]:
                            continue                         # it would be fetched
                        try:
                            status, text = self.answer(*request, lasts=bool(LASTS.search(path)))
                            fault = self.fault(method.upper(), path, status, text)
                        except (AssertionError, OSError, ValueError, HTTPException) as trouble:
                            fault = f"{type(trouble).__name__} {trouble}"
                        if fault:
                            faults.setdefault((method, path, re.sub(r"\d+|[0-9a-f]{12,}", "N", fault)[:120]), (fault, request))
                if self.api("GET", "/containers/box/json")[0] == 404 or self.api("GET", "/containers/made/json")[0] == 404 \
                        or not json.loads(self.api("GET", "/containers/box/json")[1])["State"]["Running"]:
                    self.made()
                if self.api("GET", f"/images/{BUSYBOX}/json")[0] == 404:
                    self.tidy()
                    self.ok("pull", "-q", BUSYBOX)
                    self.made()
            self.assertEqual(200, self.api("GET", "/_ping")[0])
        self.maxDiff = None
        told = [f"{fault}\n    {request[0]} {request[1][:300]} {request[2]} {(request[3] or b'')[:1500]!r}" for fault, request in faults.values()]
        self.assertEqual("", "\n".join(told), f"seed {SEED}")
