"""Images between Felucca and Debian's docker.io, podman, buildah, skopeo and umoci, by archives, layouts and a registry."""
import json
import os
import re
import subprocess
import tarfile

from engine import BUSYBOX, LAYERS, REGISTRY, until
from test_images import ImageTest, program


class Foreign(ImageTest):
    images = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.unmount)
        cls.home = cls.engine.home + "/dockerd"
        os.mkdir(cls.home)
        log = open(cls.home + "/log", "wb")
        cls.addClassCleanup(log.close)
        # docker.io's own daemon; vfs keeps overlay mounts of its own out of the way.
        cls.dockerd = subprocess.Popen(
            ["dockerd", "--data-root", cls.home + "/data", "--exec-root", cls.home + "/exec", "-p", cls.home + "/pid",
             "-H", f"unix://{cls.home}/sock", "--storage-driver", "vfs", "--bridge", "none", "--iptables=false"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        cls.addClassCleanup(cls.dockerd.wait, 30)
        cls.addClassCleanup(cls.dockerd.terminate)
        until(lambda: subprocess.run(["docker", "-H", f"unix://{cls.home}/sock", "version"], capture_output=True).returncode == 0,
              f"dockerd answers, see {cls.home}/log", 60)

    @classmethod
    def unmount(cls):
        with open("/proc/self/mountinfo") as mounts:
            ours = [line.split()[4] for line in mounts if line.split()[4].startswith(cls.home)]
        for mount in reversed(ours):
            subprocess.run(["umount", "-l", mount], check=True)

    def tearDown(self):
        super().tearDown()
        ids = self.theirs("images", "-aq").split()
        if ids:
            self.theirs("rmi", "-f", *set(ids))

    def theirs(self, *words):
        return program("docker", "-H", f"unix://{self.home}/sock", *words)

    def their_id(self, name):
        return json.loads(self.theirs("inspect", name))[0]["Id"]

    def podman(self, *words):
        return program("podman", "--root", self.path("podman"), "--runroot", self.path("podman-run"), "--storage-driver", "vfs",
                       "--cgroup-manager", "cgroupfs", "--events-backend", "file", *words)

    def buildah(self, *words):
        return program("buildah", "--root", self.path("buildah"), "--runroot", self.path("buildah-run"), "--storage-driver", "vfs",
                       *words)

    def made(self, name):
        """An image made here: it never was in a registry."""
        self.pull(BUSYBOX)
        self.ok("run", "--name", "making", BUSYBOX, "sh", "-c", "echo made >/made")
        self.ok("commit", "making", name)
        self.ok("rm", "making")
        return self.engine.inspect(name, "Id")

    def digest(self, name):
        """The digest that a registry knows it by."""
        repository = name.rpartition(":")[0]
        return next(found.split("@")[1] for found in self.engine.inspect(name, "RepoDigests") if found.startswith(repository + "@"))

    def test_docker_loads_what_we_save_and_saves_what_we_load(self):
        made = self.made("both/made:1")
        layers = self.pull(LAYERS)
        image = self.engine.inspect(layers, "Id")
        self.ok("save", "-o", self.path("ours.tar"), "both/made:1", layers)
        self.theirs("load", "-i", self.path("ours.tar"))
        self.assertEqual(made, self.their_id("both/made:1"))
        self.assertEqual(image, self.their_id(layers))
        self.theirs("save", "-o", self.path("theirs.tar"), "both/made:1", layers)
        self.ok("rmi", "both/made:1", layers)
        self.ok("load", "-i", self.path("theirs.tar"))
        self.assertEqual(made, self.engine.inspect("both/made:1", "Id"))
        self.assertEqual(image, self.engine.inspect(layers, "Id"))
        self.assertEqual("made", self.ok("run", "--rm", "both/made:1", "cat", "/made"))

    def test_export_and_import_both_ways(self):
        self.pull(BUSYBOX)
        self.ok("run", "--name", "out", BUSYBOX, "sh", "-c", "echo new >/new; ln /new /hard")
        self.ok("export", "-o", self.path("ours.tar"), "out")
        self.theirs("import", self.path("ours.tar"), "flat:1")
        self.theirs("create", "--name", "flat", "flat:1", "sh")
        self.theirs("export", "-o", self.path("theirs.tar"), "flat")
        self.theirs("rm", "flat")
        with tarfile.open(self.path("ours.tar")) as ours, tarfile.open(self.path("theirs.tar")) as theirs:
            # Which of several links comes first, as the file, is each writer's own affair.
            kinds = {tarfile.LNKTYPE: tarfile.REGTYPE}
            kept, back = ({one.name.rstrip("/"): (kinds.get(one.type, one.type), one.mode & 0o7777, one.uid, one.gid) for one in tar}
                          for tar in (ours, theirs))
            kept = {name: what for name, what in kept.items() if name.startswith(("bin", "usr", "new", "hard"))}
        self.assertEqual(kept, {name: back.get(name) for name in kept})
        self.ok("import", self.path("theirs.tar"), "flat:2")
        self.assertEqual("new", self.ok("run", "--rm", "flat:2", "cat", "/hard"))

    def test_what_we_push_everybody_pulls_by_its_digest(self):
        name = f"{REGISTRY}/interchange/ours:1"
        image = self.made(name)
        self.ok("push", name)
        digest = self.digest(name)
        by_digest = f"{REGISTRY}/interchange/ours@{digest}"
        self.theirs("pull", by_digest)
        self.assertEqual(image, self.their_id(by_digest))
        self.podman("pull", "--tls-verify=false", by_digest)
        self.assertEqual(image, "sha256:" + self.podman("image", "inspect", by_digest, "--format", "{{.Id}}").strip())
        self.assertEqual(image[7:], self.buildah("pull", "--tls-verify=false", by_digest).split()[-1])
        program("skopeo", "copy", "--src-tls-verify=false", f"docker://{by_digest}", "dir:" + self.path("dir"))
        with open(self.path("dir/manifest.json")) as manifest:
            self.assertEqual(image, json.load(manifest)["config"]["digest"])

    def test_what_others_push_we_pull_with_the_same_digests(self):
        made = self.made("local/made:1")
        self.ok("save", "-o", self.path("a.tar"), "local/made:1")
        self.theirs("load", "-i", self.path("a.tar"))
        self.podman("load", "-i", self.path("a.tar"))
        self.buildah("pull", f"docker-archive:{self.path('a.tar')}")
        self.ok("rmi", "local/made:1")
        repository = f"{REGISTRY}/interchange/"
        self.theirs("tag", "local/made:1", repository + "docker:1")
        self.theirs("push", repository + "docker:1")
        self.podman("push", "--tls-verify=false", "local/made:1", repository + "podman:1")
        self.buildah("push", "--tls-verify=false", "local/made:1", f"docker://{repository}buildah:1")
        program("skopeo", "copy", "--dest-tls-verify=false", f"docker-archive:{self.path('a.tar')}", f"docker://{repository}skopeo:1")
        for who in ("docker", "podman", "buildah", "skopeo"):
            name = f"{repository}{who}:1"
            told = re.search(r"^Digest: (sha256:\S+)$", self.ok("pull", name), re.M).group(1)
            seen = json.loads(program("skopeo", "inspect", "--tls-verify=false", "docker://" + name))["Digest"]
            self.assertEqual(seen, told, who)
            self.assertEqual(made, self.engine.inspect(name, "Id"), who)
            self.assertEqual("made", self.ok("run", "--rm", name, "cat", "/made"))
            self.ok("rmi", name)

    def test_a_layout_keeps_the_digest_through_skopeo_and_umoci(self):
        name = self.pull(BUSYBOX.replace(":latest", ":gzip"))
        digest = self.digest(name)
        self.ok("save", "-o", self.path("a.tar"), name)
        layout = self.path("layout")
        os.mkdir(layout)
        subprocess.run(["tar", "-xf", self.path("a.tar"), "-C", layout], check=True)
        self.assertEqual(digest, json.loads(program("skopeo", "inspect", f"oci:{layout}:gzip"))["Digest"])
        program("skopeo", "copy", f"oci:{layout}:gzip", f"oci:{self.path('copy')}:copied")
        program("umoci", "tag", "--image", self.path("copy") + ":copied", "layout.example/copied:1")
        self.assertIn("layout.example/copied:1", program("umoci", "list", "--layout", self.path("copy")))
        subprocess.run(["tar", "-cf", self.path("b.tar"), "-C", self.path("copy"), "."], check=True)
        before = self.engine.inspect(name, "Id")
        self.ok("rmi", name)
        self.ok("load", "-i", self.path("b.tar"))
        self.assertEqual(before, self.engine.inspect("layout.example/copied:1", "Id"))
        self.ok("tag", "layout.example/copied:1", f"{REGISTRY}/interchange/layout:1")
        self.assertIn(digest, self.ok("push", f"{REGISTRY}/interchange/layout:1"))
