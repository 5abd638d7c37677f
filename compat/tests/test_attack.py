"""A container that exchanges a directory and a symbolic link as fast as it can, while its files are copied and things are mounted in it.

What it wants is a directory of the host (CVE-2018-15664, CVE-2019-14271, CVE-2021-30465). FELUCCA_ATTACK_SECONDS=60 is the whole of it.
"""
import json
import os
import shutil
import socket
import tempfile
import time
import unittest

from engine import DEBIAN, EngineTest, until

SECONDS = float(os.environ.get("FELUCCA_ATTACK_SECONDS", "4"))
# renameat2(2) with RENAME_EXCHANGE: there is never a moment without one of the two.
EXCHANGE = ('open(F, ">", "$ARGV[0]/ready"); close F; '
            'while (1) { syscall(%d, -100, "$ARGV[0]/p", -100, "$ARGV[0]/link", 2) }')
RENAMEAT2 = {"x86_64": 316, "aarch64": 276}[os.uname().machine]


class Attack(EngineTest):
    images = (DEBIAN,)

    def setUp(self):
        super().setUp()
        self.here = tempfile.mkdtemp(dir=self.engine.home)
        self.addCleanup(shutil.rmtree, self.here)
        self.secret = self.here + "/secret"
        os.makedirs(self.secret + "/sub")
        for name in ("f", "sub/f"):
            with open(f"{self.secret}/{name}", "w") as file:
                file.write("outside")
        with open(self.here + "/mine", "w") as file:
            file.write("mine")
        os.mkdir(self.here + "/tree")
        shutil.copy(self.here + "/mine", self.here + "/tree/t")
        # The same path inside, so that what is confined finds something.
        prepare = ("d=$1; mkdir -p $d/p/sub {0}/sub; for f in f sub/f; do echo in > $d/p/$f; echo in > {0}/$f; done; ln -s {0} $d/link;"
                   "exec perl -e '{1}' $d").format(self.secret, EXCHANGE % RENAMEAT2)
        self.ok("run", "-d", "--name", "attacker", "-v", "arena:/arena", DEBIAN, "sh", "-c", "mkdir /w; (set -- /w; " + prepare + ") &"
                " set -- /arena; " + prepare)
        until(lambda: self.docker("exec", "attacker", "test", "-e", "/w/ready", "-a", "-e", "/arena/ready").returncode == 0, "it has begun")
        self.ok("create", "--name", "victim", "-v", "arena:/arena", DEBIAN, "sleep", "600")
        self.done, self.words = {}, set()
        self.end = time.monotonic() + SECONDS

    def tearDown(self):
        self.docker("rm", "-f", "-v", *self.engine.names("-a"))
        self.docker("volume", "prune", "-af")
        super().tearDown()

    def unharmed(self):
        self.assertEqual(["f", "sub"], sorted(os.listdir(self.secret)))
        self.assertEqual(["f"], os.listdir(self.secret + "/sub"))
        for name in ("f", "sub/f"):
            with open(f"{self.secret}/{name}") as file:
                self.assertEqual("outside", file.read())

    def count(self, what, result):
        went = result.returncode == 0
        self.done[what] = (self.done.get(what, (0, 0))[0] + went, self.done.get(what, (0, 0))[1] + (not went))
        return went

    def until_the_end(self, *steps):
        # On a busy machine the attacker may win each round of the time: what never went was not tried.
        while time.monotonic() < self.end or (not all(went for went, _ in self.done.values()) and time.monotonic() < self.end + 60):
            for step in steps:
                step()
            self.unharmed()
        print(" ".join(f"{what}: {went} went, {refused} refused;" for what, (went, refused) in self.done.items()), flush=True)
        for what, (went, refused) in self.done.items():
            self.assertGreater(went, 0, f"{what} never went: nothing was tried {self.words}")

    def test_files_copied_out_are_the_containers(self):
        def out(what, name, path):
            target = tempfile.mkdtemp(dir=self.here)
            if self.count(what, self.docker("cp", f"{name}:{path}", target)):
                for directory, _, files in os.walk(target):
                    for each in set(files) - {"ready"}:
                        with open(os.path.join(directory, each)) as file:
                            self.assertEqual("in\n", file.read())
            shutil.rmtree(target)
        self.until_the_end(lambda: out("file", "attacker", "/w/p/f"), lambda: out("tree", "attacker", "/w/p/"), lambda: out("links", "attacker", "/w/."),
                           lambda: out("of one that does not run", "victim", "/arena/p/sub/f"),
                           lambda: out("tree of one that does not run", "victim", "/arena/p/sub"))

    def test_files_copied_in_stay_in_the_container(self):
        def into(what, source, name, path):
            self.count(what, self.docker("cp", source, f"{name}:{path}"))
        self.until_the_end(lambda: into("file", self.here + "/mine", "attacker", "/w/p/new"), lambda: into("over", self.here + "/mine", "attacker", "/w/p/f2"),
                           lambda: into("tree", self.here + "/tree/.", "attacker", "/w/p/sub"),
                           lambda: into("to one that does not run", self.here + "/mine", "victim", "/arena/p/new"),
                           lambda: into("tree to one that does not run", self.here + "/tree/.", "victim", "/arena/p/sub"))

    def test_what_is_mounted_is_mounted_inside(self):
        source = self.here + "/tree"

        def run(what, *words, command=("true",), seen=None):
            result = self.docker("run", "--rm", *words, DEBIAN, *command)
            if self.count(what, result) and seen:
                self.assertIn(seen, result.stdout)
            self.assertNotIn("outside", result.stdout)

        def add():
            body = json.dumps({"Bind": f"{source}:/w/p/m"}).encode()
            for method, path, text in (("POST", "mounts", body), ("DELETE", "mounts?target=/w/p/m", b"")):
                with socket.socket(socket.AF_UNIX) as s:
                    s.connect(self.engine.socket)
                    s.sendall(f"{method} /felucca/containers/attacker/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
                              .encode() + text)
                    answer = s.recv(65536)
                    if method == "POST" and answer.split()[1] != b"201":
                        self.words.add(answer.rpartition(b"\r\n\r\n")[2].decode())
                    code = answer.split()[1]
            self.count("in one that runs", type("Answer", (), {"returncode": 0 if code == b"204" else 1}))

        with open("/proc/self/mountinfo") as before:
            mounts = before.read().count(self.secret)
        self.until_the_end(
            lambda: run("target", "-v", "arena:/arena", "-v", source + ":/arena/p/m"),
            lambda: run("file target", "-v", "arena:/arena", "-v", source + "/t:/arena/p/g"),
            lambda: run("subpath", "--mount", "type=volume,src=arena,dst=/s,volume-subpath=p", command=("cat", "/s/f"), seen="in"),
            lambda: run("deep subpath", "--mount", "type=volume,src=arena,dst=/s,volume-subpath=p/sub", command=("cat", "/s/f"), seen="in"),
            add)
        with open("/proc/self/mountinfo") as after:
            self.assertEqual(mounts, after.read().count(self.secret))


if __name__ == "__main__":
    unittest.main()
