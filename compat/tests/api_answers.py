"""Asks an engine and holds each answer against the API's file: status, headers, type, every field."""
import base64
import http.client
import json
import re
import socket
import urllib.parse

HEADERS = {"Api-Version": r"1\.50", "Docker-Experimental": "false", "Ostype": "linux", "Server": r".+ \(linux\)"}


class Unix(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        return self.json["message"]


class Asker:
    def __init__(self, path, schema):
        self.path = path
        self.schema = schema
        self.faults = []
        self.covered = {}                            # (method, path of the file) to the statuses that were seen

    def raw(self, method, target, body=None, headers=None, timeout=60):
        connection = Unix(self.path, timeout)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return Answer(response, b"" if response.status == 101 else response.read())
        finally:
            connection.close()

    def ask(self, method, path, status, /, body=None, headers=None, prefix="", timeout=60, **query):
        """The answer, held against the file; what differs is kept, but for another status, which is told at once."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, bytearray)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        pairs = []
        for name, value in query.items():
            name = name.replace("_", "-")
            if isinstance(value, (dict, bool)):
                value = json.dumps(value)
            pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
        target = prefix + urllib.parse.quote(path, safe="/:@") + ("?" + urllib.parse.urlencode(pairs) if pairs else "")
        answer = self.raw(method, target, body, headers, timeout)
        if answer.status != status:
            raise AssertionError(f"{method} {target}: {answer.status} for {status}: {answer.body[:400]!r}")
        self.hold(method, path, target, answer)
        return answer

    def hold(self, method, path, target, answer):
        name, operation = self.schema.operation(method, path)
        where = f"{method} {name or target} {answer.status}"
        for header, pattern in HEADERS.items():
            if not re.fullmatch(pattern, answer.headers.get(header, "")):
                self.faults.append(f"{where}: {header} is {answer.headers.get(header)!r}")
        if answer.status >= 400:
            self.hold_error(where, answer)
        if operation is None:
            if answer.status != 404:
                self.faults.append(f"{where}: not a path of the file")
            return
        self.covered.setdefault((method, name), set()).add(answer.status)
        described = operation["responses"].get(str(answer.status))
        if described is None:
            if not self.schema.excused("status", where):
                self.faults.append(f"{where}: a status that the file does not have")
            return
        schema = described.get("schema")
        if answer.status < 400 and schema is not None and self.schema.resolve(schema).get("type") != "string":
            self.hold_body(where, schema, answer)

    def hold_body(self, where, schema, answer):
        kind = answer.headers.get("Content-Type")
        if kind != "application/json":
            self.faults.append(f"{where}: Content-Type is {kind!r}")
        decoder = json.JSONDecoder()
        text, at, some = answer.body.decode(), 0, 0
        while text[at:].strip():                       # a stream has several
            at += len(text[at:]) - len(text[at:].lstrip())
            value, at = decoder.raw_decode(text, at)
            self.faults += self.schema.faults(value, schema, where)
            some += 1
        if some == 0:
            self.faults.append(f"{where}: no JSON, {answer.body!r}")

    def hold_error(self, where, answer):
        if answer.headers.get("Content-Type") != "application/json":
            self.faults.append(f"{where}: Content-Type is {answer.headers.get('Content-Type')!r}")
        try:
            error = answer.json
        except ValueError:
            self.faults.append(f"{where}: {answer.body[:200]!r} is no JSON")
            return
        if list(error) != ["message"] or not isinstance(error["message"], str) or not error["message"]:
            self.faults.append(f"{where}: {error} is not {{message}}")
        elif re.search(r"\bat [\w.$]+\(|Exception\b", error["message"]):
            self.faults.append(f"{where}: {error['message']!r} shows our insides")

    def told(self):
        """Every difference once."""
        return sorted(set(re.sub(r"\[\d+]", "[]", fault) for fault in self.faults))


def path_stat(answer):
    return json.loads(base64.b64decode(answer.headers["X-Docker-Container-Path-Stat"]))
