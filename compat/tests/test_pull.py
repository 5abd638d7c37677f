"""Images from a registry, whole or not at all."""
import glob
import http.client
import http.server
import json
import os
import re
import shutil
import threading
import urllib.request

from engine import BUSYBOX, DEBIAN, LAYERS, REGISTRY, STORAGE, Engine, EngineTest, until


class Pull(EngineTest):
    images = ()

    def tearDown(self):
        super().tearDown()
        ids = set(self.ok("images", "-aq", "--no-trunc").split())
        if ids:
            self.ok("rmi", "-f", *ids)

    def test_every_form_of_layer_and_manifest(self):
        for tag in ("latest", "list", "gzip", "zstd", "plain", "schema2"):
            image = BUSYBOX.replace(":latest", ":" + tag)
            self.ok("pull", image)
            self.assertEqual(tag, self.ok("run", "--rm", image, "echo", tag))

    def test_progress_of_each_layer(self):
        out = self.ok("pull", LAYERS)
        self.assertEqual(8, len(re.findall("^[0-9a-f]{12}: Pull complete$", out, re.M)), out)
        self.assertPattern(r"^latest: Pulling from test/layers$", out)
        self.assertPattern(r"^Digest: sha256:[0-9a-f]{64}$", out)
        self.assertPattern(r"^Status: Downloaded newer image for ", out)
        self.assertPattern(r"^Status: Image is up to date for ", self.ok("pull", LAYERS))

    def test_listed_and_pulled_by_digest(self):
        self.ok("pull", DEBIAN)
        self.assertPattern(rf"{REGISTRY}/library/debian +bookworm +[0-9a-f]{{12}} ", self.ok("images"))
        digest = self.engine.inspect(DEBIAN, "RepoDigests")[0]
        self.assertRegex(digest, rf"^{REGISTRY}/library/debian@sha256:[0-9a-f]{{64}}$")
        self.ok("rmi", DEBIAN)
        self.ok("pull", digest)
        self.assertEqual("ok", self.ok("run", "--rm", digest, "echo", "ok"))

    def test_a_missing_tag_and_repository(self):
        self.refused("pull", DEBIAN.replace(":bookworm", ":nosuch"), says="not found")
        self.refused("pull", REGISTRY + "/no/such", says="not found")
        self.nothing_is_left()

    def test_an_unreachable_registry(self):
        self.refused("pull", "127.0.0.1:1/x/y", says="connection refused")
        self.nothing_is_left()

    def test_a_flipped_byte(self):
        with self.tampered(lambda content: content[:2000] + bytes([content[2000] ^ 1]) + content[2001:]):
            self.one_error()

    def test_a_wrong_length(self):
        with self.tampered(lambda content: content[:-7]):
            self.one_error()

    def test_a_dead_connection(self):
        with Proxy(cut_after=300_000) as proxy:
            engine = self.one_error(LAYERS.replace(REGISTRY, proxy.address))
            proxy.cut_after = None
            engine.ok("pull", LAYERS.replace(REGISTRY, proxy.address))
            self.assertGreater(proxy.resumed, 0, "what was there was fetched again")

    def test_a_pull_goes_on_where_a_killed_engine_was(self):
        with Proxy(hold_after=5_000_000) as proxy:
            engine = Engine("killed")
            engine.up()
            self.addCleanup(engine.destroy)
            image = LAYERS.replace(REGISTRY, proxy.address)
            client = engine.start("pull", image)
            # Everything that came is in the files: nothing comes any more.
            until(lambda: 0 < proxy.held == len(self.fetched(engine))
                  and all(size == proxy.sent[path] for path, size in self.fetched(engine).items()), "layers stop in the middle")
            engine.kill9()
            client.kill()
            client.communicate()
            there = self.fetched(engine)
            self.assertTrue(there and all(size > 4_000_000 for size in there.values()), there)
            proxy.release()
            engine.up()
            engine.ok("pull", image)
            for path, size in there.items():
                self.assertEqual([None, f"bytes={size}-"], proxy.ranges[path], "only the rest is asked for")
            self.assertIn("no problems", engine.felucca("image", "verify").stdout)

    def fetched(self, engine):
        """The bytes of each layer that is on its way, by its path in the registry."""
        directory = engine.data + "/content/ingest"
        return {f"/v2/test/layers/blobs/{name}": os.path.getsize(f"{directory}/{name}")
                for name in os.listdir(directory) if name.startswith("sha256:")}

    def one_error(self, image=LAYERS):
        """A pull with no layer here yet fails with one error and leaves no half image."""
        fresh = Engine("fresh")
        fresh.up()
        self.addCleanup(fresh.destroy)
        result = fresh.docker("pull", image, timeout=170)
        self.assertEqual(1, result.returncode, result.stdout)
        self.assertEqual(1, len(result.stderr.strip().splitlines()), result.stderr)
        self.assertEqual("", fresh.ok("images", "-aq"))
        return fresh

    def nothing_is_left(self):
        self.assertEqual("", self.ok("images", "-aq"))

    def tampered(self, change):
        """The largest blob of the layered image, changed where the registry keeps it, until the block ends."""
        test = self

        class Tampered:
            def __enter__(self):
                layers = test.layers()
                blobs = glob.glob(STORAGE + "/**/blobs/sha256/*/*/data", recursive=True)
                self.path = max((blob for blob in blobs if blob.split("/")[-2] in layers), key=os.path.getsize)
                shutil.copy(self.path, self.path + ".kept")
                with open(self.path, "rb") as file:
                    content = file.read()
                with open(self.path, "wb") as file:
                    file.write(change(content))

            def __exit__(self, *failure):
                os.replace(self.path + ".kept", self.path)

        return Tampered()

    def layers(self):
        request = urllib.request.Request(f"http://{REGISTRY}/v2/test/layers/manifests/latest", headers={
            "Accept": "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, "
                      "application/vnd.oci.image.index.v1+json"})
        manifest = json.load(urllib.request.urlopen(request))
        return {layer["digest"].split(":")[1] for layer in manifest["layers"]}


class Proxy:
    """Passes requests on to the registry; after `cut_after` bytes of a blob in all it drops every connection for it, and
    after `hold_after` it says nothing more until it is released."""

    def __init__(self, cut_after=None, hold_after=None):
        self.cut_after = cut_after
        self.hold_after = hold_after
        self.held = 0
        self.released = threading.Event()
        self.sent = {}
        self.ranges = {}
        self.resumed = 0
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                upstream = http.client.HTTPConnection(REGISTRY)
                headers = {key: value for key, value in self.headers.items() if key.lower() in ("accept", "range")}
                upstream.request(self.command, self.path, headers=headers)
                answer = upstream.getresponse()
                self.send_response(answer.status)
                for key, value in answer.getheaders():
                    if key.lower() not in ("server", "date", "connection"):
                        self.send_header(key, value.replace(REGISTRY, proxy.address))
                self.end_headers()
                if proxy.cut_after is None and "Range" in self.headers:
                    proxy.resumed += 1
                proxy.ranges.setdefault(self.path, []).append(self.headers["Range"])
                while self.command == "GET":
                    block = answer.read(65536)
                    if not block:
                        break
                    sent = proxy.sent.get(self.path, 0) + len(block)
                    if "/blobs/" in self.path and proxy.cut_after is not None and sent > proxy.cut_after:
                        self.close_connection = True
                        return
                    if "/blobs/" in self.path and proxy.hold_after is not None and sent > proxy.hold_after:
                        proxy.held += 1
                        proxy.released.wait()
                        self.close_connection = True
                        return
                    self.wfile.write(block)
                    proxy.sent[self.path] = sent

            do_HEAD = do_GET

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def release(self):
        self.hold_after = None
        self.released.set()

    def __enter__(self):
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.release()
        self.server.shutdown()
        self.server.server_close()
