"""Requests to the engine without the CLI in between, for tests that ask for much."""
import glob
import io
import json
import os
import tarfile
import urllib.parse

from api_answers import Unix
from engine import EngineTest
from traces import HIERARCHIES


def tar(**files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    return out.getvalue()


class Asking(EngineTest):
    """`cgroup` is the parent of its containers' control groups."""

    cgroup = None

    def ask(self, method, target, body=None, binary=False, **query):
        """Status and content of the answer; an OSError where it does not come, or not whole."""
        connection = Unix(self.engine.socket)
        headers = {}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/x-tar"
        elif body is not None or method == "POST":
            body, headers["Content-Type"] = json.dumps(body or {}), "application/json"
        try:
            connection.request(method, target + ("?" + urllib.parse.urlencode(query) if query else ""), body, headers)
            response = connection.getresponse()
            content = response.read()
            return response.status, content if binary else content.decode()
        except OSError:
            raise
        except Exception as cut:                             # http.client's own words for an answer that is cut
            raise OSError(str(cut)) from cut
        finally:
            connection.close()

    def must(self, method, target, body=None, **query):
        status, text = self.ask(method, target, body, **query)
        self.assertIn(status, (200, 201, 204), f"{method} {target}: {text}")
        return text

    def inspect(self, name):
        status, text = self.ask("GET", f"/containers/{name}/json")
        self.assertIn(status, (200, 404), text)
        return json.loads(text) if status == 200 else None

    def group(self, name, controller, *files):
        """What the kernel says of a container's control group: the first of these files that there is, of v1 or v2."""
        container = self.inspect(name)["Id"]
        for file in files:
            for top in (f"/sys/fs/cgroup/{controller}", "/sys/fs/cgroup"):
                try:
                    with open(f"{top}{self.cgroup}/{container}/{file}") as content:
                        return content.read().strip()
                except FileNotFoundError:
                    continue
        return None

    @staticmethod
    def forget_cgroup(cgroup):
        for hierarchy in HIERARCHIES:
            for parent in glob.glob(hierarchy + cgroup):
                os.rmdir(parent)
