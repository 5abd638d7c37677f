"""A file that a power cut or a bad disk left empty, cut short, full of rubbish or unreadable: the engine starts with all the others, names it, and
ends no container. Every kind of file in the data root and the run directory is damaged in every way: all kinds at once in CI, each of another container
where it is a container's; FELUCCA_DAMAGE_ALL=1 does one file at a time, which takes half an hour. FELUCCA_DAMAGE_SEED chooses among the files of a kind."""
import contextlib
import datetime
import glob
import os
import random
import re
import shutil
import unittest

from engine import BUSYBOX, LAYERS, EngineTest, running, until
from seeds import seed

SEED = seed("FELUCCA_DAMAGE_SEED")
ALONE = "FELUCCA_DAMAGE_ALL" in os.environ
ONLY = os.environ.get("FELUCCA_DAMAGE_ONLY", "")  # a pattern of kinds


def content(change):
    def damage(file):
        with open(file, "rb") as whole:
            before = whole.read()
        with open(file, "wb") as damaged:
            damaged.write(change(before))
    return damage


def directory(file):
    os.remove(file)
    os.mkdir(file)
    with open(file + "/inside", "w") as inside:
        inside.write("something\n")


def circle(file):
    """As a bad sector does, it lets nobody read it."""
    os.remove(file)
    os.symlink(file, file)


DAMAGES = {
    "empty": content(lambda before: b""),
    "cut short": content(lambda before: before[:len(before) // 2]),
    "rubbish": content(lambda before: bytes(byte ^ 0xa5 for byte in before)),
    "of another kind": content(lambda before: b"[1, 2]\n"),
    "of a later version": content(lambda before: b'{"version": 99}\n'),
    "a directory": directory,
    "unreadable": circle,
}
# What may be missing from a list for it, and only of it.
HIDES = {
    "containers": r"/containers/ID/config.json|/c/ID/run.json",
    "images": r"/(images|references)/ID.json|/content/blobs/",
    "volumes": r"/volumes/.*|/volume-records/.*",
    "networks": r"/networks/ID.json",
}
# Which the log must name. A damaged log or hosts file is one that somebody may have meant.
NAMED = r"(?!/osgi|.*-copy).*\.json|/engine-id|/content-boot|/isolation-linux/ID/state"
# The engine's own of each start.
RENEWED = r"/(felucca|engine)\.(lock|pid|ready|log|out)|/log/.*|/osgi/.*|.*\.lock"
CONTAINERS = 24


class Damaged(EngineTest):
    images = (BUSYBOX, LAYERS)

    def setUp(self):
        engine = self.engine
        for name in ("one", "two"):
            self.ok("network", "create", name)
            self.ok("volume", "create", name)
        self.names = [f"c{n}" for n in range(CONTAINERS)]
        for n, name in enumerate(self.names):
            # Health, logs that are rotated.
            more = ["--health-cmd", "true", "--health-interval", "1s", "--log-opt", "max-size=1k", "--log-opt", "max-file=3", "--log-opt",
                    "compress=true"] if n < 6 else []
            self.ok("run", "-d", "--name", name, "--network", ("one", "two")[n % 2], "-v", ("one", "two")[n % 2] + ":/data", "-v", "/anonymous",
                    *more, BUSYBOX, "sh", "-c", "for i in $(seq 200); do echo line $i; done; exec sleep 100000")
        self.ok("create", "--name", "created", LAYERS, "true")
        until(lambda: len(glob.glob(engine.data + "/containers/*/health.json")) == 6, "their health was looked at")
        self.whole = self.listed()
        self.pids = {name: int(engine.inspect(name, "State.Pid")) for name in self.names}
        self.ids = {engine.inspect(name, "Id"): name for name in [*self.names, "created"]}

    def test_every_kind_of_file_in_every_way(self):
        self.assertGreater(len(self.kinds()), 30)
        print(f"seed {SEED}, {len(self.kinds())} kinds of files", flush=True)
        dice = random.Random(SEED)
        for way in DAMAGES:
            kinds = [kind for kind in self.kinds() if re.search(ONLY, kind)]
            # An empty one is what a power cut leaves of a snapshot that had just been begun: it is swept.
            kinds = [kind for kind in kinds if way != "empty" or "/snapshots/" not in kind]
            for files in self.batches(kinds, dice):
                with self.subTest(f"seed {SEED}, {way}: {self.short(files)}"):
                    try:
                        self.some(files, way)
                    except Exception as fault:
                        print(f"\n{way}: {self.short(files)}: {fault}", flush=True)
                        self.begin_again()
                        raise

    def batches(self, kinds, dice):
        """One file of each kind; no two of one container are damaged together."""
        found, batches = self.kinds(), []
        for kind in sorted(kinds, key=lambda kind: len(found[kind])):
            some = dice.sample(found[kind], len(found[kind]))
            for batch in [] if ALONE else batches:
                taken = {self.owner(file) for file in batch} - {None}
                file = next((file for file in some if self.owner(file) not in taken), None)
                if file:
                    batch.append(file)
                    break
            else:
                batches.append([some[0]])
        return batches

    def begin_again(self):
        """A fault must not be told of all that comes after it, too."""
        self.engine.felucca("down", check=False)
        self.engine.up()
        self.tearDown()
        self.ok("network", "prune", "-f")
        self.ok("volume", "prune", "-af")
        for image in self.images:
            self.ok("pull", "-q", image)
        self.setUp()

    def kinds(self):
        found = {}
        for root in (self.engine.data, self.engine.run):
            for folder, folders, files in os.walk(root):
                folders[:] = sorted(set(folders) - {"fs", "_data", "work", "root"})
                for file in sorted(files):
                    path = folder + "/" + file
                    if os.path.isfile(path):
                        found.setdefault(self.kind(path), []).append(path)
        return found

    def kind(self, file):
        kind = file.removeprefix(self.engine.data).removeprefix(self.engine.run)
        return re.sub(r"[0-9a-f]{64}|(?<=snapshots/)\w+|(?<=records/)\w+|(?<=volumes/)\w+|(?<=bundle)\d+", "ID", kind)

    def short(self, files):
        return " ".join(self.kind(file).replace("ID", self.owner(file) or "ID", 1) for file in files)

    def owner(self, file):
        found = re.search(r"[0-9a-f]{64}", file)
        return self.ids.get(found.group()) if found else None

    def some(self, files, way):
        engine = self.engine
        engine.kill9()
        before, beside = {}, {}
        for file in files:
            with open(file, "rb") as content:
                before[file] = content.read(), os.stat(file)
            beside[os.path.dirname(file)] = set(os.listdir(os.path.dirname(file)))
        begin = datetime.datetime.now().isoformat(timespec="milliseconds")
        for file in files:
            DAMAGES[way](file)
        try:
            engine.up()
            self.look(files, begin)
        finally:
            with contextlib.suppress(OSError):  # none where it did not start
                engine.kill9()
            # They, and what was made in their place, as a default network is.
            for folder, names in beside.items():
                for other in set(os.listdir(folder) if os.path.isdir(folder) else []) - names:
                    if re.search(r"\.json$|\.damaged-", other):
                        self.remove(folder + "/" + other)
            for file, (content, about) in before.items():
                if os.path.islink(file) or not os.path.isfile(file):
                    self.remove(file)
                if not re.fullmatch(RENEWED, self.kind(file)) and os.path.isdir(os.path.dirname(file)):
                    with open(file, "wb") as out:
                        out.write(content)
                    os.chmod(file, about.st_mode & 0o7777)
            engine.up()
        self.assertEqual(self.whole, self.listed(), "it is whole again, and all is there")
        self.assert_running(self.names)

    @staticmethod
    def remove(path):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)

    def look(self, files, begin):
        now, hidden = self.listed(), set()
        for what, names in self.whole.items():
            may = [file for file in files if re.fullmatch(HIDES[what] + ".*", self.kind(file))]
            lost = names - now[what]
            self.assertLessEqual(len(lost), len(may), f"of the {what} are missing {lost}, for {may} alone")
            if what == "containers":
                hidden = lost
                self.assertLessEqual(lost, {self.owner(file) for file in may})
        for name, pid in self.pids.items():
            self.assertTrue(running(pid), f"{name} was ended")
            with open(f"/proc/{pid}/net/dev") as devices:
                self.assertIn("eth0", devices.read(), f"{name} lost its network")
        self.assert_running(sorted(set(self.names) - hidden))
        log = self.logs()
        # What was there may be damaged, and the first of the new lines may follow it in the same line.
        log = next((log[at.start():] for at in re.finditer(r"\d{4}-\d\d-\d\dT[\d:.]{12}", log) if at.group() >= begin), "")
        unnamed = [file for file in files if re.fullmatch(NAMED, self.kind(file)) and os.path.basename(file) not in log]
        self.assertEqual([], unnamed, f"nobody is told of these:\n{log}")

    def assert_running(self, names):
        told = self.ok("inspect", "-f", "{{.Name}} {{.State.Pid}} {{.State.Status}}", *names).splitlines()
        self.assertEqual([f"/{name} {self.pids[name]} running" for name in names], told)

    def listed(self):
        lines = lambda *words: set(self.ok(*words).splitlines())
        return {"containers": lines("ps", "-a", "--format", "{{.Names}}"),
                "images": lines("images", "--format", "{{.Repository}}:{{.Tag}}"),
                "volumes": lines("volume", "ls", "-q"),
                "networks": lines("network", "ls", "--format", "{{.Name}}")}

    def logs(self):
        text = ""
        for file in sorted(glob.glob(self.engine.data + "/log/felucca*")):
            if os.path.isfile(file):
                with open(file, errors="replace") as log:
                    text += log.read()
        return text


if __name__ == "__main__":
    unittest.main()
