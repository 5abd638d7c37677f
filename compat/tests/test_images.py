"""The life of an image with the stock CLI, and its interchange with the programs that Debian ships."""
import hashlib
import http.server
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
import unittest

from engine import BUSYBOX, LAYERS, REGISTRY, WORK, EngineTest


def program(name, *words, **options):
    """Runs a foreign program, or skips the test where it is not installed."""
    if shutil.which(name) is None:
        raise unittest.SkipTest(f"{name} is not installed")
    result = subprocess.run([name, *words], capture_output=True, timeout=120, stdin=subprocess.DEVNULL, **options)
    if result.returncode != 0:
        raise AssertionError(f"{name} {words}: {result.returncode}\n{result.stdout!r}{result.stderr!r}")
    return result.stdout.decode()


class ImageTest(EngineTest):
    images = ()

    def setUp(self):
        self.directory = tempfile.mkdtemp(dir=WORK)
        self.addCleanup(shutil.rmtree, self.directory, True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def tearDown(self):
        super().tearDown()
        # Newest first, so that what was made of another goes before it.
        ids = list(dict.fromkeys(self.ok("images", "-aq", "--no-trunc").split()))
        if ids:
            self.ok("rmi", "-f", *ids)
        self.whole()

    def whole(self):
        """Every blob and reference is sound, whatever the test did."""
        self.assertIn("no problems", self.engine.shell("image-verify"))

    def pull(self, image):
        self.ok("pull", "-q", image)
        return image


class Archives(ImageTest):
    def test_what_is_saved_loads_again(self):
        self.pull(BUSYBOX)
        self.pull(LAYERS)
        ids = {name: self.engine.inspect(name, "Id") for name in (BUSYBOX, LAYERS)}
        self.ok("save", "-o", self.path("both.tar"), BUSYBOX, LAYERS)
        self.ok("rmi", BUSYBOX, LAYERS)
        out = self.ok("load", "-i", self.path("both.tar"))
        self.assertEqual([f"Loaded image: {BUSYBOX}", f"Loaded image: {LAYERS}"], re.findall("^Loaded.*$", out, re.M))
        self.assertEqual(ids, {name: self.engine.inspect(name, "Id") for name in ids})
        self.assertEqual("hi", self.ok("run", "--rm", BUSYBOX, "echo", "hi"))

    def test_a_pipe_and_a_packed_archive(self):
        self.pull(BUSYBOX)
        tar = subprocess.run(self.engine.words("save", BUSYBOX), capture_output=True, timeout=60, check=True).stdout
        self.ok("rmi", BUSYBOX)
        packed = subprocess.run(["gzip", "-1"], input=tar, capture_output=True, check=True).stdout
        result = self.docker("load", input=packed, text=False)
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertIn(f"Loaded image: {BUSYBOX}".encode(), result.stdout)

    def test_both_layouts_are_in_one_tar_and_each_blob_once(self):
        self.pull(BUSYBOX)
        self.ok("save", "-o", self.path("a.tar"), BUSYBOX)
        with tarfile.open(self.path("a.tar")) as tar:
            names = tar.getnames()
            self.assertEqual(len(names), len(set(names)))
            for needed in ("oci-layout", "index.json", "manifest.json", "repositories"):
                self.assertIn(needed, names)
            for name in names:
                if name.startswith("blobs/sha256/"):
                    self.assertEqual(os.path.basename(name), hashlib.sha256(tar.extractfile(name).read()).hexdigest())

    def test_a_truncated_archive_leaves_nothing(self):
        self.pull(BUSYBOX)
        self.ok("save", "-o", self.path("a.tar"), BUSYBOX)
        self.ok("rmi", BUSYBOX)
        with open(self.path("a.tar"), "rb") as file:
            content = file.read()
        with open(self.path("cut.tar"), "wb") as file:
            file.write(content[:len(content) // 2])
        self.refused("load", "-i", self.path("cut.tar"), says="unexpected EOF")
        self.assertEqual("", self.ok("images", "-aq"))

    def test_something_else_is_no_archive(self):
        with open(self.path("x"), "wb") as file:
            file.write(b"hello" * 1000)
        self.refused("load", "-i", self.path("x"), says="archive is damaged")

    def test_skopeo_reads_and_writes(self):
        self.pull(BUSYBOX)
        digest = self.engine.inspect(BUSYBOX, "Id")
        self.ok("save", "-o", self.path("a.tar"), BUSYBOX)
        config = program("skopeo", "inspect", "--config", "--raw", f"docker-archive:{self.path('a.tar')}:{BUSYBOX}")
        self.assertEqual(digest, "sha256:" + hashlib.sha256(config.encode()).hexdigest())
        layout = self.path("layout")
        with tarfile.open(self.path("a.tar")) as tar:
            tar.extractall(layout, filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(layout)
        program("skopeo", "inspect", f"oci:{layout}:latest")
        program("skopeo", "copy", f"docker-archive:{self.path('a.tar')}:{BUSYBOX}", f"docker-archive:{self.path('b.tar')}:back:one")
        program("skopeo", "copy", f"oci-archive:{self.path('a.tar')}:latest", f"oci-archive:{self.path('c.tar')}:back:two")
        self.ok("rmi", BUSYBOX)
        self.assertPattern("^Loaded image: back:one$", self.ok("load", "-i", self.path("b.tar")))
        self.assertPattern("^Loaded image: back:two$", self.ok("load", "-i", self.path("c.tar")))
        self.assertEqual(digest, self.engine.inspect("back:one", "Id"))
        self.assertEqual(digest, self.engine.inspect("back:two", "Id"))
        self.assertEqual("ok", self.ok("run", "--rm", "back:one", "echo", "ok"))

    def test_umoci_reads_and_writes(self):
        self.pull(BUSYBOX)
        self.ok("save", "-o", self.path("a.tar"), BUSYBOX)
        layout = self.path("layout")
        os.mkdir(layout)
        subprocess.run(["tar", "-xf", self.path("a.tar"), "-C", layout], check=True)
        program("umoci", "unpack", "--image", layout + ":latest", self.path("bundle"))
        self.assertTrue(os.path.exists(self.path("bundle/rootfs/bin/busybox")))
        program("umoci", "config", "--image", layout + ":latest", "--tag", "umoci.example/changed:1", "--config.env", "FROM=umoci")
        for name in ("manifest.json", "repositories"):
            os.unlink(os.path.join(layout, name))
        subprocess.run(["tar", "-cf", self.path("b.tar"), "-C", layout, "."], check=True)
        self.ok("load", "-i", self.path("b.tar"))
        self.assertEqual("umoci", self.ok("run", "--rm", "umoci.example/changed:1", "sh", "-c", "echo $FROM"))

    def podman(self, *words):
        return program(
            "podman", "--root", self.path("podman"), "--runroot", self.path("podman-run"), "--storage-driver", "vfs",
            "--cgroup-manager", "cgroupfs", "--events-backend", "file", *words)

    def test_podman_reads_and_writes(self):
        self.pull(BUSYBOX)
        digest = self.engine.inspect(BUSYBOX, "Id")
        self.ok("save", "-o", self.path("a.tar"), BUSYBOX)
        self.podman("load", "-i", self.path("a.tar"))
        self.assertEqual(digest, "sha256:" + self.podman("image", "inspect", BUSYBOX, "--format", "{{.Id}}").strip())
        self.podman("tag", BUSYBOX, "podman.example/x:1")
        self.podman("save", "--format", "docker-archive", "-o", self.path("b.tar"), "podman.example/x:1")
        self.podman("save", "--format", "oci-archive", "-o", self.path("c.tar"), "podman.example/x:1")
        self.ok("rmi", BUSYBOX)
        self.assertPattern("^Loaded image: podman.example/x:1$", self.ok("load", "-i", self.path("b.tar")))
        self.assertEqual(digest, self.engine.inspect("podman.example/x:1", "Id"))
        self.ok("rmi", "podman.example/x:1")
        self.ok("load", "-i", self.path("c.tar"))
        self.assertEqual(digest, self.engine.inspect("podman.example/x:1", "Id"))

    def test_buildah_reads_and_writes(self):
        self.pull(BUSYBOX)
        self.ok("save", "-o", self.path("a.tar"), BUSYBOX)
        buildah = ("--root", self.path("buildah"), "--runroot", self.path("buildah-run"), "--storage-driver", "vfs")
        container = program("buildah", *buildah, "from", f"docker-archive:{self.path('a.tar')}").strip()
        program("buildah", *buildah, "config", "--env", "FROM=buildah", container)
        program("buildah", *buildah, "commit", "--disable-compression=false", container, f"oci-archive:{self.path('b.tar')}:buildah.example/made:1")
        program("buildah", *buildah, "commit", container, f"docker-archive:{self.path('c.tar')}:buildah.example/made:2")
        for archive, tag in (("b.tar", "1"), ("c.tar", "2")):
            self.ok("load", "-i", self.path(archive))
            self.assertEqual("buildah", self.ok("run", "--rm", "buildah.example/made:" + tag, "sh", "-c", "echo $FROM"))


class Made(ImageTest):
    images = (BUSYBOX,)

    def setUp(self):
        super().setUp()
        self.pull(BUSYBOX)

    def test_import_from_a_pipe_an_address_and_every_packing(self):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            entry = tarfile.TarInfo("etc/motd")
            entry.size = 5
            tar.addfile(entry, io.BytesIO(b"hello"))
        tar = buffer.getvalue()
        for packer in (None, ["gzip"], ["bzip2"], ["xz"], ["zstd", "-q"]):
            if packer and shutil.which(packer[0]) is None:
                continue
            packed = subprocess.run(packer, input=tar, capture_output=True, check=True).stdout if packer else tar
            result = self.docker("import", "-m", "words", "-c", "CMD [\"/x\"]", "-c", "ENV A=b", "-", "imported:one",
                                 input=packed, text=False)
            self.assertEqual(0, result.returncode, (packer, result.stderr))
            found = self.engine.inspect("imported:one")
            self.assertEqual(result.stdout.decode().strip(), found["Id"])
            self.assertEqual(["/x"], found["Config"]["Cmd"])
            self.assertEqual(["A=b"], found["Config"]["Env"])
            self.assertEqual("words", found["Comment"])
            self.assertEqual(["sha256:" + hashlib.sha256(tar).hexdigest()], found["RootFS"]["Layers"])
            self.ok("rmi", "imported:one")

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(tar)))
                self.end_headers()
                self.wfile.write(tar)

            def log_message(self, *words):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.ok("import", f"http://127.0.0.1:{server.server_address[1]}/x.tar", "imported:two")
        self.assertIn("Imported from http://", self.engine.inspect("imported:two", "Comment"))

    def test_an_address_where_nothing_is_to_import(self):
        for address, says in (("http://127.0.0.1:1/x", 'Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused'),
                              ("http://nosuchdomain.invalid/bad", "dial tcp: lookup nosuchdomain.invalid: no such host"),
                              (f"http://{REGISTRY}/nothing", f"failed to GET http://{REGISTRY}/nothing with status 404"),
                              ("http://[::1", "invalid address")):
            result = self.refused("import", address, "imported:no", says=says)
            self.assertNotIn("Downloading", result.stdout)
            self.assertIn("Error response from daemon: ", result.stderr)

    def test_commit_keeps_what_was_changed_and_only_that(self):
        self.ok("run", "--name", "work", BUSYBOX, "sh", "-c",
                "echo new >/new; rm /etc/passwd; mkdir /dir; echo x >/dir/file; ln -s new /link")
        changes = self.ok("diff", "work").splitlines()
        for change in ("A /new", "A /dir", "A /dir/file", "A /link", "C /etc", "D /etc/passwd"):
            self.assertIn(change, changes)
        image = self.ok("commit", "-a", "me", "-m", "why", "-c", "CMD cat /new", "-c", "LABEL k=v", "work", "made:here")
        found = self.engine.inspect("made:here")
        self.assertEqual(image, found["Id"])
        self.assertEqual("me", found["Author"])
        self.assertEqual("why", found["Comment"])
        self.assertEqual({"k": "v"}, found["Config"]["Labels"])
        self.assertEqual(self.engine.inspect(BUSYBOX, "Id"), found["Parent"])
        self.assertEqual("new", self.ok("run", "--rm", "made:here"))
        self.refused("run", "--rm", "made:here", "ls", "/etc/passwd", says="No such file")
        history = self.ok("history", "--no-trunc", "--format", "{{.ID}} {{.Comment}}", "made:here").splitlines()
        self.assertEqual(f"{image} why", history[0])

    def test_a_running_container_is_committed(self):
        self.ok("run", "-d", "--name", "busy", BUSYBOX, "sh", "-c", "echo x >/made; exec sleep 1000")
        for words in ((), ("--pause=false",)):
            self.ok("commit", *words, "busy", "made:busy")
            self.assertEqual("running", self.engine.inspect("busy", "State.Status"))
            self.assertEqual("x", self.ok("run", "--rm", "made:busy", "cat", "/made"))

    def test_nothing_changed_is_no_layer(self):
        self.ok("create", "--name", "still", BUSYBOX, "true")
        snapshots = sorted(os.listdir(self.engine.data + "/overlay/snapshots"))
        self.ok("commit", "still", "made:still")
        self.assertEqual(self.engine.inspect(BUSYBOX, "RootFS"), self.engine.inspect("made:still", "RootFS"))
        self.assertEqual(snapshots, sorted(os.listdir(self.engine.data + "/overlay/snapshots")))

    def test_what_every_container_gets_is_in_no_image(self):
        self.ok("run", "--name", "ran", BUSYBOX, "true")
        self.ok("commit", "ran", "made:ran")
        self.assertEqual(self.engine.inspect(BUSYBOX, "RootFS"), self.engine.inspect("made:ran", "RootFS"))
        self.ok("run", "--name", "wrote", BUSYBOX, "sh", "-c", "echo x > /etc/mine; mkdir /dev/own 2>/dev/null; true")
        self.ok("commit", "wrote", "made:wrote")
        self.ok("save", "-o", self.path("wrote.tar"), "made:wrote")
        with tarfile.open(self.path("wrote.tar")) as tar:
            last = json.load(tar.extractfile("manifest.json"))[0]["Layers"][-1]
            with tarfile.open(fileobj=tar.extractfile(last)) as layer:
                self.assertEqual({"etc", "etc/mine"}, {name.rstrip("/") for name in layer.getnames()} - {"", "."})

    def test_export_is_the_whole_file_system(self):
        self.ok("run", "--name", "out", BUSYBOX, "sh", "-c", "echo new >/new; rm /etc/passwd")
        self.ok("export", "-o", self.path("out.tar"), "out")
        with tarfile.open(self.path("out.tar")) as tar:
            names = tar.getnames()
            self.assertEqual(b"new\n", tar.extractfile("new").read())
        self.assertIn("bin/busybox", names)
        self.assertNotIn("etc/passwd", names)
        self.assertFalse([name for name in names if "/.wh." in "/" + name])
        self.ok("import", self.path("out.tar"), "flat:one")
        self.assertEqual("new", self.ok("run", "--rm", "flat:one", "cat", "/new"))

    def test_prune_and_disk_usage(self):
        self.ok("run", "--name", "aa", BUSYBOX, "sh", "-c", "dd if=/dev/urandom of=/big bs=1M count=3 2>/dev/null")
        self.ok("commit", "aa", "made:one")
        self.ok("rm", "aa")
        usage = json.loads(self.ok("system", "df", "--format", "{{json .}}").splitlines()[0])
        self.assertEqual("2", usage["TotalCount"])
        self.ok("run", "--name", "bb", "made:one", "true")
        self.ok("tag", BUSYBOX, "made:one")
        self.refused("tag", BUSYBOX, "sha256:one", says="refusing to create an ambiguous tag using digest algorithm as name")
        out = self.ok("image", "prune", "-f")
        self.assertIn("Total reclaimed space: 0B", out)
        self.ok("rm", "bb")
        out = self.ok("image", "prune", "-f")
        self.assertPattern("^deleted: sha256:", out)
        self.assertPattern(r"Total reclaimed space: 3\.1\d*MB", out)
        self.ok("rmi", "made:one")
        self.assertIn("deleted", self.ok("image", "prune", "-a", "-f"))
        self.assertEqual("", self.ok("images", "-aq"))


class Registries(ImageTest):
    def test_what_was_pulled_is_pushed_bit_for_bit(self):
        for tag in ("latest", "zstd", "plain", "schema2"):
            source = self.pull(BUSYBOX.replace(":latest", ":" + tag))
            target = f"{REGISTRY}/copy/{tag}:v1"
            self.ok("tag", source, target)
            out = self.ok("push", target)
            self.assertPattern(rf"^The push refers to repository \[{REGISTRY}/copy/{tag}\]$", out)
            self.assertPattern(r"^[0-9a-f]{12}: (Pushed|Mounted from (library/busybox|copy/\w+)|Layer already exists)$", out)
            digest = re.search(r"^v1: digest: (sha256:\S+) size: \d+$", out, re.M).group(1)
            self.assertIn(f"{REGISTRY}/copy/{tag}@{digest}", self.engine.inspect(target, "RepoDigests"))
            if tag != "latest":
                self.assertIn(digest, "".join(self.engine.inspect(source, "RepoDigests")))
            self.assertIn("Layer already exists", self.ok("push", target))

    def test_what_was_made_here_is_pushed_and_pulled(self):
        self.pull(BUSYBOX)
        self.ok("run", "--name", "ww", BUSYBOX, "sh", "-c", "echo made >/made")
        for tag in ("one", "two"):
            self.ok("commit", "ww", f"{REGISTRY}/made/app:{tag}")
        self.ok("rm", "ww")
        out = self.ok("push", "-a", f"{REGISTRY}/made/app")
        self.assertEqual(2, len(re.findall("digest: sha256:", out)), out)
        ids = {tag: self.engine.inspect(f"{REGISTRY}/made/app:{tag}", "Id") for tag in ("one", "two")}
        self.ok("rmi", *(f"{REGISTRY}/made/app:{tag}" for tag in ids))
        self.ok("pull", "-a", f"{REGISTRY}/made/app")
        for tag, image in ids.items():
            self.assertEqual(image, self.engine.inspect(f"{REGISTRY}/made/app:{tag}", "Id"))
        self.assertEqual("made", self.ok("run", "--rm", f"{REGISTRY}/made/app:one", "cat", "/made"))
        if shutil.which("skopeo"):
            program("skopeo", "inspect", "--tls-verify=false", f"docker://{REGISTRY}/made/app:one")

    def test_a_missing_tag_is_told(self):
        self.refused("push", f"{REGISTRY}/no/such:tag",
                     says=f"An image does not exist locally with the tag: {REGISTRY}/no/such")

    def test_search_by_catalog(self):
        self.assertIn("library/busybox", self.ok("search", f"{REGISTRY}/busybox"))

    def test_what_a_registry_has(self):
        self.assertIn("application/vnd", self.ok("manifest", "inspect", "--insecure", BUSYBOX))
