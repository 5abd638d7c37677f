"""A state file that a power cut or a bad disk left empty, cut short or full of rubbish: the engine starts with all the others, and names it."""
import glob
import os
import random
import re
import unittest

from engine import BUSYBOX, LAYERS, EngineTest, running

# One file of each kind is damaged in one way, which the seed chooses; or all, in all ways.
SEED = int(os.environ.get("FELUCCA_DAMAGE_SEED", str(random.randrange(1 << 30))))
EVERY = "FELUCCA_DAMAGE_ALL" in os.environ
DAMAGES = {
    "empty": lambda content: b"",
    "cut short": lambda content: content[:len(content) // 2],
    "rubbish": lambda content: bytes(byte ^ 0xa5 for byte in content),
    "of another kind": lambda content: b"[1, 2]\n",
    "of a later version": lambda content: b'{"version": 99}\n',
}


class Damaged(EngineTest):
    images = (BUSYBOX, LAYERS)

    def test_each_file_alone(self):
        engine = self.engine
        for name in ("one", "two"):
            self.ok("network", "create", name)
            self.ok("volume", "create", name)
            self.ok("run", "-d", "--name", name, "--network", name, "-v", name + ":/data", "-v", "/anonymous", BUSYBOX, "sleep", "100000")
        self.ok("create", "--name", "three", LAYERS, "true")
        whole = self.listed()
        pids = {name: engine.inspect(name, "State.Pid") for name in ("one", "two")}
        files = [file for pattern in ("**/*.json", "content-boot") for file in glob.glob(f"{engine.data}/{pattern}", recursive=True)
                 if "/fs/" not in file and "/_data/" not in file and "/log/" not in file]
        kinds = {}
        for file in sorted(files):
            kinds.setdefault(re.sub(r"[0-9a-f]{64}|(?<=snapshots/)\w+|one|two", "", file), []).append(file)
        self.assertGreater(len(kinds), 7, kinds)
        dice = random.Random(SEED)
        for some in kinds.values():
            for file in some if EVERY else [dice.choice(some)]:
                # An empty one is what a power cut leaves of a snapshot that had just been begun: it is swept.
                ways = [what for what in DAMAGES if what != "empty" or "/snapshots/" not in file]
                for what in ways if EVERY else [dice.choice(ways)]:
                    with self.subTest(f"seed {SEED}, {file.removeprefix(engine.data)} {what}"):
                        self.one(file, what, whole, pids)

    def one(self, file, what, whole, pids):
        engine = self.engine
        engine.kill9()
        with open(file, "rb") as content:
            before = content.read()
        with open(file, "wb") as content:
            content.write(DAMAGES[what](before))
        logs, beside = self.logs(), set(os.listdir(os.path.dirname(file)))
        try:
            engine.up()
            now = self.listed()
            for kind, names in whole.items():
                self.assertLessEqual(len(names - now[kind]), 1, f"more than one of the {kind} is missing: {names - now[kind]}")
            for name, pid in pids.items():
                if name in now["containers"]:
                    self.assertEqual((pid, "running"), (engine.inspect(name, "State.Pid"), engine.inspect(name, "State.Status")), name)
                self.assertTrue(running(pid), f"{name} was ended for it")
            lost = {kind: names - now[kind] for kind, names in whole.items() if names - now[kind]}
            if lost:
                self.assertIn(os.path.basename(file), self.logs()[len(logs):], f"{lost}: nobody is told why")
        finally:
            engine.kill9()
            # It, and what was made in its place, as a default network is.
            for other in set(os.listdir(os.path.dirname(file))) - beside:
                if other.endswith(".json") or ".damaged-" in other:
                    os.remove(os.path.dirname(file) + "/" + other)
            with open(file, "wb") as content:
                content.write(before)
            engine.up()
        self.assertEqual(whole, self.listed(), "it is whole again, and all is there")
        for name, pid in pids.items():
            self.assertEqual((pid, "running"), (engine.inspect(name, "State.Pid"), engine.inspect(name, "State.Status")), name)

    def listed(self):
        lines = lambda *words: set(self.ok(*words).splitlines())
        return {"containers": lines("ps", "-a", "--format", "{{.Names}}"),
                "images": lines("images", "--format", "{{.Repository}}:{{.Tag}}"),
                "volumes": lines("volume", "ls", "-q"),
                "networks": lines("network", "ls", "--format", "{{.Name}}")}

    def logs(self):
        text = ""
        for file in sorted(glob.glob(self.engine.data + "/log/felucca*")):
            with open(file, errors="replace") as log:
                text += log.read()
        return text


if __name__ == "__main__":
    unittest.main()
