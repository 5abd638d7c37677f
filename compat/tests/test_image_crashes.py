"""The engine killed at random points of what changes images; afterwards every blob and reference is sound."""
import os
import random
import re
import subprocess
import time
import unittest

from engine import BUSYBOX, LAYERS, Engine, until
from seeds import seed

# Runs that explore take more rounds, and FELUCCA_IMAGE_CRASH_SEED=random (`seeds`).
ROUNDS = int(os.environ.get("FELUCCA_IMAGE_CRASH_ROUNDS", "6"))
SEED = seed("FELUCCA_IMAGE_CRASH_SEED")

# What a client says whose engine went.
CUT = ("Cannot connect", "EOF", "connection reset", "broken pipe", "connection refused", "error during connect", "going down")


class ImageCrashes(unittest.TestCase):
    def setUp(self):
        self.engine = Engine("imagecrash")
        self.engine.up()
        self.addCleanup(self.engine.destroy)

    def works(self, dice):
        """What is under way when the engine dies; each may fail for that reason, and for no other."""
        tag = f"made:{dice.randrange(4)}"
        return {
            "pull": ["pull", "-q", dice.choice([LAYERS, LAYERS.replace(":latest", ":zstd"), BUSYBOX])],
            "load": ["load", "-q", "-i", self.archive],
            "commit": ["commit", "work", tag],
            "rmi": ["rmi", "-f", dice.choice([LAYERS, LAYERS.replace(":latest", ":zstd"), tag])],
            "prune": ["image", "prune", "-f"],
            "import": ["import", self.tar, f"flat:{dice.randrange(3)}"],
        }

    def test_whole_images_or_none_whenever_the_engine_is_killed(self):
        engine = self.engine
        engine.ok("pull", "-q", BUSYBOX)
        engine.ok("pull", "-q", LAYERS)
        self.archive, self.tar = engine.home + "/a.tar", engine.home + "/flat.tar"
        engine.ok("save", "-o", self.archive, LAYERS)
        engine.ok("run", "--name", "work", "--network", "none", BUSYBOX, "sh", "-c",
                  "dd if=/dev/urandom of=/big bs=1M count=8 2>/dev/null; for i in $(seq 200); do echo $i >/f$i; done; rm /etc/group")
        engine.ok("export", "-o", self.tar, "work")
        engine.ok("rmi", LAYERS)
        for number in range(ROUNDS):
            dice = random.Random(SEED + number)
            try:
                self.round(dice)
            except Exception as trouble:
                raise AssertionError(f"FELUCCA_IMAGE_CRASH_SEED={SEED + number}: {trouble}") from trouble
        self.nothing_is_kept_for_nobody()

    def round(self, dice):
        engine = self.engine
        works = self.works(dice)
        names = [dice.choice(list(works)) for _ in range(dice.randrange(1, 4))]
        before = self.tags()
        clients = [engine.start(*works[name]) for name in names]
        # Most points lie within the second that a pull of all layers takes; a few come just after the end.
        time.sleep(dice.random() ** 2 * 1.6)
        engine.kill9()
        answered = []
        for name, client in zip(names, clients):
            client.kill()
            said = client.communicate()[0]
            answered.append(client.returncode == 0)
            if client.returncode > 0 and name != "rmi":
                self.assertTrue(any(word in said for word in CUT), f"{works[name]} was refused by an engine that lived: {said}")
        engine.up()
        verified = engine.felucca("image", "verify", check=False)
        self.assertEqual(0, verified.returncode, f"{names}: {verified.stdout}{verified.stderr}")
        self.assertIn("no problems", verified.stdout)
        damaged = subprocess.run(["find", engine.data, "-name", "*.damaged*"], capture_output=True, text=True).stdout
        self.assertEqual("", damaged, names)
        images = self.tags()
        self.what_was_answered_holds([(works[name], done) for name, done in zip(names, answered)], before, images)
        # What is listed is there: all layers are mounted, and a file of the lowest and of the highest is read.
        for image in images:
            if image == "<none>:<none>":
                continue
            if image.startswith("made:") or image.startswith("flat:"):
                words, expected = ["cat", "/f200"], "200"
            elif "/layers:" in image:
                words, expected = ["cat", "/opt/which"], "8"
            else:
                words, expected = ["echo", "here"], "here"
            self.assertEqual(expected, engine.ok("run", "--rm", "--network", "none", image, *words), (names, image))
        # And what was under way goes through the next time.
        again = dice.choice(names)
        if again != "rmi":
            engine.ok(*works[again], timeout=120)

    def tags(self):
        return self.engine.ok("images", "--format", "{{.Repository}}:{{.Tag}}").split()

    def what_was_answered_holds(self, works, before, images):
        """And what nobody asked to be removed is there. Of a tag that several works are about, nobody knows which came last."""
        made, gone = {}, {}
        for (verb, *words), done in works:
            if verb != "image":
                tag = LAYERS if verb == "load" else words[-1]
                (gone if verb == "rmi" else made).setdefault(tag, []).append(done)
        for tag in made.keys() - gone.keys():
            if any(made[tag]) or tag in before:
                self.assertIn(tag, images, f"{works}: it is lost")
        for tag in gone.keys() - made.keys():
            if any(gone[tag]):
                self.assertNotIn(tag, images, f"{works}: it is there again")
        self.assertEqual([], sorted(set(before) - {"<none>:<none>"} - set(gone) - set(images)), f"{works}: nobody removed them")

    def nothing_is_kept_for_nobody(self):
        engine = self.engine
        engine.ok("rm", "-f", "work")
        engine.kill9()
        engine.up()
        # Newest first, so that what was made of another goes before it.
        engine.ok("rmi", "-f", *dict.fromkeys(engine.ok("images", "-aq", "--no-trunc").split()))

        def left():
            blobs = [file for _, _, files in os.walk(engine.data + "/content/blobs") for file in files]
            trees = [name for name in os.listdir(engine.data + "/overlay") if re.fullmatch("[0-9a-z]{1,6}", name)]
            return blobs + trees
        until(lambda: not left(), "no blob and no tree is left", 60)
