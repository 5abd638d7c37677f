"""A storm on volumes: containers and volumes made, used and removed at random by several clients, while the engine is killed.

FELUCCA_STORM_ROUNDS=200 is the whole of it, with FELUCCA_STORM_SEED=random (`seeds`).
"""
import concurrent.futures
import json
import os
import random
import threading
import time
import unittest
from dataclasses import dataclass, field

from engine import BUSYBOX, EngineTest, until
from seeds import seed

ROUNDS = int(os.environ.get("FELUCCA_STORM_ROUNDS", "4"))
SEED = seed("FELUCCA_STORM_SEED")
CONTAINERS, VOLUMES, SHOWN, AT_ONCE, CLIENTS = 50, 20, 4, 12, 6
# What a client says whose engine went: the outcome is known to nobody.
CUT = ("Cannot connect", "EOF", "connection reset", "broken pipe", "connection refused", "error during connect", "going down")


@dataclass
class Deed:
    """Something that was tried, from when to when, and whether it was done: yes, no, or nobody knows."""
    what: str
    name: str
    begun: float
    ended: float
    done: object
    text: str = ""
    volumes: tuple = field(default=())


class Model:
    """What each volume may and must hold, from the deeds alone."""

    def __init__(self):
        self.deeds = []
        self.lock = threading.Lock()

    def add(self, deed):
        with self.lock:
            self.deeds.append(deed)

    def of(self, what, name=None):
        return [deed for deed in self.deeds if deed.what == what and (name is None or deed.name == name)]

    def faults(self, found):
        """What is wrong with volumes that hold these files: {volume: {file: content}}."""
        wrong = []
        for volume, files in found.items():
            removals = [deed for deed in self.of("remove", volume) if deed.done is not False]
            written = {}
            for write in self.of("write", volume):
                written[write.text] = write
                gone = any(removal.done and removal.begun >= write.ended for removal in removals)
                maybe = any(removal.ended > write.begun for removal in removals)
                if write.done and gone and write.text in files:
                    wrong.append(f"{volume}/{write.text} outlived its volume's removal")
                if write.done and not maybe and write.text not in files:
                    wrong.append(f"{volume}/{write.text} is lost")
            for name, content in files.items():
                if name not in written:
                    wrong.append(f"{volume}/{name} was written by nobody")
                elif content not in (name, "") or (content == "" and written[name].done):
                    wrong.append(f"{volume}/{name} holds {content!r}")
        return wrong + self.removed_in_use()

    def removed_in_use(self):
        wrong = []
        for made in self.of("create"):
            if not made.done:
                continue
            ends = [deed.begun for deed in self.of("remove container", made.name) if deed.ended > made.begun]
            end = min(ends, default=float("inf"))
            for volume in made.volumes:
                for removal in self.of("remove", volume):
                    if removal.done and removal.begun >= made.ended and removal.ended <= end:
                        wrong.append(f"{volume} was removed while {made.name} used it")
        return wrong


class Storm(EngineTest):
    def setUp(self):
        super().setUp()
        self.model = Model()
        self.random = random.Random(SEED)
        self.token = 0
        self.volumes = [f"vol{n}" for n in range(VOLUMES)]
        self.shown = self.volumes[-SHOWN:]  # these show a tmpfs: what is in them is not told, who mounts them is
        with open(self.engine.home + "/empty", "w"):
            pass

    def attempt(self, *words):
        """Runs docker; answers (from, to, done, output)."""
        begun = time.monotonic()
        result = self.docker(*words, timeout=120)
        ended = time.monotonic()
        text = result.stdout + result.stderr
        done = True if result.returncode == 0 else None if any(word in text for word in CUT) else False
        return begun, ended, done, text

    def mounts(self, volumes):
        # Whoever comes first makes the volume; those that show something are never made otherwise.
        return [word for volume in volumes for word in (
            ("--mount", f"type=volume,src={volume},dst=/{volume},volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=1m")
            if volume in self.shown else ("-v", f"{volume}:/{volume}"))]

    # ---- what is done ----------------------------------------------------------------------------------------------------

    def run_to_its_end(self, name, volumes, token, remove):
        plain = [volume for volume in volumes if volume not in self.shown]
        script = "".join(f"echo {token} > /{volume}/{token}; " for volume in volumes) + "echo done"
        words = self.mounts(volumes) + ["-v", "/anonymous"]
        begun, ended, done, text = self.attempt("run", *(["--rm"] if remove else []), "--name", name, *words, BUSYBOX, "sh", "-c", script)
        written = True if done and "done" in text else None if done is None or "done" in text else False
        for volume in plain:
            self.model.add(Deed("write", volume, begun, ended, written, token))
        if not remove:
            self.model.add(Deed("create", name, begun, ended, done, volumes=tuple(volumes)))

    def run_on(self, name, volumes):
        words = self.mounts(volumes)
        begun, ended, done, _ = self.attempt("run", "-d", "--name", name, *words, BUSYBOX, "sleep", "3600")
        self.model.add(Deed("create", name, begun, ended, done, volumes=tuple(volumes)))

    def remove_container(self, name):
        begun = time.monotonic()
        _, ended, done, _ = self.attempt("rm", "-f", "-v", name)
        self.model.add(Deed("remove container", name, begun, ended, done))

    def remove_volume(self, name):
        begun, ended, done, text = self.attempt("volume", "rm", name)
        self.model.add(Deed("remove", name, begun, ended, done))

    def prune(self):
        begun, ended, done, text = self.attempt("volume", "prune", "-af")
        for name in self.volumes:
            if done is None or name in text.split():
                self.model.add(Deed("remove", name, begun, ended, done))

    def copy_in(self, name, volume, token):
        source = f"{self.engine.home}/{token}"
        with open(source, "w") as file:
            file.write(token + "\n")
        begun, ended, done, text = self.attempt("cp", source, f"{name}:/{volume}/{token}")
        if volume not in self.shown:
            # Refused halfway it may have left the file: only what never began left none.
            self.model.add(Deed("write", volume, begun, ended, done or None, token))
        os.remove(source)

    def copy_out(self, name, volume):
        begun, ended, done, text = self.attempt("cp", f"{name}:/{volume}", f"{self.engine.home}/out-{threading.get_ident()}-{begun_now()}")
        if done is False and "no such" not in text.lower() and "could not find" not in text.lower() and "busy" not in text and "not running" not in text:
            raise AssertionError(f"cp from {name}:/{volume}: {text}")

    def deed(self):
        """One of them, with all that chance decides decided now: threads must not share the dice."""
        dice = self.random
        name = f"c{dice.randrange(CONTAINERS)}"
        volumes = dice.sample(self.volumes, dice.randint(1, 3))
        self.token += 1
        token = f"t{self.token}"
        weights = [(24, lambda: self.run_to_its_end(name, volumes, token, False)), (10, lambda: self.run_to_its_end(name + "rm", volumes, token, True)),
                   (12, lambda: self.run_on(name, volumes)), (8, lambda: self.attempt("stop", "-t", "0", name)),
                   (6, lambda: self.attempt("start", name)), (22, lambda: self.remove_container(name)),
                   (10, lambda: self.remove_volume(volumes[0])), (2, self.prune)]
        used = [made for made in self.model.of("create") if made.done and made.volumes]
        if used:
            made = dice.choice(used)
            volume = dice.choice(made.volumes)
            weights += [(8, lambda: self.copy_in(made.name, volume, token)), (5, lambda: self.copy_out(made.name, volume))]
        return dice.choices([each for _, each in weights], [weight for weight, _ in weights])[0]

    # ---- what must be ----------------------------------------------------------------------------------------------------

    def found(self):
        found = {}
        for volume in self.volumes:
            place = f"{self.engine.data}/volumes/{volume}/_data"
            found[volume] = {}
            if volume not in self.shown and os.path.isdir(place):
                for name in os.listdir(place):
                    with open(f"{place}/{name}") as file:
                        found[volume][name] = file.read().rstrip("\n")
        return found

    def users(self):
        """Of each volume, the containers that name it, and those that run."""
        users, running = {}, {}
        names = self.ok("ps", "-aq").split()
        found = self.docker("container", "inspect", *names)      # one may have gone since
        self.assertEqual([], [line for line in found.stderr.splitlines() if names and "no such container" not in line.lower()])
        for container in json.loads(found.stdout or "[]"):
            for mount in container["Mounts"]:
                users.setdefault(mount["Name"], set()).add(container["Id"])
                if container["State"]["Running"]:
                    running.setdefault(mount["Name"], set()).add(container["Id"])
        return users, running

    def mounted(self):
        with open("/proc/self/mountinfo") as mounts:
            return {line.split()[4].split("/")[-2] for line in mounts if self.engine.data + "/volumes/" in line}

    def check(self, after):
        # A container that was started again may be writing its files once more.
        faults = [""]

        def right():
            faults[:] = self.model.faults(self.found())
            return not faults
        try:
            until(right, "volumes hold what they must")
        except AssertionError:
            self.assertEqual([], faults, f"seed {SEED}, {after}")

        def agree():
            # A container of `--rm` that ended while there was no engine goes soon after a start.
            faults[:] = self.disagreement()
            return not faults
        try:
            until(agree, "what is told of volumes agrees with the containers")
        except AssertionError as trouble:
            raise AssertionError(f"{trouble}: {faults}, seed {SEED}, {after}") from None

    def disagreement(self):
        """Where what is told and what is mounted differs from what the containers name."""
        users, running = self.users()
        there = self.ok("volume", "ls", "-q").split()
        dangling = self.ok("volume", "ls", "-q", "-f", "dangling=true").split()
        links = [line.rsplit(" ", 1) for line in self.ok("system", "df", "-v", "--format", "{{range .Volumes}}{{.Name}} {{.Links}}\n{{end}}").split("\n") if line.strip()]
        pairs = {
            "used and not there": (set(users) - set(there), set()),
            "links": ({name: int(count) for name, count in links}, {name: len(users.get(name, ())) for name in there}),
            "dangling": (set(dangling), set(there) - set(users)),
            "mounted": (self.mounted(), set(self.shown) & set(running)),
        }
        return [f"{what}: {seen}, should be {expected}" for what, (seen, expected) in pairs.items() if seen != expected]

    def test_each_volume_holds_what_the_model_says(self):
        print(f"storm: {ROUNDS} rounds, seed {SEED}", flush=True)
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
            for number in range(ROUNDS):
                deeds = [self.deed() for _ in range(AT_ONCE)]
                killing = number == 1 or self.random.random() < 0.4
                delay = self.random.random() * 1.5
                futures = [clients.submit(deed) for deed in deeds]
                if killing:
                    time.sleep(delay)  # chance, not a condition: a kill is to hit anything
                    self.engine.kill9()
                for future in futures:
                    future.result()
                if killing:
                    self.engine.up()
                if number % 10 == 1 or number == ROUNDS - 1:
                    self.check(f"after round {number}")
        self.end()

    def end(self):
        everything = self.ok("ps", "-aq").split()
        if everything:
            self.ok("rm", "-f", "-v", *everything, timeout=120)
        until(lambda: self.mounted() == set(), "nothing is left mounted")
        until(lambda: self.ok("volume", "ls", "-q", "-f", "label=com.docker.volume.anonymous") == "", f"none is left that nobody named: seed {SEED}")
        self.ok("volume", "prune", "-af")
        self.assertEqual("", self.ok("volume", "ls", "-q"))
        self.assertEqual([], os.listdir(self.engine.data + "/volumes"))
        self.assertEqual([], [name for _, _, names in os.walk(self.engine.data + "/volume-records") for name in names if name.endswith(".json")])


def begun_now():
    return str(time.monotonic_ns())


if __name__ == "__main__":
    unittest.main()
