"""Images made to harm: each is refused or harmless, whichever way it comes in, and the engine and the host go on."""
import gzip
import hashlib
import http.server
import io
import json
import os
import random
import subprocess
import tarfile
import threading
import time

from engine import BUSYBOX, TOP, WORK
from seeds import seed
from test_images import ImageTest

FUZZ = int(os.environ.get("FELUCCA_FUZZ_ROUNDS", "40"))
ENTRIES = int(os.environ.get("FELUCCA_ENTRIES", "20000"))
SEED = seed("FELUCCA_FUZZ_SEED", 20261127)
OCI = "application/vnd.oci.image."


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def entry(name, content=b"", **fields):
    one = tarfile.TarInfo(name)
    one.size = len(content)
    for field, value in fields.items():
        setattr(one, field, value)
    return one, content


def tar(*entries, form=tarfile.GNU_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as out:
        for one, content in entries:
            out.addfile(one, io.BytesIO(content) if content else None)
    return buffer.getvalue()


def link(name, target, kind):
    return entry(name, type=kind, linkname=target)


def raw_size(content, octal):
    """The size of the first entry written anew, with its checksum."""
    head = bytearray(content[:512])
    head[124:136] = octal
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + content[512:]


class Image:
    """A config, a manifest and layers, to be served by a registry or written to an archive."""

    def __init__(self, layers, config=None, diff_ids=None, manifest=None):
        self.layers = [gzip.compress(layer, 1) if isinstance(layer, bytes) else layer[0] for layer in layers]
        plain = [layer if isinstance(layer, bytes) else layer[1] for layer in layers]
        self.config = json.dumps(config or {
            "architecture": "amd64", "os": "linux", "config": {"Cmd": ["x"]}, "history": [{"created_by": "test"}],
            "rootfs": {"type": "layers", "diff_ids": diff_ids or [layer if isinstance(layer, str) else digest(layer) for layer in plain]},
        }).encode()
        self.manifest = manifest if manifest is not None else json.dumps({
            "schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
            "config": {"mediaType": OCI + "config.v1+json", "digest": digest(self.config), "size": len(self.config)},
            "layers": [{"mediaType": OCI + "layer.v1.tar+gzip", "digest": digest(layer), "size": len(layer)} for layer in self.layers],
        }).encode()
        self.blobs = {digest(blob): blob for blob in [self.config, *self.layers]}

    def archive(self, name="hostile:1"):
        """As docker save writes it."""
        files = [("manifest.json", json.dumps([{
            "Config": "blobs/sha256/" + digest(self.config)[7:], "RepoTags": [name],
            "Layers": ["blobs/sha256/" + digest(layer)[7:] for layer in self.layers]}]).encode())]
        files += [("blobs/sha256/" + key[7:], blob) for key, blob in self.blobs.items()]
        return tar(*(entry(path, content) for path, content in files))


class Registry:
    """Serves what it is told to, well or badly."""

    def __init__(self):
        self.images = {}
        self.answers = {}
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                special = next((answer for part, answer in registry.answers.items() if part in self.path), None)
                if special is not None:
                    try:
                        special(self)
                    except (BrokenPipeError, ConnectionResetError):
                        pass
                    return
                words = self.path.strip("/").split("/")
                image = registry.images.get(words[1]) if len(words) > 3 else None
                if self.path == "/v2/":
                    self.content(b"{}", "application/json")
                elif image and words[-2] == "manifests":
                    self.content(image.manifest, OCI + "manifest.v1+json")
                elif image and words[-1] in image.blobs:
                    self.content(image.blobs[words[-1]], "application/octet-stream")
                else:
                    self.send_error(404)

            def content(self, body, kind):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def name(self, image, name="hostile"):
        self.images[name] = image
        return f"{self.address}/{name}/x:1"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Hostile(ImageTest):
    images = (BUSYBOX,)

    @classmethod
    def setUpClass(cls):
        cls.registry = Registry()
        cls.addClassCleanup(cls.registry.close)
        conf = WORK + "/hostile-conf"
        subprocess.run(["cp", "-r", TOP + "/distro/src/main/dist/conf", conf], check=True)
        with open(conf + "/dev.felucca.engine.cfg", "a") as file:
            file.write("\nlayerMaxBytes = 1073741824\n")
        with open(conf + "/transport.registry.cfg", "w") as file:
            file.write("silenceTimeout = 1\nattempts = 1\n")
        cls.conf = conf
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.registry.answers.clear()
        # Where a layer that got out of its tree would write to.
        self.bait = self.path("bait")
        os.mkdir(self.bait)
        with open(self.bait + "/victim", "w") as file:
            file.write("untouched")

    def tearDown(self):
        self.assertEqual(["victim"], os.listdir(self.bait))
        with open(self.bait + "/victim") as file:
            self.assertEqual("untouched", file.read())
        self.assertEqual(1, os.stat(self.bait + "/victim").st_nlink)
        self.assertFalse(os.path.exists("/felucca-escaped"))
        super().tearDown()

    def three_ways(self, layers, refused=None):
        """Pulled, loaded and, a single layer, imported: the same refusal each time, or none at all when it is harmless."""
        image = Image(layers)
        ways = [(self.docker("pull", "-q", self.registry.name(image)), "pull"),
                (self.docker("load", "-q", input=image.archive(), text=False), "load")]
        if len(layers) == 1 and isinstance(layers[0], bytes):
            ways.append((self.docker("import", "-", "flat:1", input=layers[0], text=False), "import"))
        for result, way in ways:
            text = result.stderr if isinstance(result.stderr, str) else result.stderr.decode(errors="replace")
            if refused is None:
                self.assertEqual(0, result.returncode, f"{way}: {text}")
            else:
                self.assertNotEqual(0, result.returncode, f"{way} took it: {refused}")
                self.assertIn(refused, text, way)
                self.assertEqual(1, len(text.strip().splitlines()), text)
        return self.registry.name(image)

    def test_names_that_climb_out_and_links_that_lead_out(self):
        up = "../" * 40
        for what, says in (
                ([entry(up + "felucca-escaped", b"x")], "leaves the layer"),
                ([entry("/" + up + "felucca-escaped", b"x")], "leaves the layer"),
                ([entry("a/b/../../../x", b"x")], "leaves the layer"),
                ([link("l", up + self.bait[1:] + "/victim", tarfile.LNKTYPE)], "leaves the layer"),
                ([entry(".wh...", b"")], "whiteout"),
                ([entry("d/.wh.", b"")], "whiteout"),
                ([entry("f", b"x"), entry("f/below", b"x")], "layer"),
                ([link("a", "b", tarfile.SYMTYPE), link("b", "a", tarfile.SYMTYPE), entry("a/x", b"x")], "symbolic links")):
            self.three_ways([tar(*what)], says)

    def test_links_of_an_earlier_layer_lead_nowhere(self):
        first = tar(link("out", self.bait, tarfile.SYMTYPE), link("climb", "../" * 30 + self.bait[1:], tarfile.SYMTYPE),
                    link("proc", "/proc/self/root" + self.bait, tarfile.SYMTYPE), link("file", self.bait + "/victim", tarfile.SYMTYPE))
        second = tar(entry("out/victim", b"changed"), entry("climb/new", b"x"), entry("proc/victim", b"changed"),
                     entry("file", b"changed"), entry("out/.wh.victim"), entry("climb/.wh..wh..opq"))
        self.three_ways([first, second])

    def test_absolute_names_stay_in_the_image(self):
        name = self.three_ways([tar(entry(self.bait + "/victim", b"changed"), entry("//etc//./x", b"x"))])
        self.ok("create", "--name", "look", name, "x")
        self.ok("cp", "look:" + self.bait + "/victim", self.path("copied"))
        with open(self.path("copied")) as file:
            self.assertEqual("changed", file.read())

    def test_device_nodes_are_of_no_use(self):
        with open("/proc/mounts") as mounts:
            disk = next((line.split()[0] for line in mounts if line.split()[1] == "/"), "")
        node = os.stat(disk).st_rdev if os.path.exists(disk) else os.makedev(8, 0)
        self.pull(BUSYBOX)
        self.ok("create", "--name", "base", BUSYBOX)
        self.ok("export", "-o", self.path("base.tar"), "base")
        with open(self.path("base.tar"), "rb") as file:
            base = file.read()
        device = tar(entry("disk", type=tarfile.BLKTYPE, devmajor=os.major(node), devminor=os.minor(node), mode=0o666))
        name = self.three_ways([base, device])
        self.refused("run", "--rm", name, "dd", "if=/disk", "of=/dev/null", "count=1", says="Operation not permitted")

    def test_a_file_where_a_directory_was_and_back(self):
        first = tar(entry("d", type=tarfile.DIRTYPE, mode=0o755), entry("d/x", b"x"), entry("f", b"x"))
        second = tar(entry("d", b"file"), entry("f", type=tarfile.DIRTYPE, mode=0o755), entry("f/y", b"y"))
        name = self.three_ways([first, second])
        self.ok("create", "--name", "look", name, "x")
        self.ok("export", "-o", self.path("a.tar"), "look")
        with tarfile.open(self.path("a.tar")) as found:
            self.assertEqual(b"file", found.extractfile("d").read())
            self.assertEqual(b"y", found.extractfile("f/y").read())
            self.assertNotIn("d/x", found.getnames())

    def test_odd_names_are_kept_as_they_are(self):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape") as out:
            for name in ("new\nline", "tab\t", "bad\udcff\udcfe", "\u202egnp.exe", " ", "-rf", "a" * 255):
                out.addfile(*(lambda one, content: (one, io.BytesIO(content)))(*entry(name, b"x")))
        name = self.three_ways([buffer.getvalue()])
        self.ok("create", "--name", "look", name, "x")
        self.ok("export", "-o", self.path("a.tar"), "look")
        with tarfile.open(self.path("a.tar"), errors="surrogateescape") as found:
            names = found.getnames()
        for expected in ("new\nline", "bad\udcff\udcfe", " ", "-rf"):
            self.assertIn(expected, names)
        self.assertIn("a" * 255, names)

    def test_deep_paths(self):
        fits = "/".join(["d" * 20] * 190)
        self.three_ways([tar(entry(fits + "/x", b"x"))])
        self.three_ways([tar(entry("/".join(["d"] * 3000), b"x"))], "layer")

    def test_sizes_that_lie(self):
        honest = tar(entry("x", b"content"))
        self.three_ways([raw_size(honest, b"-0000000005\0")], "")
        self.three_ways([raw_size(honest, b"77777777777\0")], "")
        self.three_ways([raw_size(honest, b"\xff" * 12)], "")
        self.three_ways([honest[:700]], "cut short")
        for key, value in (("size", "-5"), ("size", "99999999999999999999"), ("path", "a\0b"), ("GNU.sparse.map", "5,5,1,1")):
            one, content = entry("x", b"content")
            one.pax_headers = {key: value, "GNU.sparse.size": "100", "GNU.sparse.numblocks": "2"} if "sparse" in key else {key: value}
            self.three_ways([tar((one, content), form=tarfile.PAX_FORMAT)], "")

    def test_ten_gigabytes_of_zeros_are_bounded_by_the_setting(self):
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as out:
            one = tarfile.TarInfo("zeros")
            one.size = 10 << 30
            out.write(one.tobuf())
            for _ in range(1200):
                out.write(bytes(1 << 20))
        image = Image([(packed.getvalue(), "sha256:" + "0" * 64)])
        for result in (self.docker("pull", "-q", self.registry.name(image)), self.docker("load", "-q", input=image.archive(), text=False),
                       self.docker("import", "-", "flat:1", input=packed.getvalue(), text=False)):
            self.assertEqual(1, result.returncode)
            self.assertIn("layerMaxBytes", str(result.stderr))
        # Below the bound they are a hole in a file and take no disk.
        before = os.statvfs(self.engine.data).f_bavail
        self.three_ways([tar(entry("zeros", bytes(300 << 20)))])
        self.assertLess((before - os.statvfs(self.engine.data).f_bavail) * os.statvfs(self.engine.data).f_frsize, 3 * (310 << 20))

    def test_very_many_directories_do_not_fill_the_heap(self):
        deep = "/".join(["d" * 240] * 15)
        buffer = io.BytesIO()
        for number in range(25_000):
            one = tarfile.TarInfo(f"{deep}/{number}")
            one.type, one.mode = tarfile.DIRTYPE, 0o755
            buffer.write(one.tobuf(tarfile.GNU_FORMAT))
        image = Image([buffer.getvalue() + bytes(1024)])
        result = self.docker("pull", "-q", self.registry.name(image), timeout=200)
        self.assertEqual(1, result.returncode)
        self.assertIn("too many directories", result.stderr)
        self.assertEqual("hi", self.ok("run", "--rm", self.pull(BUSYBOX), "echo", "hi"))

    def test_very_many_files(self):
        with open(self.path("many.tar"), "wb") as out:
            for number in range(ENTRIES):
                out.write(tarfile.TarInfo(f"many/{number % 1000}/{number}").tobuf(tarfile.USTAR_FORMAT))
            out.write(bytes(1024))
        self.ok("import", self.path("many.tar"), "many:1", timeout=600)
        self.ok("create", "--name", "many", "many:1", "x")
        self.ok("cp", f"many:/many/{(ENTRIES - 1) % 1000}/{ENTRIES - 1}", self.path("last"))
        self.ok("rm", "many")

    def test_digests_and_sizes_that_do_not_match(self):
        good = Image([tar(entry("x", b"x"))])
        for blob in (good.config, good.layers[0]):
            bad = Image([tar(entry("x", b"x"))])
            bad.blobs[digest(blob)] = blob[:-1] + bytes([blob[-1] ^ 1])
            self.refused("pull", self.registry.name(bad), says="")
            self.assertNotEqual(0, self.docker("load", input=bad.archive(), text=False).returncode)
            bad.blobs[digest(blob)] = blob + b"more"
            self.refused("pull", self.registry.name(bad), says="wrong")
        other = Image([tar(entry("x", b"x"))], diff_ids=["sha256:" + "1" * 64])
        self.refused("pull", self.registry.name(other), says="not what its image says")
        self.assertNotEqual(0, self.docker("load", input=other.archive(), text=False).returncode)

    def test_manifests_and_configurations_that_are_bombs(self):
        nested = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": {}, "layers": []}
        deep = json.dumps(nested)[:-1] + ', "x": ' + "[" * 100_000 + "]" * 100_000 + "}"
        many = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                "config": {"mediaType": OCI + "config.v1+json", "digest": "sha256:" + "0" * 64, "size": 5},
                "layers": [{"mediaType": OCI + "layer.v1.tar", "digest": "sha256:" + "0" * 64, "size": 5}] * 20_000}
        self_index = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": []}
        negative = json.dumps(many).replace('"size": 5', '"size": -5')[:3000]
        for manifest in (deep.encode(), json.dumps(many).encode(), json.dumps(self_index).encode(), b"[1]", b"null", b"", b"{" * 50_000,
                         negative.encode(), b'{"schemaVersion":2,"layers":{},"config":[]}', b"9" * 100_000, b'{"a":"' + b"x" * (5 << 20) + b'"}'):
            self.refused("pull", self.registry.name(Image([], manifest=manifest)), says="")
        history = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []},
                   "history": [{"created_by": "x" * 20, "empty_layer": True}] * 60_000}
        name = self.registry.name(Image([], config=history))
        self.ok("pull", "-q", name)
        self.assertEqual(60_000, len(self.ok("history", "-q", name).splitlines()))
        self.ok("rmi", name)
        odd = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}, "history": "no",
               "config": {"Env": {"a": 1}, "Cmd": 7, "Labels": [1], "Volumes": "x", "ExposedPorts": {"99999/xyz": {}}}}
        self.docker("pull", "-q", self.registry.name(Image([], config=odd)))
        layer = tar(entry("x", b"x"))
        self.refused("pull", self.registry.name(Image([layer] * 300)), says="max depth exceeded")

    def test_a_registry_that_trickles_or_never_ends(self):
        stop = threading.Event()
        self.addCleanup(stop.set)

        def head(handler, length=None):
            handler.send_response(200)
            handler.send_header("Content-Type", "application/octet-stream")
            if length is not None:
                handler.send_header("Content-Length", str(length))
            handler.end_headers()

        def trickle(handler):
            head(handler, 200_000)
            while not stop.wait(0.3):
                handler.wfile.write(b"x")

        def endless(handler):
            head(handler)
            while not stop.is_set():
                handler.wfile.write(bytes(1 << 16))

        def silent(handler):
            head(handler, 200_000)
            stop.wait(100)

        for behaviour in (endless, silent, trickle):
            for part in ("layer", "config", "manifest"):
                # A new one each time: what is here already is not asked for.
                image = Image([tar(entry("x", os.urandom(200_000)))])
                parts = {"layer": digest(image.layers[0]), "config": digest(image.config), "manifest": "/manifests/"}
                self.registry.answers = {parts[part]: behaviour}
                begin = time.monotonic()
                result = self.docker("pull", "-q", self.registry.name(image))
                what = f"{part} {behaviour.__name__}: {result.stderr}"
                self.assertEqual(1, result.returncode, what)
                self.assertLess(time.monotonic() - begin, 40, what)
        self.registry.answers.clear()
        self.ok("pull", "-q", self.registry.name(image))

    def test_tags_without_end(self):
        def page(handler):
            number = int(handler.path.rpartition("=")[2]) if "=" in handler.path else 0
            body = b'{"name":"x","tags":[]}'
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.send_header("Link", f'</v2/hostile/x/tags/list?last={number + 1}>; rel="next"')
            handler.end_headers()
            handler.wfile.write(body)

        self.registry.answers = {"/tags/list": page}
        self.refused("pull", "-a", f"{self.registry.address}/hostile/x", says="without end")

    def test_archives_damaged_at_random_are_refused_or_harmless(self):
        """Bytes of a good archive changed, cut, doubled and moved, by a seed; in the tar and in the JSON of it."""
        good = Image([tar(entry("d", type=tarfile.DIRTYPE, mode=0o755), entry("d/x", b"content"), link("l", "d/x", tarfile.LNKTYPE))])
        whole = good.archive()
        for number in range(FUZZ):
            dice = random.Random(SEED + number)
            content = bytearray(whole)
            for _ in range(dice.randrange(1, 5)):
                kind, at = dice.randrange(4), dice.randrange(len(content))
                if kind == 0:
                    content[at] = dice.randrange(256)
                elif kind == 1:
                    del content[at:at + dice.choice([1, 512, 2000])]
                elif kind == 2:
                    content[at:at] = content[at:at + dice.choice([1, 512, 3000])]
                else:
                    other = dice.randrange(len(content))
                    content[at:at + 512] = content[other:other + 512]
            result = self.docker("load", "-q", input=bytes(content), text=False)
            self.assertNotIn(b"Cannot connect", result.stderr, f"seed {SEED + number}")
            self.assertNotIn(b"Exception", result.stderr, f"seed {SEED + number}")
            self.assertNotIn(b"java", result.stderr, f"seed {SEED + number}")
        self.whole()
