"""What is mounted in containers: every form of -v, --mount and --tmpfs, and mounts of containers that run."""
import glob
import json
import os
import subprocess
import unittest

from bundles import Bundles
from engine import BUSYBOX, FilesTest, until


class MountTest(FilesTest):
    def directory(self, *names):
        path = os.path.join(self.here, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def write(self, text, *names):
        path = os.path.join(self.here, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def mount(self, *words):
        subprocess.run(["mount", *words], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", words[-1]], check=True)

    def sh(self, *options, script):
        return self.ok("run", "--rm", *options, BUSYBOX, "sh", "-c", script)


class Forms(MountTest):
    def test_a_volumes_subpath_is_mounted_and_nothing_else(self):
        self.sh("-v", "data:/d", script="mkdir -p /d/a/b; echo deep > /d/a/b/f; echo top > /d/f; ln -s a/b /d/in; ln -s /etc /d/out; ln -s ../.. /d/up")
        deep = "type=volume,src=data,dst=/s,volume-subpath="
        self.assertEqual("deep", self.sh("--mount", deep + "a/b", script="cat /s/f; touch /s/new"))
        self.assertEqual("deep", self.sh("--mount", deep + "in", script="cat /s/f"))
        self.assertEqual("top", self.sh("--mount", deep + "f", script="cat /s"))
        self.assertEqual("f\nnew", self.sh("--mount", deep + "a/b,readonly", script="ls /s; touch /s/no 2>/dev/null || true"))
        self.refused("run", "--rm", "--mount", deep + "none", BUSYBOX, "true", code=127, says="cannot access path")
        for outside in ("out", "up"):
            result = self.docker("run", "--rm", "--mount", deep + outside, BUSYBOX, "ls", "/s")
            self.assertEqual(125, result.returncode, result.stdout)
            self.assertIn(f"/volumes/data/_data, subpath: {outside}", result.stderr)
            self.assertIn("path concatenation escapes the base directory, base: ", result.stderr)
        self.refused("create", "--mount", deep + "../x", BUSYBOX, says="subpath must be a relative path within the volume")
        self.refused("create", "--mount", "type=volume,dst=/s,volume-subpath=a", BUSYBOX, says="must not set Subpath when using anonymous volumes")
        # docker cp sees the container's files as it does, when it does not run too
        self.ok("create", "--name", "cc", "--mount", deep + "a/b", BUSYBOX, "true")
        self.ok("cp", "cc:/s/f", self.here + "/f")
        with open(self.here + "/f") as file:
            self.assertEqual("deep\n", file.read())

    def test_a_subpath_that_is_empty_gets_what_the_image_has_there(self):
        self.sh("-v", "data:/d", script="mkdir /d/etc")
        self.assertIn("root", self.sh("--mount", "type=volume,src=data,dst=/etc,volume-subpath=etc", script="cat /etc/passwd"))
        self.assertEqual("etc", self.sh("-v", "data:/d", script="ls /d"))

    def test_binds_reach_as_far_down_as_they_say(self):
        top, low = self.directory("top"), self.directory("top", "low")
        self.mount("-t", "tmpfs", "tmpfs", low)
        self.write("low", "top", "low", "f")
        bind = f"type=bind,src={top},dst=/t"
        self.assertEqual("low", self.sh("-v", top + ":/t", script="cat /t/low/f; touch /t/low/new"))
        self.assertEqual("", self.sh("--mount", bind + ",bind-recursive=disabled", script="ls /t/low"))
        write = "touch /t/x 2>/dev/null && echo top; touch /t/low/x 2>/dev/null && echo low; true"
        self.assertEqual("top\nlow", self.sh("--mount", bind, script=write))
        self.assertEqual("", self.sh("-v", top + ":/t:ro", script=write))
        self.assertEqual("", self.sh("--mount", bind + ",readonly", script=write))
        self.assertEqual("low", self.sh("--mount", bind + ",readonly,bind-recursive=writable", script=write))
        self.assertEqual("", self.sh("--mount", bind + ",readonly,bind-recursive=readonly,bind-propagation=rprivate", script=write))

    def test_what_is_mounted_in_a_shared_bind_is_seen_on_the_host(self):
        top = self.directory("shared")
        self.mount("--bind", top, top)
        subprocess.run(["mount", "--make-rshared", top], check=True)
        inside = "mkdir -p /t/m && mount -t tmpfs tmpfs /t/m && touch /t/m/seen && sleep 600"
        self.ok("run", "-d", "--name", "cc", "--privileged", "-v", top + ":/t:rshared", BUSYBOX, "sh", "-c", inside)
        self.addCleanup(subprocess.run, ["umount", "-l", top + "/m"], capture_output=True)
        until(lambda: os.path.exists(top + "/m/seen"), "the host sees the mount")
        # and the other way round
        self.directory("shared", "n")
        self.mount("-t", "tmpfs", "tmpfs", top + "/n")
        self.write("from the host", "shared", "n", "f")
        self.assertEqual("from the host", self.ok("exec", "cc", "cat", "/t/n/f"))
        self.assertEqual("rshared", self.engine.inspect("cc", "Mounts")[0]["Propagation"])
        self.ok("rm", "-f", "cc")
        self.ok("run", "-d", "--name", "slave", "-v", top + ":/t:rslave", BUSYBOX, "sleep", "600")
        self.directory("shared", "o")
        self.mount("-t", "tmpfs", "tmpfs", top + "/o")
        self.write("one way", "shared", "o", "f")
        self.assertEqual("one way", self.ok("exec", "slave", "cat", "/t/o/f"))
        private = self.directory("private")
        self.mount("--bind", private, private)
        subprocess.run(["mount", "--make-rprivate", private], check=True)
        self.refused("run", "--rm", "-v", private + ":/t:rshared", BUSYBOX, "true", code=125, says="but it is not a shared mount")
        self.refused("run", "--rm", "-v", private + ":/t:rslave", BUSYBOX, "true", code=125, says="but it is not a shared or slave mount")

    def test_tmpfs_has_the_options_it_is_given(self):
        show = "grep ' /t ' /proc/mounts; stat -c %a /t"
        plain = self.sh("--tmpfs", "/t", script=show)
        self.assertPattern("nosuid,nodev,noexec", plain)
        self.assertPattern("^1777$", plain)
        given = self.sh("--tmpfs", "/t:size=1m,mode=750,uid=7,exec", script=show)
        self.assertPattern("size=1024k,mode=750,uid=7", given)
        self.assertNotIn("noexec", given)
        self.assertPattern("size=2048k,mode=700", self.sh("--mount", "type=tmpfs,dst=/t,tmpfs-size=2m,tmpfs-mode=0700", script=show))
        self.assertPattern("^tmpfs /t tmpfs ro,", self.sh("--tmpfs", "/t:ro", script=show))
        self.refused("run", "--rm", "--tmpfs", "/t:color=red", BUSYBOX, "true", code=125, says='invalid tmpfs option')
        self.refused("run", "--rm", "--tmpfs", "t", BUSYBOX, "true", code=125, says="mount path must be absolute")

    def test_what_cannot_be_is_refused_in_dockers_words(self):
        for options, says in (
                (["-v", "/a:/b:bad"], "invalid mode: bad"),
                (["-v", "/a:/b", "-v", "/c:/b"], "Duplicate mount point: /b"),
                (["-v", "/a:/"], "destination can't be '/'"),
                (["-v", "/a:b"], "invalid mount path: 'b' mount path must be absolute"),
                (["-v", "x:/c:ro"], "create x: volume name is too short, names should be at least two alphanumeric characters"),
                (["-v", "a/b:/c"], "includes invalid characters for a local volume name"),
                (["--mount", f"type=bind,src={self.here}/none,dst=/c"],
                 f'invalid mount config for type "bind": bind source path does not exist: {self.here}/none'),
                (["--mount", "type=nfs,dst=/c"], 'mount type unknown'),
                (["--mount", "type=volume,dst=/c,readonly"], "must not set ReadOnly mode when using anonymous volumes")):
            self.refused("create", *options, BUSYBOX, says=says)
        self.ok("create", "--name", "gone", "--mount", f"type=bind,src={self.directory('was')},dst=/c", BUSYBOX, "true")
        os.rmdir(self.here + "/was")
        self.refused("start", "gone", says=f"bind source path does not exist: {self.here}/was")
        self.sh("-v", self.here + "/made/by/v:/c", script="touch /c/f")
        # One letter is a drive to the client: all of it is a place, from the root.
        self.assertEqual("x", self.sh("-v", "x:/x", script="grep -q ' /x:/x ' /proc/mounts && ls /x:"))
        self.assertEqual(["f"], os.listdir(self.here + "/made/by/v"))

    def test_order_and_nesting_are_right(self):
        self.write("file", "single")
        self.assertEqual("v\nb\nsingle", self.sh(
            "-v", self.here + "/single:/a/b/c:ro", "-v", self.directory("b") + ":/a/b", "-v", "outer:/a",
            script="echo v > /a/v; echo b > /a/b/v; cat /a/v /a/b/v; cat /a/b/c >/dev/null; echo single"))
        self.assertEqual("file", self.sh("-v", self.here + "/single:/one/file", script="cat /one/file"))

    def test_links_in_the_image_lead_inside_and_missing_ends_are_made(self):
        self.ok("run", "--name", "links", BUSYBOX, "sh", "-c",
                "mkdir /real; ln -s /real /there; ln -s /nowhere /dangling; ln -s ../../../../up /climbing; ln -s " + self.here + " /out;"
                "ln -s nofile /filelink")
        self.ok("commit", "links", "linked")
        self.addCleanup(self.docker, "rmi", "-f", "linked")
        source = self.directory("src")
        self.write("seen", "src", "f")
        for target, found in (("/there/x", "/real/x"), ("/dangling", "/nowhere"), ("/dangling/sub", "/nowhere/sub"),
                              ("/climbing", "/up"), ("/climbing/sub", "/up/sub")):
            self.assertEqual("seen", self.ok("run", "--rm", "-v", f"{source}:{target}", "linked", "cat", found + "/f"), target)
        self.assertEqual("seen", self.ok("run", "--rm", "-v", f"{source}/f:/filelink", "linked", "cat", "/nofile"))
        self.docker("run", "--rm", "-v", f"{source}:/out/x", "linked", "true")
        self.assertEqual(["src"], os.listdir(self.here))


class Running(MountTest):
    def places(self, name):
        return sorted(mount["Destination"] for mount in self.engine.inspect(name, "Mounts"))

    def test_mounts_are_added_and_removed_while_it_runs(self):
        source = self.directory("src")
        self.write("hello", "src", "f")
        self.ok("run", "-d", "--name", "cc", "--read-only", "-v", "first:/first", BUSYBOX, "sh", "-c", "while :; do sleep 1; done")
        pid = self.engine.inspect("cc", "State.Pid")
        code, text = self.api("POST", "/felucca/containers/cc/mounts", {"Type": "bind", "Source": source, "Target": "/root", "ReadOnly": True})
        self.assertEqual(201, code, text)
        self.assertEqual("/root", json.loads(text)["Destination"])
        self.assertEqual("hello", self.ok("exec", "cc", "cat", "/root/f"))
        self.refused("exec", "cc", "touch", "/root/no", says="Read-only")
        # the root is read-only, so no place can be made in it
        code, text = self.api("POST", "/felucca/containers/cc/mounts", {"Type": "bind", "Source": source, "Target": "/not/there"})
        self.assertEqual(500, code, text)
        self.assertEqual(["/first", "/root"], self.places("cc"))
        code, text = self.api("POST", "/felucca/containers/cc/mounts", {"Bind": "data:/root"})
        self.assertEqual(409, code, text)
        self.engine.shell("felucca:mount cc data:/tmp")
        self.ok("exec", "cc", "sh", "-c", "echo kept > /tmp/f")
        self.refused("volume", "rm", "data", says="volume is in use")
        self.ok("cp", "cc:/tmp/f", self.here + "/copy")
        self.assertEqual(pid, self.engine.inspect("cc", "State.Pid"))

        self.engine.kill9()
        self.engine.up()
        self.assertEqual(["/first", "/root", "/tmp"], self.places("cc"))
        self.assertEqual("kept", self.ok("exec", "cc", "cat", "/tmp/f"))
        self.ok("restart", "-t", "0", "cc")
        self.assertEqual("kept", self.ok("exec", "cc", "cat", "/tmp/f"))
        self.assertEqual("hello", self.ok("exec", "cc", "cat", "/root/f"))

        code, text = self.api("DELETE", "/felucca/containers/cc/mounts?target=/root")
        self.assertEqual(204, code, text)
        self.assertEqual("", self.ok("exec", "cc", "ls", "/root"))
        self.engine.shell("felucca:unmount cc /tmp")
        self.assertEqual(["/first"], self.places("cc"))
        self.ok("volume", "rm", "data")
        code, text = self.api("DELETE", "/felucca/containers/cc/mounts?target=/root")
        self.assertEqual(404, code, text)

    def test_every_kind_is_mounted_as_at_the_start(self):
        self.write("file", "src", "f")
        self.ok("run", "-d", "--name", "cc", BUSYBOX, "sleep", "600")
        self.engine.shell(f"felucca:mount cc {self.here}/src/f:/one/file --mount type=tmpfs,dst=/t,tmpfs-size=1m --mount type=volume,src=vv,dst=/v")
        self.assertEqual("file", self.ok("exec", "cc", "cat", "/one/file"))
        self.assertIn("size=1024k", self.ok("exec", "cc", "grep", " /t ", "/proc/mounts"))
        self.ok("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "quick")
        self.engine.shell("felucca:mount cc quick:/q")
        self.ok("exec", "cc", "touch", "/q/shared")
        self.assertEqual("shared", self.sh("-v", "quick:/q", script="ls /q"))
        self.engine.shell("felucca:mount cc --mount type=volume,src=vv,dst=/v/sub/er")
        self.assertIn("something else is mounted below", self.engine.felucca("shell", "felucca:unmount cc /v", check=False).stderr)
        self.ok("rm", "-f", "-v", "cc")
        self.ok("volume", "rm", "quick", "vv")

    def test_an_added_volume_gets_what_the_image_has_there(self):
        self.ok("run", "-d", "--name", "cc", BUSYBOX, "sleep", "600")
        self.ok("create", "--name", "stands", BUSYBOX, "true")
        there = self.sh(script="ls /bin")
        for name in ("cc", "stands"):
            self.engine.shell(f"felucca:mount {name} {name}-full:/bin {name}-bare:/sbin:nocopy")
            self.assertEqual(there, self.sh("-v", f"{name}-full:/f", script="ls /f"))
            self.assertEqual("", self.sh("-v", f"{name}-bare:/f", script="ls /f"))
        # One with something in it, and one that the container has at another place, stay as they are.
        self.sh("-v", "mine:/m", script="echo mine > /m/f")
        self.engine.shell("felucca:mount cc mine:/etc")
        self.assertEqual("f", self.ok("exec", "cc", "ls", "/etc"))
        self.ok("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "quick")
        self.engine.shell("felucca:mount cc quick:/var:nocopy")
        self.ok("exec", "cc", "touch", "/var/kept")
        self.engine.shell("felucca:mount cc quick:/usr")
        self.assertEqual("kept", self.ok("exec", "cc", "ls", "/var"))

    def test_a_container_that_exchanges_links_gets_no_mount_outside(self):
        source = self.directory("src")
        self.write("seen", "src", "f")
        self.ok("run", "-d", "--name", "cc", BUSYBOX, "sh", "-c",
                f"mkdir -p /w/real; ln -s {self.here} /w/link; mkdir /w/p; touch /ready;"
                "while :; do mv /w/p /w/q; mv /w/link /w/p; mv /w/p /w/link; mv /w/q /w/p; done")
        until(lambda: self.docker("exec", "cc", "test", "-e", "/ready").returncode == 0, "the swapping has begun")
        before = open("/proc/self/mountinfo").read().count(self.here)
        for _ in range(20):
            self.api("POST", "/felucca/containers/cc/mounts", {"Bind": f"{source}:/w/p/m"})
            self.api("DELETE", "/felucca/containers/cc/mounts?target=/w/p/m")
        self.assertEqual(["src"], os.listdir(self.here))
        self.assertEqual(before, open("/proc/self/mountinfo").read().count(self.here))


class Images(Bundles, MountTest):
    """What an image has is seen, from one layer and from two, and nothing of it can be changed."""

    def setUp(self):
        super().setUp()
        self.ok("run", "--name", "made", BUSYBOX, "sh", "-c", "mkdir -p /d/sub; echo deep > /d/sub/f; echo top > /f; ln -s d/sub /in; ln -s /etc /out; ln -s ../.. /up")
        self.ok("commit", "made", "two:layers")
        subprocess.run(["sh", "-c", " ".join(self.engine.words("export", "made")) + " | " + " ".join(self.engine.words("import", "-", "one"))],
                       check=True, capture_output=True)
        self.ok("rm", "made")
        self.addCleanup(self.docker, "rmi", "-f", "one", "two:layers")

    def snapshots(self):
        """What the storage driver has of containers."""
        found = []
        for row in glob.glob(self.engine.data + "/overlay/snapshots/*.json"):
            with open(row) as file:
                found.append(json.load(file)["key"])
        return [key for key in found if key.startswith("container-")]

    def tearDown(self):
        self.docker("rm", "-f", *self.engine.names("-a"))
        self.assertEqual([], self.snapshots())
        super().tearDown()

    def test_an_image_or_a_part_of_it_is_mounted_read_only(self):
        for image in ("one", "two:layers"):
            mount = f"type=image,src={image},dst=/i"
            self.assertEqual("top", self.sh("--mount", mount, script="cat /i/f"))
            self.assertEqual("same", self.sh("--mount", mount, script="touch /i/f 2>/dev/null || rm /i/f 2>/dev/null || mkdir /i/n 2>/dev/null || echo same"))
            self.assertEqual("same", self.sh("--privileged", "--mount", mount, script="mount -o remount,rw /i 2>/dev/null; mount -o remount,rw,bind /i 2>/dev/null;"
                                             " touch /i/n 2>/dev/null || echo same"))
            self.assertEqual("ro", self.sh("--mount", mount, script="sed -n 's/.* \\/i [^ ]* \\(ro\\).*/\\1/p' /proc/mounts"))
            self.assertEqual("deep", self.sh("--mount", mount + ",image-subpath=d/sub", script="cat /i/f"))
            self.assertEqual("deep", self.sh("--mount", mount + ",image-subpath=in", script="cat /i/f"))
            self.assertEqual("top", self.sh("--mount", mount + ",image-subpath=f", script="cat /i; echo no 2>/dev/null >/i || true"))
            self.assertEqual("top deep", self.sh("--mount", mount, "--mount", f"type=image,src={image},dst=/i/d,image-subpath=d/sub", script="echo $(cat /i/f /i/d/f)"))
            for outside in ("out", "up"):
                self.refused("run", "--rm", "--mount", f"{mount},image-subpath={outside}", BUSYBOX, "true", code=125,
                             says=f"path concatenation escapes the base directory, base: {image}, subpath: {outside}")
            self.refused("run", "--rm", "--mount", mount + ",image-subpath=none", BUSYBOX, "true", code=127, says=f"cannot access path {image}/none: lstat")
            self.ok("create", "--name", "stands", "--mount", mount, "--mount", f"type=image,src={image},dst=/deep,image-subpath=d/sub/f", BUSYBOX, "true")
            for path, text in (("/i/f", "top\n"), ("/deep", "deep\n")):
                self.ok("cp", "stands:" + path, self.here + "/copy")
                with open(self.here + "/copy") as file:
                    self.assertEqual(text, file.read())
            self.refused("cp", self.here + "/copy", "stands:/i/f", says="read-only")
            self.ok("rm", "stands")
        self.refused("create", "--mount", "type=image,src=one,dst=/i,image-subpath=../x", BUSYBOX, says="subpath must be a relative path within the volume")
        self.refused("create", "--mount", "type=image,dst=/i", BUSYBOX, says="field Source must not be empty")
        self.refused("create", "--mount", "type=image,src=none,dst=/i", BUSYBOX, says="No such image: none")
        code, text = self.api("POST", "/v1.47/containers/create", {"Image": BUSYBOX, "HostConfig": {"Mounts": [{"Type": "image", "Source": "one", "Target": "/i"}]}})
        self.assertEqual(400, code, text)
        code, text = self.api("POST", "/v1.48/containers/create", {"Image": BUSYBOX, "HostConfig": {"Mounts": [
            {"Type": "bind", "Source": "/tmp", "Target": "/i", "ImageOptions": {"Subpath": "d"}}]}})
        self.assertEqual(400, code, text)

    def test_it_is_in_use_until_its_container_is_gone(self):
        self.ok("run", "-d", "--name", "has", "--mount", "type=image,src=two:layers,dst=/i,image-subpath=d", BUSYBOX, "sleep", "600")
        self.assertEqual([("image", "two:layers", "/i", False)],
                         [(each["Type"], each["Name"], each["Destination"], each["RW"]) for each in self.engine.inspect("has", "Mounts")])
        self.assertEqual([{"Type": "image", "Source": "two:layers", "Target": "/i", "ImageOptions": {"Subpath": "d"}}], self.engine.inspect("has", "HostConfig.Mounts"))
        container, image = self.engine.inspect("has", "Id")[:12], self.engine.inspect("two:layers", "Id")[7:19]
        self.refused("rmi", "two:layers", says=f"container {container} is using its referenced image {image}")
        self.refused("rmi", "-f", image, says=f"image is being used by running container {container}")
        self.assertNotIn(image, self.ok("image", "prune", "-af"))
        self.ok("run", "-d", "--name", "too", "--volumes-from", "has", BUSYBOX, "sleep", "600")
        self.ok("rm", "-f", "has")
        self.refused("rmi", "two:layers", says="is using its referenced image")
        self.ok("stop", "-t", "0", "too")
        self.ok("rmi", "-f", "two:layers")
        self.ok("start", "too")
        self.assertEqual("deep", self.ok("exec", "too", "cat", "/i/sub/f"))
        self.ok("rm", "-f", "too")

    def test_it_outlasts_engine_and_driver(self):
        self.ok("run", "-d", "--name", "has", "--mount", "type=image,src=two:layers,dst=/i", BUSYBOX, "sleep", "600")
        self.engine.kill9()
        self.engine.up()
        self.assertEqual("top", self.ok("exec", "has", "cat", "/i/f"))
        self.update("dev.felucca.plugin-storage-overlay")
        self.update("dev.felucca.plugin-isolation-linux")
        until(lambda: self.docker("exec", "has", "cat", "/i/f").stdout == "top\n", "it is there under the new drivers")
        self.ok("restart", "-t", "0", "has")
        self.assertEqual("deep", self.ok("exec", "has", "cat", "/i/d/sub/f"))
        self.assertEqual(2, len(self.snapshots()))

    def test_it_is_mounted_and_taken_away_while_a_container_runs(self):
        self.ok("run", "-d", "--name", "has", BUSYBOX, "sleep", "600")
        self.engine.shell("felucca:mount has --mount type=image,src=two:layers,dst=/i --mount type=image,src=two:layers,dst=/part,image-subpath=d/sub/f")
        self.assertEqual("top deep", self.ok("exec", "has", "sh", "-c", "echo $(cat /i/f /part)"))
        self.refused("exec", "has", "touch", "/i/n", says="Read-only")
        said = self.engine.felucca("shell", "felucca:mount has --mount type=image,src=one,dst=/j,image-subpath=up", check=False)
        self.assertIn("escapes the base directory", said.stderr)
        self.assertEqual(3, len(self.snapshots()))
        self.refused("rmi", "two:layers", says="is using its referenced image")
        self.ok("restart", "-t", "0", "has")
        self.assertEqual("top deep", self.ok("exec", "has", "sh", "-c", "echo $(cat /i/f /part)"))
        self.engine.shell("felucca:unmount has /i /part")
        self.assertEqual("", self.ok("exec", "has", "ls", "/i"))
        self.assertEqual(1, len(self.snapshots()))
        self.ok("rmi", "two:layers")
        self.assertEqual("top", self.engine.shell(f"felucca:run --rm --mount type=image,src=one,dst=/i {BUSYBOX} cat /i/f").strip())


if __name__ == "__main__":
    unittest.main()
