"""The engine is killed at random points of everything: what it had answered holds, and nothing half-made is seen or left."""
import json
import os
import random
import subprocess
import threading

from engine import BUSYBOX, LAYERS, REGISTRY, EngineTest
from seeds import seed
from traces import Traces

COUNT = "n=0; while :; do n=$((n+1)); echo $n; usleep 10000; done"
# So many rounds; a seed repeats a run as far as timing lets it. Runs that explore set FELUCCA_CRASH_SEED=random (`seeds`).
ROUNDS = int(os.environ.get("FELUCCA_CRASH_ROUNDS", "25"))
SEED = seed("FELUCCA_CRASH_SEED")
SMALL = REGISTRY + "/library/busybox:zstd"
VERIFIED_EACH = 10                                     # rounds: it reads every byte of every image


class Actor(threading.Thread):
    """Asks for one thing after another until the engine is dead, and keeps book of what it was answered."""

    def __init__(self, test, seed, known):
        super().__init__()
        self.test, self.dice, self.known = test, random.Random(seed), known
        self.unsure = set()                            # asked for and never answered: either will do
        self.refused = None                            # what was refused by an engine that was alive
        self.last = []                                 # what it asked for

    def run(self):
        while not self.test.dead.is_set() and not self.refused:
            self.step()

    def ask(self, thing, *words):
        """True when the engine has said that it is done."""
        self.unsure.add(thing)
        self.last = [*self.last[-5:], " ".join(words[:3])]
        try:
            result = self.test.docker(*words)
        except (AssertionError, subprocess.TimeoutExpired) as hangs:    # of docker, of the look at what the engine does
            self.refused = f"after {self.last}: {hangs}" + self.test.engine.last_words()
            return False
        if result.returncode == 0:
            self.unsure.discard(thing)
            return True
        if not self.test.dead.is_set():
            self.refused = f"after {self.last}: docker {' '.join(words)}: {result.stdout}{result.stderr}" + self.test.state(thing)
        return False


class Containers(Actor):
    """Knows for each of its names whether it runs."""

    def step(self):
        verb = self.dice.choice(["create", "run", "run", "start", "stop", "restart", "rm", "exec"])
        if not self.known:
            verb = "run"
        elif len(self.known) > 3:
            verb = "rm"
        if verb in ("create", "run"):
            name = f"{self.name}-{self.dice.randrange(1 << 30)}"
            if self.ask(name, *(["run", "-d"] if verb == "run" else ["create"]), "--name", name, "--cgroup-parent",
                        self.test.cgroup, *self.options(), BUSYBOX, "sh", "-c", COUNT):
                self.known[name] = verb == "run"
            return
        name = self.dice.choice(sorted(self.known))
        if verb == "exec":
            if self.known[name]:
                self.ask(name, "exec", name, "true")
        elif verb == "rm":
            if self.ask(name, "rm", "-fv", name):
                del self.known[name]
        elif self.ask(name, verb, *([] if verb == "start" else ["-t", "0"]), name):
            self.known[name] = verb != "stop"

    def options(self):
        network = self.dice.choice([["--network", "none"], [], ["-p", "127.0.0.1::80"]])
        return network + self.dice.choice([[], [], ["-t"], ["-v", "/anonymous"]])


class Pulls(Actor):
    """Knows which of its images are there."""

    def step(self):
        image = self.dice.choice([LAYERS, SMALL])
        if image in self.known:
            if self.ask(image, "rmi", image):
                self.known.discard(image)
        elif self.ask(image, "pull", "-q", image):
            self.known.add(image)


class Crashes(EngineTest):
    def test_seeded(self):
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        dice = random.Random(SEED)
        self.cgroup = f"/felucca-crashes-{os.getpid()}"
        self.traces = Traces(self.engine, self.cgroup)
        self.addCleanup(self.traces.forget)
        known, images = [{}, {}], set()
        for turn in range(ROUNDS):
            actors = [Containers(self, dice.random(), of) for of in known] + [Pulls(self, dice.random(), images)]
            for number, actor in enumerate(actors):
                actor.name = f"a{turn}-{number}"
            self.dead = threading.Event()
            killer = threading.Timer(dice.uniform(0.0, 1.5), self.kill)
            for thread in (*actors, killer):
                thread.start()
            for thread in (*actors, killer):
                thread.join()
            try:
                self.assertEqual([], [actor.refused for actor in actors if actor.refused])
                self.engine.up()
                self.check(actors, turn)
            except AssertionError as fault:
                raise AssertionError(f"seed {SEED}, turn {turn}: {fault}") from fault
        self.verify()

    def state(self, thing):
        """What the engine says of it, for a refusal that nobody understands otherwise."""
        return self.docker("inspect", "--format", "{{json .State}} {{json .RestartCount}}", thing).stdout + self.engine.last_words()

    def kill(self):
        self.dead.set()
        self.engine.kill9()

    def check(self, actors, turn):
        there = json.loads("[" + ",".join(self.ok("ps", "-a", "--format", "{{json .}}").splitlines()) + "]")
        states = {container["Names"]: container["State"] for container in there}
        *containers, pulls = actors
        for actor in containers:
            for name, runs in actor.known.items():
                if name not in actor.unsure:
                    self.assertIn(name, states, "lost")
                    self.assertEqual(runs, states[name] == "running", f"{name} is {states[name]}")
        asked = set().union(*(actor.unsure | set(actor.known) for actor in containers))
        for name, state in states.items():
            self.assertIn(state, ("created", "running", "exited"), name)
            self.assertIn(name, asked, "nobody asked for it")
            self.each_run_counts_up(self.docker("logs", name).stdout.split(), name)
        self.check_images(pulls)
        self.traces.check(lambda: json.loads(self.ok("inspect", *states)) if states else [])
        for actor in containers:                       # what was unsure is known now
            actor.known.clear()
        for name, state in states.items():
            containers[int(name.split("-")[1])].known[name] = state == "running"
        for name in [name for name, state in states.items() if state == "running"][:1]:
            self.ok("exec", name, "true")
        if turn % VERIFIED_EACH == 0:
            self.verify()

    def check_images(self, pulls):
        self.assertEqual("", self.ok("images", "-aq", "--filter", "dangling=true"))
        there = set(self.ok("images", "--format", "{{.Repository}}:{{.Tag}}").split())
        for image in (LAYERS, SMALL):
            if image not in pulls.unsure:
                self.assertEqual(image in pulls.known, image in there, image)
        pulls.known.clear()
        pulls.known.update(there & {LAYERS, SMALL})

    def verify(self):
        self.engine.felucca("image", "verify")

    def each_run_counts_up(self, lines, what):
        expected = 1
        for line in lines:
            if line not in (str(expected), "1"):
                self.fail(f"{what} lost or doubled a line: {line} in place of {expected}: {self.state(what)}")
            expected = int(line) + 1
