"""Files copied into and out of containers with the docker CLI."""
import io
import os
import subprocess
import tarfile
import time
import unittest

from engine import BUSYBOX, TOP, FilesTest, until


class Copy(FilesTest):
    def write(self, name, text):
        with open(os.path.join(self.here, name), "w") as file:
            file.write(text)
        return os.path.join(self.here, name)

    def read(self, *name):
        with open(os.path.join(self.here, *name)) as file:
            return file.read()

    def test_both_ways_running_stopped_and_created(self):
        self.ok("create", "--name", "created", BUSYBOX, "cat", "/in/f")
        self.ok("run", "-d", "--name", "running", BUSYBOX, "sleep", "600")
        self.ok("run", "--name", "stopped", BUSYBOX, "true")
        os.mkdir(self.here + "/in")
        self.write("in/f", "content")
        os.chmod(self.here + "/in/f", 0o640)
        for name in ("created", "running", "stopped"):
            self.ok("cp", self.here + "/in", name + ":/")
            self.ok("cp", name + ":/in/f", self.here + "/" + name)
            self.assertEqual("content", self.read(name))
            self.assertEqual(0o640, os.stat(self.here + "/" + name).st_mode & 0o777)
            self.ok("cp", name + ":/etc", self.here + "/etc-" + name)
            self.assertIn("root", self.read("etc-" + name, "passwd"))
            self.ok("cp", name + ":/etc/.", self.here)
            self.assertIn("root", self.read("passwd"))
            self.refused("cp", name + ":/none", self.here, says="Could not find the file /none in container")
            self.refused("cp", self.here + "/in/f", name + ":/none/x", says="Could not find the file /none in container")
        self.assertEqual("content", self.ok("exec", "running", "cat", "/in/f"))
        self.assertEqual("content", self.ok("start", "-a", "created"))

    def test_the_files_of_the_network(self):
        """Also where the container does not run: empty before its first run, and afterwards as that had them."""
        self.ok("create", "--name", "created", BUSYBOX, "true")
        self.ok("run", "--name", "stopped", "--hostname", "one", "--add-host", "two:192.0.2.2", BUSYBOX, "true")
        for file, text in (("hostname", "one\n"), ("hosts", "192.0.2.2\ttwo"), ("resolv.conf", "nameserver")):
            self.ok("cp", "created:/etc/" + file, self.here + "/" + file)
            self.assertEqual("", self.read(file))
            self.ok("cp", "stopped:/etc/" + file, self.here + "/" + file)
            self.assertIn(text, self.read(file))
        self.assertEqual("", self.ok("diff", "created"))
        self.assertEqual("", self.ok("diff", "stopped"))
        self.assertEqual("", self.ok("start", "-a", "created"))

    def test_the_whole_of_a_running_container(self):
        """Without what the kernel shows in it, which has no end and is not there for whoever asks."""
        self.ok("run", "-d", "--name", "running", "-v", self.here + ":/bound", BUSYBOX, "sleep", "600")
        self.write("f", "content")
        for path in ("/", "/."):
            out = subprocess.run(self.engine.words("cp", "running:" + path, "-"), check=True, capture_output=True, timeout=120).stdout
            with tarfile.open(fileobj=io.BytesIO(out)) as back:
                names = {os.path.normpath("/" + entry.name).replace("//", "/") for entry in back}
            self.assertLessEqual({"/etc/passwd", "/bound/f", "/proc", "/sys", "/dev"}, names)
            self.assertEqual(set(), {name for name in names if name.startswith(("/proc/", "/sys/", "/dev/"))})
        out = subprocess.run(self.engine.words("cp", "running:/proc", "-"), check=True, capture_output=True, timeout=120).stdout
        with tarfile.open(fileobj=io.BytesIO(out)) as back:
            self.assertEqual(["proc"], back.getnames())

    def test_streams(self):
        self.ok("create", "--name", "cc", BUSYBOX, "cat", "/tmp/hello")
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as out:
            entry = tarfile.TarInfo("hello")
            entry.size = 2
            entry.uid = 7
            out.addfile(entry, io.BytesIO(b"hi"))
        subprocess.run(self.engine.words("cp", "-", "cc:/tmp"), input=tar.getvalue(), check=True, capture_output=True)
        out = subprocess.run(self.engine.words("cp", "cc:/tmp/hello", "-"), check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(out)) as back:
            self.assertEqual([("hello", 7, 2)], [(e.name, e.uid, e.size) for e in back.getmembers()])
        self.assertEqual("hi", self.ok("start", "-a", "cc"))

    def test_packed_archives_are_taken(self):
        self.ok("create", "--name", "cc", BUSYBOX, "sh", "-c", "cat /tmp/*")
        for form in ("gz", "bz2", "xz"):
            tar = io.BytesIO()
            with tarfile.open(fileobj=tar, mode="w:" + form) as out:
                entry = tarfile.TarInfo(form)
                entry.size = len(form)
                out.addfile(entry, io.BytesIO(form.encode()))
            subprocess.run(self.engine.words("cp", "-", "cc:/tmp"), input=tar.getvalue(), check=True, capture_output=True)
        self.assertEqual("bz2gzxz", self.ok("start", "-a", "cc"))

    def test_a_container_that_ends_meanwhile_has_its_files(self):
        """The one moment between the end of its process and the engine's hearing of it; met in one run of three or so."""
        for number in range(30):
            name = f"c{number}"
            self.ok("create", "--name", name, BUSYBOX, "true")
            with self.engine.start("start", "-a", name) as start:
                while start.poll() is None:
                    self.ok("cp", name + ":/etc/passwd", self.here)
            self.ok("rm", "-f", name)

    def test_volumes_and_binds_are_as_the_container_sees_them(self):
        os.mkdir(self.here + "/bound")
        self.write("f", "text")
        for name, words in (("created", ("create",)), ("running", ("run", "-d"))):
            self.ok(*words, "--name", name, "-v", name + ":/v", "-v", self.here + "/bound:/b/c", "-v", "ro:/r:ro",
                    "--tmpfs", "/t", BUSYBOX, "sleep", "600")
            self.ok("cp", self.here + "/f", name + ":/v/f")
            self.assertEqual("text", self.ok("run", "--rm", "-v", name + ":/x", BUSYBOX, "cat", "/x/f"))
            self.ok("cp", self.here + "/f", name + ":/b/c/" + name)
            self.assertEqual("text", self.read("bound", name))
            self.ok("cp", name + ":/b", self.here + "/from-" + name)
            self.assertEqual("text", self.read("from-" + name, "c", name))
            self.refused("cp", self.here + "/f", name + ":/r/f", says="read-only")
        self.assertEqual("text", self.ok("exec", "running", "cat", "/v/f"))

    def test_kinds_are_not_exchanged(self):
        self.ok("create", "--name", "cc", BUSYBOX, "true")
        os.makedirs(self.here + "/d/etc/passwd")
        self.refused("cp", self.here + "/d/etc/.", "cc:/etc", says="cannot overwrite")
        os.makedirs(self.here + "/e")
        self.write("e/etc", "x")
        self.refused("cp", self.here + "/e/.", "cc:/", says="cannot overwrite")
        self.refused("cp", self.here + "/e/etc", "cc:/etc/passwd/", says="directory")

    def test_links_lead_inside_only(self):
        self.ok("run", "-d", "--name", "cc", BUSYBOX, "sh", "-c",
                "ln -s /etc/passwd /l; ln -s /../../etc /d; ln -s " + self.here + " /out; touch /ready; exec sleep 600")
        until(lambda: self.docker("exec", "cc", "test", "-e", "/ready").returncode == 0, "the links are there")
        self.ok("cp", "cc:/l", self.here + "/l")
        self.assertEqual("/etc/passwd", os.readlink(self.here + "/l"))
        self.ok("cp", "-L", "cc:/l", self.here + "/file")
        self.assertEqual(self.ok("exec", "cc", "cat", "/etc/passwd") + "\n", self.read("file"))
        self.write("mine", "mine")
        self.ok("cp", self.here + "/mine", "cc:/d/")
        self.assertEqual("mine", self.ok("exec", "cc", "cat", "/etc/mine"))
        self.refused("cp", self.here + "/mine", "cc:/out/x")
        self.refused("cp", "cc:/out/mine", self.here + "/stolen")
        for path in ("/proc/1/root/etc/passwd", "/proc/self/root/etc/passwd"):
            self.refused("cp", "cc:" + path, self.here + "/stolen")

    def test_a_container_that_exchanges_links_gets_nothing_from_outside(self):
        """CVE-2018-15664."""
        secret = self.here + "/secret"
        os.mkdir(secret)
        self.write("secret/f", "outside")
        self.write("f", "inside")
        self.ok("run", "-d", "--name", "cc", BUSYBOX, "sh", "-c",
                f"mkdir -p /w/real {secret}; ln -s {secret} /w/link; echo in > {secret}/f; echo in > /w/real/f; cp -a /w/real /w/p; touch /ready;"
                "while :; do mv /w/p /w/q; mv /w/link /w/p; mv /w/p /w/link; mv /w/q /w/p; done")
        until(lambda: self.docker("exec", "cc", "test", "-e", "/ready").returncode == 0, "the swapping has begun")
        end = time.monotonic() + 8
        got = 0
        while time.monotonic() < end:
            if self.docker("cp", "cc:/w/p/f", self.here + "/got").returncode == 0:
                self.assertEqual("in", self.read("got").strip())
                got += 1
            if self.docker("cp", self.here + "/f", "cc:/w/p/new").returncode == 0:
                got += 1
            self.assertEqual(["f"], os.listdir(secret))
        self.assertEqual("outside", self.read("secret", "f"))
        self.assertGreater(got, 0)

    def test_sizes_differences_and_exports_are_of_the_containers_own_files(self):
        self.ok("run", "--name", "cc", "-v", "data:/data", BUSYBOX, "sh", "-c",
                "dd if=/dev/zero of=/big bs=1024 count=1024 2>/dev/null; cp /big /data/; rm /etc/group; echo more >> /etc/passwd; mkdir /new; chmod 700 /tmp")
        self.assertEqual({"A /big", "A /new", "A /data", "C /etc", "D /etc/group", "C /etc/passwd", "C /tmp"}, set(self.ok("diff", "cc").splitlines()))
        size = self.ok("ps", "-a", "-s", "--format", "{{.Size}}")
        self.assertPattern(r"^1\.05MB \(virtual \d", size)
        own = int(self.ok("inspect", "-s", "-f", "{{.SizeRw}}", "cc"))
        passwd = len(self.ok("run", "--rm", BUSYBOX, "cat", "/etc/passwd")) + 1
        # Files alone, byte by byte, as Docker counts; and the link at /etc/mtab, which Docker has in a layer of its own.
        self.assertEqual((1 << 20) + passwd + len("more\n") + len("/proc/mounts"), own)
        all_of_it = int(self.ok("inspect", "-s", "-f", "{{.SizeRootFs}}", "cc"))
        self.assertEqual(int(self.ok("image", "inspect", "-f", "{{.Size}}", BUSYBOX)) + own, all_of_it)
        self.assertIn("1.0", self.ok("system", "df", "-v", "--format", "{{range .Containers}}{{.Size}}{{end}}"))
        out = subprocess.run(self.engine.words("export", "cc"), check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(out)) as tar:
            names = {entry.name.rstrip("/"): entry for entry in tar.getmembers()}
        self.assertEqual(1 << 20, names["big"].size)
        self.assertTrue(names["new"].isdir() and names["data"].isdir())
        self.assertNotIn("etc/group", names)
        self.assertNotIn("data/big", names)
        self.ok("run", "-d", "--name", "plain", BUSYBOX, "sleep", "600")
        self.assertEqual("", self.ok("diff", "plain"))
        self.assertEqual("12", self.ok("inspect", "-s", "-f", "{{.SizeRw}}", "plain"))

    def test_the_shell_copies_as_the_cli_does(self):
        self.ok("run", "-d", "--name", "cc", BUSYBOX, "sh", "-c", "mkdir -p /d/sub; echo in > /d/sub/f; chown 7:8 /d/sub/f; ln -s sub/f /d/link; exec sleep 600")
        self.ok("create", "--name", "stands", BUSYBOX, "cat", "/to/sub/f")
        until(lambda: self.docker("exec", "cc", "test", "-L", "/d/link").returncode == 0, "the files are there")
        cp = lambda *words: self.engine.felucca("shell", "felucca:cp " + " ".join(words), check=False)
        shown = cp("cc:/d", self.here + "/new").stdout
        self.assertIn(f"copied cc:/d to {self.here}/new", shown)
        self.assertEqual("in\n", self.read("new", "sub", "f"))
        self.assertEqual((7, 8), (os.stat(self.here + "/new/sub/f").st_uid, os.stat(self.here + "/new/sub/f").st_gid))
        self.assertEqual("sub/f", os.readlink(self.here + "/new/link"))
        self.assertEqual("", cp("-q", "cc:/d", self.here + "/new").stdout.strip())  # into what is there now
        self.assertEqual("in\n", self.read("new", "d", "sub", "f"))
        cp("cc:/d/.", self.here + "/new")
        cp("cc:/d/sub/f", self.here + "/other")
        self.assertEqual("in\n", self.read("other"))
        cp("-L", "cc:/d/link", self.here + "/followed")
        self.assertEqual("in\n", self.read("followed"))
        self.write("other", "changed\n")
        cp(self.here + "/other", "cc:/d/sub/f")
        self.assertEqual("changed", self.ok("exec", "cc", "cat", "/d/sub/f"))
        cp(self.here + "/new", "stands:/to")
        self.assertEqual("in", self.ok("start", "-a", "stands"))
        for words, says in (((self.here + "/other", "cc:/none/f"), "Could not find the file"), (("cc:/d", "stands:/d"), "copying between containers is not supported"),
                            (("/a", "/b"), "must specify at least one container source"), (("cc:/none", "/tmp"), "Could not find the file"),
                            (("cc:/d", self.here + "/other"), "cannot copy directory"), (("cc:/d/sub/f", self.here + "/x/"), "no such directory")):
            refused = cp(*words)
            self.assertIn(says, refused.stdout + refused.stderr, words)

    def test_the_shell_takes_and_gives_streams(self):
        self.ok("run", "-d", "--name", "cc", BUSYBOX, "sh", "-c", "mkdir -p /d/sub; head -c 3000000 /dev/urandom > /d/sub/f; ln -s d /link; exec sleep 600")
        self.ok("create", "--name", "stands", BUSYBOX, "md5sum", "/root/d/sub/f")
        until(lambda: self.docker("exec", "cc", "test", "-L", "/link").returncode == 0, "the files are there")
        shell = [TOP + "/felucca", "shell", "--data-root", self.engine.data, "--run-dir", self.engine.run]
        cp = lambda *words, **options: subprocess.run([*shell, "felucca:cp " + " ".join(words)], capture_output=True, timeout=60, **options)
        tar = cp("cc:/d", "-", stdin=subprocess.DEVNULL)
        self.assertEqual((0, b""), (tar.returncode, tar.stderr))
        with tarfile.open(fileobj=io.BytesIO(tar.stdout)) as entries:
            self.assertEqual(["d", "d/sub", "d/sub/f"], [entry.name.rstrip("/") for entry in entries.getmembers()])
        with tarfile.open(fileobj=io.BytesIO(cp("-L", "cc:/link", "-", stdin=subprocess.DEVNULL).stdout)) as entries:
            self.assertIn("d/sub/f", entries.getnames())
        put = cp("-", "stands:/root", input=tar.stdout)
        self.assertEqual((0, b"copied - to stands:/root\n", b""), (put.returncode, put.stdout, put.stderr))
        self.assertEqual(self.ok("exec", "cc", "md5sum", "/d/sub/f").split()[0], self.ok("start", "-a", "stands").split()[0])
        self.assertEqual(b"", cp("-q", "-", "cc:/link", input=tar.stdout).stdout)
        self.ok("exec", "cc", "cmp", "/d/sub/f", "/d/d/sub/f")
        for words, says in ((("-", "cc:/d/sub/f"), b"must be a directory"), (("-", "cc:/none"), b"Could not find the file"),
                            (("-", "-"), b"must specify at least one container source"), (("-", "/tmp"), b"must specify at least one container source")):
            refused = cp(*words, input=tar.stdout)
            self.assertEqual(1, refused.returncode)
            self.assertIn(says, refused.stdout + refused.stderr)
        self.assertEqual(1, cp("-", "cc:/d", input=tar.stdout[:100000]).returncode)
        self.assertEqual("2", self.engine.shell("felucca:ps -aq | wc -l").strip())
        self.engine.shell("felucca:cp cc:/d - | felucca:cp -q - stands:/tmp")
        self.ok("cp", "stands:/tmp/d/sub/f", self.here + "/through")
        with open(self.here + "/through", "rb") as file, tarfile.open(fileobj=io.BytesIO(tar.stdout)) as entries:
            self.assertEqual(entries.extractfile("d/sub/f").read(), file.read())
        refused = cp("cc:/none", "-", stdin=subprocess.DEVNULL)      # nothing but a tar comes out
        self.assertEqual((1, b""), (refused.returncode, refused.stdout))
        self.assertIn(b"Could not find the file", refused.stderr)

    def test_many_files_arrive_whole(self):
        os.mkdir(self.here + "/many")
        for n in range(2000):
            self.write(f"many/{n}", str(n))
        self.ok("create", "--name", "cc", BUSYBOX, "sh", "-c", "cat /many/* | wc -c")
        self.ok("cp", self.here + "/many", "cc:/")
        self.ok("cp", "cc:/many", self.here + "/back")
        self.assertEqual({str(n): str(n) for n in range(2000)},
                         {name: self.read("back", name) for name in os.listdir(self.here + "/back")})
        self.assertEqual("6890", self.ok("start", "-a", "cc").strip())


if __name__ == "__main__":
    unittest.main()
