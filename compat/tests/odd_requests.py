"""Requests with odd values, made of the API's file."""
import json
import urllib.parse

STRINGS = ["", " ", "a", "/", "..", "../../etc", "\0", "\n", "é\u202e", "\U0001F600", "a" * 5000, "-1", "0", "null", "true", "{}", "[]", "1e400", "a:b:c",
           "sha256:" + "0" * 64, "sha256:zz", "0" * 64, "%", "%zz", "a=b", "=", ":", "::1", "0.0.0.0/0", "tcp", "80/tcp", "99999/udp", "100m", "-5s",
           "1970-01-01T00:00:00Z", "made", "box", "default", "host", "none", "container:", "container:box", "json-file", "KILL", "\ud800"]
NUMBERS = [0, 1, -1, 2, 10, 1 << 31, (1 << 31) - 1, (1 << 63) - 1, 1 << 63, -(1 << 63), 10**30, 1.5, -0.0, 1e300]
FLAGS = ["1", "0", "true", "false", "yes", "", "2", "TRUE", "null"]
FILTERS = ["{}", "[]", "x", "null", '"a"', '{"name":["a"]}', '{"name":{"a":true}}', '{"name":"a"}', '{"name":null}', '{"until":["x"]}', '{"label":["a=b","a"]}',
           '{"label!":["a"]}', '{"dangling":["maybe"]}', '{"status":["odd"]}', '{"health":["a"]}', '{"before":["made"]}', '{"exited":["x"]}', '{"nothing":["a"]}',
           '{"name":["("]}', '{"id":[1]}', '{"type":["container"],"event":["a"]}', "{" * 2000, '{"a":[' * 500]
# Nothing outside of what the test made: no group, driver or place of the host's.
LEFT_OUT = {"CgroupParent", "RemoteAPI"}


def quoted(text):
    return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="")


class OddRequests:
    """Each is method, target, heads and body."""

    def __init__(self, document, dice, image):
        self.document = document
        self.dice = dice
        self.image = image
        self.strings = [*STRINGS, image]

    def operations(self):
        """Method, path, what the file says of it, and the parameters that all methods of the path have."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    yield method.upper(), path, operation, item.get("parameters", [])

    def resolve(self, schema):
        while "$ref" in schema:
            found = self.document
            for step in schema["$ref"].lstrip("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    # ---- values ----------------------------------------------------------------------------------------------------------

    def odd(self):
        return self.dice.choice([None, True, {}, [], [[]], {"a": {}}, [None], self.dice.choice(self.strings), self.dice.choice(NUMBERS)])

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
        return self.dice.choice([schema.get("example", "a"), self.dice.choice(self.strings)])

    def text(self, parameter):
        if parameter["name"] == "filters":
            return self.dice.choice(FILTERS)
        if parameter.get("type") == "boolean":
            return self.dice.choice(FLAGS)
        if parameter.get("type") in ("integer", "number") and self.dice.random() < 0.7:
            return str(self.dice.choice(NUMBERS))
        return self.dice.choice(self.strings)

    # ---- odd all over ----------------------------------------------------------------------------------------------------

    def request(self, method, path, operation, shared):
        query, heads, body, form = [], {}, None, path
        for parameter in [*shared, *operation.get("parameters", ())]:
            parameter = self.resolve(parameter)
            place, name = parameter["in"], parameter["name"]
            if place == "path":
                known = {"id": ["box", "made"], "name": [self.image, "bridge", "none"]}.get(name, [])
                text = self.dice.choice(known) if known and self.dice.random() < 0.7 else self.dice.choice(self.strings)
                form = form.replace("{" + name + "}", quoted(text) or "x")
            elif place == "query" and self.dice.random() < 0.5:
                for _ in range(self.dice.choice([1, 1, 1, 2])):
                    query.append(f"{quoted(name)}={quoted(self.text(parameter))}")
            elif place == "header" and self.dice.random() < 0.5:
                heads[name] = self.dice.choice(["", "e30=", "e30", "####", "A" * 3000, "bnVsbA==", "W10="])
            elif place == "body" and parameter.get("schema"):
                body = self.body(parameter["schema"])
        if body is not None:
            heads["Content-Type"] = self.dice.choice(["application/json"] * 8 + ["application/json; charset=utf-8", "text/plain", ""])
        prefix = self.dice.choice(["", "", "/v1.50", "/v1.41", "/v1.24"])
        return method, prefix + form + ("?" + "&".join(query) if query else ""), heads, body

    def body(self, schema):
        value = self.value(schema)
        if isinstance(value, dict) and "Image" in self.resolve(schema).get("properties", {}) and self.dice.random() < 0.8:
            value["Image"] = self.image
        text = json.dumps(value)
        return self.dice.choice([text] * 12 + [text[:-1], text + "x", "", "null", "[" * 3000, "{\"a\":" * 3000, "\0", text * 2]).encode("utf-8", "surrogatepass")

    # ---- one field odd at a time -----------------------------------------------------------------------------------------

    def fields(self, schema, within=()):
        """Where the file knows a field: its names from the top, 0 for what an array holds and a name for what a map holds."""
        schema = self.resolve(schema)
        for part in schema.get("allOf", ()):
            yield from self.fields(part, within)
        if len(within) > 6:
            return
        for name, one in schema.get("properties", {}).items():
            if name not in LEFT_OUT:
                yield (*within, name)
                yield from self.fields(one, (*within, name))
        if isinstance(schema.get("additionalProperties"), dict):
            yield (*within, "some")
            yield from self.fields(schema["additionalProperties"], (*within, "some"))
        if schema.get("type") == "array":
            yield (*within, 0)
            yield from self.fields(schema.get("items", {}), (*within, 0))

    def one_odd(self, base, field):
        """The body with something odd in that place, as text."""
        base = json.loads(json.dumps(base))
        value = self.dice.choice([None, True, 5, "x", [], {}, [None], [[]], {"a": {}}, -1, 1.5, "\0", self.dice.choice(self.strings), self.dice.choice(NUMBERS)])
        at = base
        for name, below in zip(field, field[1:]):
            inner = [] if below == 0 else {}
            if name == 0:
                at.append(inner)
            elif not isinstance(at.get(name), type(inner)):
                at[name] = inner
            at = at[name]
        if field[-1] == 0:
            at.append(value)
        else:
            at[field[-1]] = value
        text = json.dumps(base)
        if self.dice.random() < 0.05 and isinstance(field[-1], str):
            text = text.replace(json.dumps(field[-1]) + ":", json.dumps(field[-1]) + ": [{}], " + json.dumps(field[-1]) + ":")  # twice
        return text.encode("utf-8", "surrogatepass")
