"""Requests that contradict each other, at the same time: each is answered as if one had come before the other, and nothing is left half made.

FELUCCA_RACE_ROUNDS tells how often (50 is much of it, with FELUCCA_RACE_SEED=random; see `seeds`). A seed repeats the choices, though not the moments.
"""
import json
import os
import random
import re
import threading
import urllib.parse

import holdings
from api_answers import Unix
from api_schema import Schema
from engine import BUSYBOX, PATIENCE, REGISTRY, EngineTest, until
from seeds import seed

ROUNDS = int(os.environ.get("FELUCCA_RACE_ROUNDS", "3"))
SEED = seed("FELUCCA_RACE_SEED")
SLEEPER = {"Image": BUSYBOX, "Cmd": ["sleep", "1000"], "StopSignal": "KILL", "HostConfig": {"NetworkMode": "none"}}
FILTERS = urllib.parse.quote('{"all":["1"]}')
# A 500 of Docker's, too.
FAILS = r"Container \w+ is not paused"


class Races(EngineTest):
    def setUp(self):
        self.dice = random.Random(SEED)
        self.schema = Schema.load()
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)

    # ---- asking ----------------------------------------------------------------------------------------------------------

    def ask(self, method, path, body=None):
        connection = Unix(self.engine.socket, 60 * PATIENCE)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {} if body is None else {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        finally:
            connection.close()

    def together(self, *requests):
        """The answers of requests that are made at once, none of which may be one that the file has not."""
        answers, gate = [None] * len(requests), threading.Barrier(len(requests))

        def one(n):
            gate.wait()
            try:
                answers[n] = self.ask(*requests[n])
            except Exception as trouble:
                answers[n] = (0, repr(trouble))
        threads = [threading.Thread(target=one, args=(n,)) for n in range(len(requests))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = "\n".join(f"{request[:2]} -> {status} {text[:300]!r}" for request, (status, text) in zip(requests, answers))
        for (method, path, *_), (status, text) in zip(requests, answers):
            self.assertNotEqual(0, status, told)
            name, operation = self.schema.operation(method, path.partition("?")[0])
            where = f"{method} {name} {status}"
            self.assertTrue(str(status) in operation["responses"] or self.schema.excused("status", where), f"{where} is not of the file\n{told}")
            if status >= 400:
                message = json.loads(text)["message"]
                self.assertTrue(status != 500 or re.search(FAILS, message), told)
                self.assertIsNone(re.search(r"\n|Exception|dev\.felucca|java\.", message), told)
        self.last = told
        return [status for status, _ in answers]

    def made(self, name, body=SLEEPER, start=False):
        self.assertEqual(201, self.ask("POST", f"/containers/create?name={name}", body)[0])
        if start:
            self.assertEqual(204, self.ask("POST", f"/containers/{name}/start")[0])

    def nothing_is_left(self):
        """No container, and nothing of one; nor a network or volume."""
        self.assertEqual([], json.loads(self.ask("GET", "/containers/json?all=1")[1]), self.last)
        found = json.loads(self.ask("GET", "/networks")[1])
        self.assertEqual({"bridge", "host", "none"}, {network["Name"] for network in found}, self.last)
        self.assertEqual([], json.loads(self.ask("GET", "/volumes")[1])["Volumes"], self.last)
        own = f"process {self.engine.pid()} "
        left = [None]

        def nothing():
            left[0] = [one for one in self.engine.leftovers() if not one.startswith(own)] + os.listdir(self.engine.data + "/containers")
            return not left[0]
        try:
            until(nothing, "")
        except AssertionError:
            raise AssertionError(f"{left[0]} is left of a container\n{self.last}") from None

    def tearDown(self):
        for container in json.loads(self.ask("GET", "/containers/json?all=1")[1]):
            self.ask("DELETE", f"/containers/{container['Id']}?force=1&v=1")
        self.ask("POST", "/networks/prune")
        self.ask("POST", f"/volumes/prune?filters={FILTERS}")

    # ---- races -----------------------------------------------------------------------------------------------------------

    def race_creates_of_one_name(self):
        statuses = self.together(*[("POST", "/containers/create?name=one", SLEEPER)] * 6)
        self.assertEqual([201] + [409] * 5, sorted(statuses), self.last)
        self.assertEqual(204, self.ask("DELETE", "/containers/one")[0])

    def race_removals(self):
        self.made("one", start=self.dice.random() < 0.5)
        statuses = self.together(*[("DELETE", "/containers/one?force=1&v=1")] * 5)
        self.assertIn(204, statuses, self.last)
        self.assertLessEqual(set(statuses), {204, 404, 409}, self.last)

    def race_start_and_removal(self):
        self.made("one")
        force = self.dice.choice(["", "?force=1"])
        calls = [("POST", "/containers/one/start"), ("DELETE", f"/containers/one{force}"), ("POST", "/containers/one/start")]
        self.dice.shuffle(calls)
        self.together(*calls)
        if force:
            self.assertEqual(404, self.ask("GET", "/containers/one/json")[0], self.last)
        self.ask("DELETE", "/containers/one?force=1")

    def race_everything_on_one(self):
        self.made("one", start=True)
        words = ["start", "stop?t=0", "restart?t=0", "kill", "pause", "unpause", "kill?signal=HUP", "resize?h=5&w=5", "rename?name=two", "rename?name=one"]
        calls = [("POST", "/containers/one/" + self.dice.choice(words)) for _ in range(6)]
        calls += [("POST", "/containers/one/exec", {"Cmd": ["true"]}), ("POST", "/containers/one/update", {"CpuShares": 100}), ("GET", "/containers/one/top"),
                  ("GET", "/containers/one/stats?stream=0&one-shot=1"), ("GET", "/containers/one/archive?path=/etc"), ("GET", "/containers/one/changes"),
                  ("POST", "/commit?container=one&repo=raced", {})]
        self.together(*self.dice.sample(calls, 8))
        for name in ("one", "two"):
            status, text = self.ask("DELETE", f"/containers/{name}?force=1")
            self.assertIn(status, (204, 404), f"{text}\n{self.last}")
        self.ask("DELETE", "/images/raced?force=1")

    def race_renames(self):
        self.made("one")
        self.made("two")
        statuses = self.together(("POST", "/containers/one/rename?name=three"), ("POST", "/containers/two/rename?name=three"),
                                 ("POST", "/containers/create?name=three", SLEEPER), ("POST", "/containers/one/rename?name=two"))
        self.assertLessEqual(set(statuses), {204, 201, 404, 409}, self.last)
        names = [container["Names"] for container in json.loads(self.ask("GET", "/containers/json?all=1")[1])]
        self.assertEqual(len(names), len({name for name, in names}), f"{names}\n{self.last}")
        for name, in names:
            self.assertEqual(204, self.ask("DELETE", "/containers" + name)[0], self.last)

    def race_connect_and_start(self):
        self.assertEqual(201, self.ask("POST", "/networks/create", {"Name": "net"})[0])
        self.made("one", dict(SLEEPER, HostConfig={}), start=self.dice.random() < 0.3)
        calls = [("POST", "/containers/one/start"), ("POST", "/networks/net/connect", {"Container": "one"}), ("POST", "/networks/net/connect", {"Container": "one"}),
                 ("POST", "/networks/net/disconnect", {"Container": "one", "Force": True}), ("POST", "/containers/one/stop?t=0"), ("DELETE", "/networks/net")]
        self.dice.shuffle(calls)
        self.together(*calls)
        status, text = self.ask("DELETE", "/containers/one?force=1")
        self.assertEqual(204, status, f"{text}\n{self.last}")
        self.assertIn(self.ask("DELETE", "/networks/net")[0], (204, 404), self.last)

    def race_networks_of_one_name(self):
        statuses = self.together(*[("POST", "/networks/create", {"Name": "net"})] * 4, ("POST", "/networks/prune"))
        self.assertEqual(1, statuses.count(201) if 200 not in statuses[4:] else min(1, statuses.count(201)), self.last)
        self.together(*[("DELETE", "/networks/net")] * 3)

    def race_volumes(self):
        mounted = dict(SLEEPER, HostConfig={"NetworkMode": "none", "Binds": ["vol:/v"]})
        self.together(("POST", "/volumes/create", {"Name": "vol"}), ("POST", f"/volumes/prune?filters={FILTERS}"), ("DELETE", "/volumes/vol"),
                      ("POST", "/containers/create?name=one", mounted), ("POST", "/volumes/create", {"Name": "vol"}))
        if self.ask("GET", "/containers/one/json")[0] == 200:
            # Its volume is there with it, or made again.
            status, text = self.ask("POST", "/containers/one/start")
            self.assertEqual(204, status, f"{text}\n{self.last}")
            self.assertEqual(409, self.ask("DELETE", "/volumes/vol")[0], self.last)
        self.ask("DELETE", "/containers/one?force=1")
        self.ask("DELETE", "/volumes/vol")

    def race_prune_and_images(self):
        image = f"{REGISTRY}/library/busybox"
        prune = ("POST", "/images/prune?filters=" + urllib.parse.quote('{"dangling":["false"]}'))
        self.together(("POST", f"/images/create?fromImage={image}&tag=latest"), prune, ("DELETE", f"/images/{BUSYBOX}?force=1"),
                      ("POST", "/containers/create?name=one", SLEEPER), ("POST", f"/images/{BUSYBOX}/tag?repo=raced"), ("POST", "/containers/prune"))
        self.ok("pull", "-q", BUSYBOX)
        if self.ask("GET", "/containers/one/json")[0] == 200:
            status, text = self.ask("POST", "/containers/one/start")
            self.assertEqual(204, status, f"{text}\n{self.last}")
            self.together(("POST", "/commit?container=one&repo=raced", {}), prune, ("DELETE", "/images/raced?force=1"), ("POST", "/containers/prune"),
                          ("GET", f"/images/get?names={BUSYBOX}"), ("DELETE", "/containers/one?force=1"))
        self.ask("DELETE", "/containers/one?force=1")
        self.ask("DELETE", "/images/raced?force=1")
        self.ok("pull", "-q", BUSYBOX)
        self.made("one", start=True)                          # the image is whole
        self.ask("DELETE", "/containers/one?force=1")

    def test_who_comes_first_is_served_and_the_others_are_told(self):
        races = [getattr(self, name) for name in dir(self) if name.startswith("race_")]
        before = None
        for turn in range(ROUNDS + 1):
            for race in races:
                try:
                    race()
                    self.nothing_is_left()
                except Exception as trouble:
                    raise AssertionError(f"seed {SEED}, round {turn}, {race.__name__}: {trouble}") from trouble
            if turn == 0:
                before = holdings.of(self.engine.pid())       # what is loaded once is
        holdings.no_more_than(before, self.engine.pid(), f"races, seed {SEED},", spare=ROUNDS - 1)
