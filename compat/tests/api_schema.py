"""The Engine API's schema, and what is wrong with an answer by it."""
import gzip
import json
import os
import re

HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "api")
FORMATS = {
    "dateTime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"),
}
SIZES = {"int16": 15, "int32": 31, "int64": 63, "uint16": 16, "uint32": 32, "uint64": 64}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


class Schema:
    """`strange` holds what Docker itself does otherwise than its file says; see `exceptions.json`."""

    def __init__(self, document, strange):
        self.document = document
        self.strange = strange
        self.seen = set()
        self.routes = [
            (re.compile("/" + re.sub(r"\{\w+}", ".+", path.strip("/")) + "$"), path) for path in document["paths"]]
        # A path without a placeholder wins over one with: /images/json is no image's name.
        self.routes.sort(key=lambda route: route[1].count("{"))

    @staticmethod
    def load(file=None):
        with gzip.open(HERE + "/v1.50.json.gz") as packed:
            document = json.load(packed)
        if file:
            import yaml  # only who brings a file of their own needs it

            with open(file) as text:
                document = yaml.safe_load(text)
            document = json.loads(json.dumps(document, default=str))
        with open(HERE + "/exceptions.json") as text:
            return Schema(document, json.load(text))

    def operation(self, method, path):
        """The path as the file writes it, and what it says of the method; None where it knows neither."""
        for pattern, name in self.routes:
            if pattern.match(path) and method.lower() in self.document["paths"][name]:
                return name, self.document["paths"][name][method.lower()]
        return None, None

    def resolve(self, schema):
        while "$ref" in schema:
            found = self.document
            for step in schema["$ref"].lstrip("#/").split("/"):
                found = found[step]
            nullable = schema.get("x-nullable")
            schema = dict(found, **({"x-nullable": True} if nullable else {}))
        return schema

    def properties(self, schema):
        """Own properties, and those of all that it is made of; required ones; what more it may have."""
        schema = self.resolve(schema)
        own, required, more = dict(schema.get("properties", {})), set(schema.get("required", ())), schema.get("additionalProperties")
        for part in schema.get("allOf", ()):
            others, needed, rest = self.properties(part)
            own.update(others)
            required |= needed
            more = more if more is not None else rest
        return own, required, more

    def kind(self, schema):
        schema = self.resolve(schema)
        kinds = [schema.get("type")] + [self.kind(part) for part in schema.get("allOf", ())]
        return next((kind for kind in kinds if kind), "object" if "properties" in schema else None)

    def excused(self, kind, place):
        return any(re.fullmatch(pattern, place) for pattern in self.strange.get(kind, {}))

    def faults(self, value, schema, place):
        schema = self.resolve(schema)
        self.seen.add(re.sub(r"\[\d+]", "[]", place))
        if value is None:
            if not schema.get("x-nullable") and not self.excused("null", place):
                yield f"{place}: null, where the file has no x-nullable"
            return
        kind = self.kind(schema)
        if kind is None:
            return
        if not isinstance(value, TYPES[kind]) or (kind in ("integer", "number") and isinstance(value, bool)):
            if not self.excused("type", place):
                yield f"{place}: {type(value).__name__} {value!r} where the file has {kind}"
            return
        if "enum" in schema and value not in schema["enum"] and not self.excused("enum", place):
            yield f"{place}: {value!r} is none of {schema['enum']}"
        for part in schema.get("allOf", ()) if kind != "object" else ():
            yield from self.faults(value, part, place)
        if kind == "string":
            yield from self.text(value, schema, place)
        if kind == "integer":
            bits = SIZES.get(schema.get("format", "int64"), 63)
            low = 0 if schema.get("format", "").startswith("u") else -(1 << bits)
            if not low <= value < 1 << bits and not self.excused("range", place):
                yield f"{place}: {value} is no {schema.get('format', 'int64')}"
        if kind == "array":
            for i, item in enumerate(value):
                yield from self.faults(item, schema.get("items", {}), f"{place}[{i}]")
        if kind == "object":
            yield from self.object(value, schema, place)

    def text(self, value, schema, place):
        pattern = FORMATS.get(schema.get("format"))
        if pattern and not pattern.fullmatch(value) and not self.excused("format", place):
            yield f"{place}: {value!r} is no {schema['format']}"
        if "pattern" in schema and not re.search(schema["pattern"], value) and not self.excused("format", place):
            yield f"{place}: {value!r} is not {schema['pattern']}"

    def object(self, value, schema, place):
        own, required, more = self.properties(schema)
        for name in sorted(required - set(value)):
            if not self.excused("missing", f"{place}.{name}"):
                yield f"{place}.{name}: missing, and the file requires it"
        for name, item in value.items():
            if name in own:
                yield from self.faults(item, own[name], f"{place}.{name}")
            elif isinstance(more, dict):
                yield from self.faults(item, more, f"{place}{{}}")
            elif own and more is not True and not self.excused("unknown", f"{place}.{name}"):
                yield f"{place}.{name}: the file has no such field"

    def unseen(self, schema, place, deep=8):
        """Fields that the file has and no answer had."""
        schema = self.resolve(schema)
        if deep == 0:
            return
        own, _, more = self.properties(schema)
        for name, one in own.items():
            here = f"{place}.{name}"
            if here in self.seen:
                yield from self.unseen(one, here, deep - 1)
            elif place in self.seen:
                yield here
        if isinstance(more, dict) and place + "{}" in self.seen:
            yield from self.unseen(more, place + "{}", deep - 1)
        if schema.get("type") == "array" and place + "[]" in self.seen:
            yield from self.unseen(schema.get("items", {}), place + "[]", deep - 1)
