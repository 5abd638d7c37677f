"""The push half of the distribution protocol, over plain http on loopback."""

import http.client
import os


class Registry:
    def __init__(self, address):
        self.address = address

    def _call(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()

    def push_blob(self, repository, digest, file):
        status, _, _ = self._call("HEAD", f"/v2/{repository}/blobs/{digest}")
        if status == 200:
            return
        status, headers, body = self._call("POST", f"/v2/{repository}/blobs/uploads/")
        if status != 202:
            raise SystemExit(f"start of an upload to {repository}: {status} {body!r}")
        location = headers["Location"]
        path = location.split(self.address, 1)[-1]
        path += ("&" if "?" in path else "?") + "digest=" + digest
        with open(file, "rb") as data:
            status, _, body = self._call("PUT", path, data, {
                "Content-Type": "application/octet-stream", "Content-Length": str(os.path.getsize(file))})
        if status != 201:
            raise SystemExit(f"upload of {digest} to {repository}: {status} {body!r}")

    def push_manifest(self, repository, reference, media_type, manifest):
        status, _, body = self._call("PUT", f"/v2/{repository}/manifests/{reference}", manifest, {"Content-Type": media_type})
        if status != 201:
            raise SystemExit(f"manifest {repository}:{reference}: {status} {body!r}")
