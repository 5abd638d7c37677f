"""Registries by way of proxies and mirrors, that die, that are searched; clients that leave; one layer for two pulls."""
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import urllib.request

from engine import BUSYBOX, LAYERS, REGISTRY, TOP, Engine, until
from relay import Index, Relay, listens
from test_images import ImageTest

REPOSITORY = LAYERS.partition("/")[2].rpartition(":")[0]


class Reaching(ImageTest):
    """Engines of their own, with settings and an environment of their own."""

    def relay(self, **options):
        relay = Relay(**options)
        self.addCleanup(relay.close)
        return relay

    def engine_of(self, settings="", **environment):
        conf = self.path("conf")
        if not os.path.exists(conf):
            shutil.copytree(TOP + "/distro/src/main/dist/conf", conf)
        with open(conf + "/transport.registry.cfg", "w") as file:
            file.write(settings)
        engine = Engine("reaching", conf)
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            engine.up()
        finally:
            os.environ.clear()
            os.environ.update(before)
        self.addCleanup(engine.destroy)
        return engine

    def test_what_goes_through_a_proxy_and_what_does_not(self):
        proxy = self.relay(name="far.test")
        engine = self.engine_of("insecure = far.test\nnoProxy = 127.0.0.1, near.test\n", HTTP_PROXY=f"http://{proxy.address}", NO_PROXY="nobody")
        engine.ok("pull", "far.test/library/busybox:latest")
        self.assertEqual("hi", engine.ok("run", "--rm", "far.test/library/busybox:latest", "echo", "hi"))
        self.assertTrue(proxy.asked("GET", "http://far.test/v2/library/busybox/blobs/"), proxy.seen)
        # A push, too; and the uploads' addresses lead back to the proxy.
        engine.ok("run", "--name", "made", "far.test/library/busybox:latest", "sh", "-c", "echo made >/made")
        engine.ok("commit", "made", "far.test/proxied/app:v1")
        engine.ok("push", "far.test/proxied/app:v1")
        self.assertTrue(proxy.asked("PUT", "http://far.test/v2/proxied/app/manifests/v1"), proxy.seen)
        self.assertIn("v1", json.load(urllib.request.urlopen(f"http://{REGISTRY}/v2/proxied/app/tags/list"))["tags"])
        # Loopback and what noProxy names are reached directly.
        before = len(proxy.seen)
        engine.ok("pull", BUSYBOX)
        result = engine.docker("pull", "near.test/x/y")
        self.assertEqual(1, result.returncode)
        self.assertRegex(result.stderr, "dial tcp: lookup near.test: no such host")
        self.assertEqual(before, len(proxy.seen))

    def test_a_proxy_that_is_not_there_is_told(self):
        engine = self.engine_of(HTTP_PROXY="127.0.0.1:1", HTTPS_PROXY="127.0.0.1:1")
        result = engine.docker("pull", "far.test/library/busybox:latest")
        self.assertEqual(1, result.returncode)
        self.assertIn("connection refused", result.stderr)

    def test_mirrors_of_docker_hub_and_of_a_registry(self):
        hub, second, origin = self.relay(), self.relay(), self.relay()
        missing = self.relay(before=lambda handler: "/manifests/" in handler.path and not handler.send_error(404))
        engine = self.engine_of(f'mirrors = ["http://{missing.address}", "http://{hub.address}", "{origin.address}=http://{second.address}"]\n')
        out = engine.ok("pull", "busybox")
        self.assertIn("Status: Downloaded newer image for busybox:latest", out)
        self.assertEqual("hi", engine.ok("run", "--rm", "busybox", "echo", "hi"))
        self.assertTrue(missing.asked("GET", "/v2/library/busybox/manifests/latest"))
        self.assertTrue(hub.asked("GET", "/v2/library/busybox/manifests/latest"))
        self.assertEqual(["busybox:latest"], engine.inspect("busybox", "RepoTags"))
        engine.ok("rmi", "-f", "busybox")
        # All tags: of the mirror, and from the mirror.
        engine.ok("pull", "-a", f"{origin.address}/library/busybox")
        self.assertEqual(1, len(second.asked("GET", "/tags/list")))
        self.assertEqual([], origin.asked("GET", "/tags/list") + origin.asked("GET", "/manifests/") + origin.asked("GET", "/blobs/"))
        self.assertIn("zstd", engine.ok("images", "--format", "{{.Tag}}").split())
        for mirror in (hub, second, missing):
            self.assertFalse([headers for _, _, headers in mirror.seen if "Authorization" in headers])

    def test_a_client_that_leaves_ends_its_pull(self):
        gate = threading.Event()
        self.addCleanup(gate.set)

        def hold(handler):
            if "/blobs/" not in handler.path or gate.is_set():
                return False
            upstream = urllib.request.urlopen(f"http://{REGISTRY}{handler.path}")
            if int(upstream.headers["Content-Length"]) < 1_000_000:
                return False  # no layer
            handler.send_response(200)
            handler.send_header("Content-Length", upstream.headers["Content-Length"])
            handler.end_headers()
            handler.wfile.write(upstream.read(500_000))
            handler.wfile.flush()
            gate.wait(60)
            handler.close_connection = True
            return True

        relay = self.relay(before=hold)
        engine = self.engine_of()
        image = LAYERS.replace(REGISTRY, relay.address)
        for how in (signal.SIGINT, signal.SIGKILL):
            client = engine.start("pull", image)
            until(lambda: self.connections(relay.port), "blobs are on their way")
            until(lambda: len(self.fetched(engine)) == 3, "three downloads wait")
            client.send_signal(how)
            client.communicate()
            until(lambda: not self.connections(relay.port), "no connection is open any more")
            self.assertEqual("", engine.ok("images", "-aq"))
            self.assertNotIn("unpack-", str(os.listdir(engine.data)))
            # Others are served meanwhile: nobody holds a place among the downloads.
            engine.ok("pull", "-q", BUSYBOX)
            engine.ok("rmi", BUSYBOX)
        there = self.fetched(engine)
        self.assertTrue(all(size > 0 for size in there.values()), there)
        gate.set()
        relay.seen.clear()
        engine.ok("pull", image)
        for name, size in there.items():
            ranges = [headers.get("Range") for how, path, headers in relay.seen if path.endswith(name)]
            self.assertEqual([f"bytes={size}-"], ranges, "only the rest is asked for")

    def connections(self, port):
        """Established ones to this port, whoever has them."""
        with open("/proc/net/tcp") as file:
            rows = [line.split() for line in file.readlines()[1:]]
        with open("/proc/net/tcp6") as file:
            rows += [line.split() for line in file.readlines()[1:]]
        return [row for row in rows if row[3] == "01" and int(row[2].rpartition(":")[2], 16) == port]

    def fetched(self, engine):
        directory = engine.data + "/content/ingest"
        return {name: os.path.getsize(f"{directory}/{name}") for name in os.listdir(directory) if name.startswith("sha256:")}

    def test_a_layer_that_two_pulls_want_is_fetched_once(self):
        other = self.another_image_of_the_same_layers()
        gate = threading.Event()
        self.addCleanup(gate.set)
        relay = self.relay(before=lambda handler: "/blobs/" in handler.path and not gate.wait(60))
        engine = self.engine_of()
        clients = [engine.start("pull", f"{relay.address}/{REPOSITORY}:latest"), engine.start("pull", f"{relay.address}/{REPOSITORY}:{other}")]
        until(lambda: len(relay.asked("GET", "/manifests/")) >= 2, "both have their manifests")
        until(lambda: len(relay.asked("GET", "/blobs/")) >= 2, "both are at their configurations")
        gate.set()
        for client in clients:
            out, _ = client.communicate(timeout=120)
            self.assertEqual(0, client.returncode, out)
        blobs = [path for path in relay.asked("GET", "/blobs/")]
        self.assertEqual(8 + 2, len(blobs), blobs)
        self.assertEqual(8 + 2, len(set(blobs)), blobs)
        ids = {engine.inspect(f"{relay.address}/{REPOSITORY}:{tag}", "Id") for tag in ("latest", other)}
        self.assertEqual(2, len(ids))
        self.assertIn("no problems", engine.felucca("image", "verify").stdout)

    def another_image_of_the_same_layers(self):
        """Its tag: the configuration has a label more."""
        def ask(path, **options):
            return urllib.request.urlopen(urllib.request.Request(f"http://{REGISTRY}/v2/{REPOSITORY}/{path}", **options))

        accept = {"Accept": "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"}
        answer = ask("manifests/latest", headers=accept)
        kind, manifest = answer.headers["Content-Type"], json.load(answer)
        config = json.load(ask("blobs/" + manifest["config"]["digest"]))
        config.setdefault("config", {})["Labels"] = {"other": "1"}
        body = json.dumps(config).encode()
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        place = ask("blobs/uploads/", method="POST").headers["Location"]
        urllib.request.urlopen(urllib.request.Request(place + f"&digest={digest}", data=body, method="PUT", headers={"Content-Type": "application/octet-stream"}))
        manifest["config"].update(digest=digest, size=len(body))
        ask("manifests/other", data=json.dumps(manifest).encode(), method="PUT", headers={"Content-Type": kind})
        return "other"

    def test_a_push_outlives_its_registry(self):
        home = self.path("registry")
        os.makedirs(home)
        program = subprocess.run([TOP + "/compat/images/registry", "program", home], check=True, capture_output=True, text=True).stdout.strip()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(home + "/config.yml", "w") as file:
            file.write(f"version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {home}/storage}}}}\n"
                       f"http: {{addr: \"127.0.0.1:{port}\", secret: kept}}\n")
        log = open(home + "/log", "ab")
        self.addCleanup(log.close)

        def up():
            process = subprocess.Popen([program, "serve", home + "/config.yml"], stdout=log, stderr=log)
            until(lambda: listens("127.0.0.1", port), "the registry")
            return process

        process = up()
        self.pull(BUSYBOX)
        image = f"127.0.0.1:{port}/big/app:v1"
        self.ok("run", "--name", "big", BUSYBOX, "dd", "if=/dev/urandom", "of=/big", "bs=1M", "count=192")
        self.ok("commit", "big", image, timeout=120)
        client = self.engine.start("push", image)
        try:
            until(lambda: self.uploaded(home) > 20_000_000, "the upload is on its way", 60)
            process.kill()
            process.wait()
            process = up()
            out, _ = client.communicate(timeout=180)
        finally:
            process.terminate()
            process.wait()
        self.assertEqual(0, client.returncode, out)
        process = up()
        try:
            identity = self.engine.inspect(image, "Id")
            self.ok("rm", "big")
            self.ok("rmi", image)
            self.ok("pull", "-q", image, timeout=120)
            self.assertEqual(identity, self.engine.inspect(image, "Id"))
        finally:
            process.terminate()
            process.wait()

    def uploaded(self, home):
        """Bytes of uploads that are under way."""
        total = 0
        for directory, _, files in os.walk(home + "/storage"):
            if "/_uploads/" in directory and "data" in files:
                with contextlib.suppress(FileNotFoundError):
                    total += os.path.getsize(directory + "/data")
        return total


class Searching(ImageTest):
    def setUp(self):
        super().setUp()
        self.index = Index([{"name": f"jo/box{n}", "description": f"box {n}", "star_count": n * 10, "is_official": n % 3 == 0, "is_automated": n % 2 == 0}
                            for n in range(8)])
        self.addCleanup(self.index.close)

    def found(self, *words):
        return self.ok("search", "--format", "{{.Name}}", *words, self.index.address + "/box").split()

    def test_each_filter_and_the_limit(self):
        every = [f"jo/box{n}" for n in range(8)]
        self.assertEqual(every, self.found())
        self.assertEqual("/v1/search?q=box&n=25", self.index.asked[-1])
        self.assertEqual(every[:3], self.found("--limit", "3"))
        self.assertEqual("/v1/search?q=box&n=3", self.index.asked[-1])
        self.assertEqual(every[4:], self.found("-f", "stars=40"))
        self.assertEqual(every[::3], self.found("-f", "is-official=true"))
        self.assertEqual(["jo/box6"], self.found("-f", "is-official=true", "-f", "is-automated=true", "-f", "stars=1"))
        self.assertEqual([name for n, name in enumerate(every) if n % 3], self.found("-f", "is-official=false"))
        self.assertEqual(every[1::2], self.found("-f", "is-automated=false"))
        table = self.ok("search", self.index.address + "/box").splitlines()
        self.assertPattern(r"^jo/box6 +box 6 +60 +\[OK\]( +\[OK\])?$", "\n".join(line.rstrip() for line in table))
        for words, says in ((["--limit", "101"], "outside the range of [1, 100]"), (["-f", "stars=many"], "stars"), (["-f", "is-official=perhaps"], "is-official"),
                            (["-f", "nosuch=1"], "nosuch")):
            self.refused("search", *words, self.index.address + "/box", says=says)

    def test_the_shell_searches_alike(self):
        out = self.engine.shell(f"search -s 40 --limit 3 {self.index.address}/box")
        self.assertEqual(["jo/box4", "jo/box5", "jo/box6"], re.findall(r"^jo/box\d", out, re.M), out)
        out = self.engine.shell(f"search -f is-official=true -f stars=30 {self.index.address}/box")
        self.assertEqual(["jo/box3", "jo/box6"], re.findall(r"^jo/box\d", out, re.M), out)
