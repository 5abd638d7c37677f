"""Containers, output and exit codes when the engine is killed."""
import json
import os
import random
import re
import subprocess
import threading

from engine import BUSYBOX, LAYERS, EngineTest, running, until

NUMBERS = "n=0; while :; do n=$((n+1)); echo $n; usleep 10000; done"
# So many rounds of the seeded crash test; the seed is printed, and FELUCCA_CRASH_SEED repeats a run.
ROUNDS = int(os.environ.get("FELUCCA_CRASH_ROUNDS", "25"))
SEED = int(os.environ.get("FELUCCA_CRASH_SEED", str(random.randrange(1 << 30))))


class Survival(EngineTest):
    def numbers(self, name):
        lines = self.docker("logs", name).stdout.split()
        self.assertEqual([str(n) for n in range(1, len(lines) + 1)], lines, name + " lost or doubled a line")
        return len(lines)

    def test_kill_9_with_ten_containers(self):
        for n in range(4):
            self.ok("run", "-d", "--name", f"count{n}", BUSYBOX, "sh", "-c", NUMBERS)
        for n in range(2):
            self.ok("run", "-dt", "--name", f"tty{n}", BUSYBOX, "sh", "-c", NUMBERS)
        self.ok("run", "-d", "-i", "--name", "cat", BUSYBOX, "cat")
        self.ok("run", "-dit", "--name", "sh", BUSYBOX, "sh")
        self.ok("run", "-d", "--name", "idle", BUSYBOX, "sleep", "1000")
        self.ok("run", "-d", "--name", "ends", BUSYBOX, "sh", "-c", "sleep 2; echo bye; exit 42")
        pids = {name: self.engine.inspect(name, "State.Pid") for name in self.engine.names()}
        self.assertEqual(10, len(pids))
        ends = pids.pop("ends")
        for _ in range(3):
            before = self.numbers("count0")
            self.engine.kill9()
            for name, pid in pids.items():
                self.assertTrue(running(pid), name + " died with the engine")
            until(lambda: not running(ends), "the one that ends has ended", 30)
            self.engine.up()
            until(lambda: self.numbers("count0") > before, "the log goes on")
        self.assertEqual(set(pids), set(self.engine.names()))
        self.assertEqual(pids, {name: self.engine.inspect(name, "State.Pid") for name in pids})
        self.assertEqual(42, self.engine.inspect("ends", "State.ExitCode"))
        self.assertEqual("bye", self.ok("logs", "ends"))
        for name in ("count0", "count1", "count2", "count3", "tty0", "tty1"):
            self.numbers(name)
        follower = self.engine.start("logs", "-f", "--tail", "1", "count1")
        first, second = (int(follower.stdout.readline()) for _ in range(2))
        self.assertEqual(first + 1, second)
        follower.kill()
        follower.communicate()
        self.assertEqual("idle", self.ok("exec", "idle", "echo", "idle"))
        self.engine.type("cat", "after the crash\n")
        self.ok("stop", "-t", "0", *pids)
        self.assertEqual([], self.engine.names())
        for name in pids:
            self.assertEqual(137, self.engine.inspect(name, "State.ExitCode"), name)

    def test_output_written_while_no_engine_is_there(self):
        self.ok("run", "-d", "--name", "burst", BUSYBOX, "sh", "-c", "sleep 1; seq 1 5000; exit 3")
        pid = self.engine.inspect("burst", "State.Pid")
        self.engine.kill9()
        until(lambda: not running(pid), "burst has ended")
        self.engine.up()
        self.assertEqual(5000, self.numbers("burst"))
        self.assertEqual(3, self.engine.inspect("burst", "State.ExitCode"))

    def test_an_orderly_stop_leaves_containers_running(self):
        self.ok("run", "-d", "--name", "on", BUSYBOX, "sh", "-c", NUMBERS)
        pid = self.engine.inspect("on", "State.Pid")
        self.engine.felucca("down")
        self.assertTrue(running(pid))
        self.engine.up()
        self.assertEqual(pid, self.engine.inspect("on", "State.Pid"))
        self.numbers("on")

    def test_rm_option_is_honoured_after_a_crash(self):
        self.ok("run", "-d", "--rm", "--name", "short", BUSYBOX, "sleep", "0.5")
        pid = self.engine.inspect("short", "State.Pid")
        self.engine.kill9()
        until(lambda: not running(pid), "short has ended")
        self.engine.up()
        until(lambda: self.engine.names("-a") == [], "short is removed")


class Crashes(EngineTest):
    """The engine is killed at random points of everything; what it had answered holds, and nothing half-made is seen."""

    def test_seeded(self):
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        dice = random.Random(SEED)
        known = {}                                     # name -> running?, as the engine has answered
        for turn in range(ROUNDS):
            killer = threading.Timer(dice.uniform(0.0, 0.6), self.kill)
            unsure = set()
            killer.start()
            try:
                while killer.is_alive():
                    self.step(dice, known, unsure, turn)
            finally:
                killer.join()
            self.engine.up()
            self.check(known, unsure, turn)
        for name in list(known):
            self.ok("rm", "-f", name)

    def kill(self):
        self.engine.kill9()

    def step(self, dice, known, unsure, turn):
        verb = dice.choice(["create", "run", "start", "stop", "rm", "pull", "exec"])
        name = dice.choice(sorted(known)) if known else None
        if verb in ("create", "run"):
            name = f"c{turn}-{len(known)}-{dice.randrange(1000)}"
            words = ["run", "-d"] if verb == "run" else ["create"]
            words += ["--name", name, BUSYBOX, "sh", "-c", NUMBERS]
        elif verb == "pull":
            words = ["pull", "-q", LAYERS]
        elif name is None:
            return
        else:
            words = {"start": ["start", name], "stop": ["stop", "-t", "0", name], "rm": ["rm", "-f", name],
                     "exec": ["exec", name, "true"]}[verb]
        done = self.docker(*words).returncode == 0
        if verb in ("create", "run", "start", "stop", "rm"):
            if not done:
                unsure.add(name)
            elif verb == "rm":
                known.pop(name, None)
            else:
                known[name] = verb in ("run", "start")
        if verb == "pull":
            self.docker("rmi", LAYERS)

    def check(self, known, unsure, turn):
        there = json.loads("[" + ",".join(self.ok("ps", "-a", "--format", "{{json .}}").splitlines()) + "]")
        states = {container["Names"]: container["State"] for container in there}
        for name, on in known.items():
            if name in unsure:
                continue
            self.assertIn(name, states, f"turn {turn}: lost")
            self.assertEqual(on, states[name] == "running", f"turn {turn}: {name} is {states[name]}")
        for name, state in states.items():
            self.assertIn(state, ("created", "running", "exited"), f"turn {turn}: {name}")
            self.assertTrue(name in known or name in unsure, f"turn {turn}: {name} was never asked for")
            self.each_run_counts_up(self.docker("logs", name).stdout.split(), f"turn {turn}: {name}")
        known.clear()
        known.update({name: state == "running" for name, state in states.items()})
        self.assertEqual("", self.ok("images", "-q", "--filter", "dangling=true"))
        on = {name for name, running in known.items() if running}
        try:
            until(lambda: self.owners() <= on, "no process is an orphan")
        except AssertionError:
            raise AssertionError(f"turn {turn}: {self.owners()} run, {on} should")
        veths = subprocess.run(["ip", "-o", "link", "show", "type", "veth"], capture_output=True, text=True).stdout
        self.assertEqual(sum(known.values()), len(veths.splitlines()), f"turn {turn}: {veths}")

    def each_run_counts_up(self, lines, what):
        expected = 1
        for line in lines:
            self.assertIn(line, (str(expected), "1"), what + " lost or doubled a line")
            expected = int(line) + 1

    def owners(self):
        """Names of the containers whose first processes there are."""
        pids = {str(self.engine.inspect(name, "State.Pid")): name for name in self.engine.names()}
        found = set()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
                with open(f"/proc/{pid}/status") as file:
                    inside = re.search(r"^NSpid:.*\t(\d+)$", file.read(), re.M)
                with open(f"/proc/{pid}/mountinfo") as file:
                    ours = self.engine.home in file.read()
            except OSError:
                continue
            # A child on its way to its own program still looks like the shell.
            if ours and NUMBERS in words and inside and inside.group(1) == "1":
                found.add(pids.get(pid, "orphan " + pid))
        return found
