"""Networks made, joined, left and removed at random while the engine is killed: what was answered holds, and nothing is left behind.

FELUCCA_NETWORK_ROUNDS=200 is the whole of it, with FELUCCA_NETWORK_SEED=random (`seeds`).
"""
import json
import os
import random
import re
import time
import unittest

from engine import BUSYBOX, until
from networks import NetworkTest, ip, nft, table
from seeds import seed

ROUNDS = int(os.environ.get("FELUCCA_NETWORK_ROUNDS", "24"))
SEED = seed("FELUCCA_NETWORK_SEED")
KILLED = 0.25                                          # of all rounds
COMING = [f"s{n}" for n in range(4)]
KEPT = "kept"                                          # is there all the time, with room for five
CONTAINERS = [f"k{n}" for n in range(3)]


class State:
    """The networks there are, and those that each running container is in."""

    def __init__(self, networks, places):
        self.networks, self.places = frozenset(networks), {name: frozenset(of) for name, of in places.items()}

    def after(self, words):
        """What it is when these words were obeyed; None for the places that nobody foretells."""
        networks, places, (verb, *rest) = set(self.networks), dict(self.places), [word for word in words if word != "network"]
        if verb == "create":
            networks.add(rest[-1])
        elif verb == "run":
            places[rest[rest.index("--name") + 1]] = frozenset({rest[rest.index("--network") + 1]})
        elif verb == "connect":
            places[rest[1]] = places[rest[1]] | {rest[0]} if rest[1] in places else None
        elif verb == "disconnect":
            places[rest[1]] = places[rest[1]] - {rest[0]} if rest[1] in places else None
        elif verb == "restart":
            # One that has left all its networks comes back to its own, as with Docker.
            places[rest[-1]] = places.get(rest[-1]) or None
        elif words[0] == "network":
            networks.discard(rest[-1])
        else:
            places.pop(rest[-1], None)
        after = State(networks, {})
        after.places = places
        return after

    def differs(self, found):
        """In words, from what was found; empty when it does not."""
        known = {name: places for name, places in self.places.items() if places is not None}
        seen = {name: places for name, places in found.places.items() if name in known or name not in self.places}
        return "" if (self.networks, known) == (found.networks, seen) else f"{self} is not {found}"

    def __str__(self):
        return f"{sorted(self.networks)} {({name: places and sorted(places) for name, places in sorted(self.places.items())})}"


class NetworkStorm(NetworkTest):
    def words(self, dice):
        network, container = dice.choice(COMING), dice.choice(CONTAINERS)
        place = dice.choice([network, network, KEPT])
        return dice.choice((
            ["network", "create", "--ipv6", network],
            ["network", "create", network],
            ["run", "-d", "--name", container, "--network", place, "-p", "80", BUSYBOX, "sleep", "1000"],
            ["network", "connect", place, container],
            ["network", "disconnect", place, container],
            ["network", "rm", network],
            ["restart", "-t0", container],
            ["rm", "-f", container]))

    def state(self):
        running = self.ok("ps", "--format", "{{.Names}}").split()
        return State(self.ok("network", "ls", "--filter", "type=custom", "--format", "{{.Name}}").split(),
                     {name: set(self.places(name)) for name in running})

    def done(self, words, dice):
        """True, False when it was refused, None when the engine was killed meanwhile and nobody was told."""
        client = self.engine.start(*words)
        killed = dice.random() < KILLED
        if killed:
            time.sleep(dice.random() * 0.3)
            self.engine.kill9()
        client.communicate()
        if killed:
            self.engine.up()
        return True if client.returncode == 0 else None if killed else False

    def told(self):
        """Links and published ports as the engine tells them."""
        running = [self.engine.inspect(name) for name in self.ok("ps", "--format", "{{.Names}}").split()]
        return (sum(len(one["NetworkSettings"]["Networks"]) for one in running),
                len(self.ok("network", "ls", "-q", "--filter", "driver=bridge").split()),
                sorted({binding["HostPort"] for one in running for some in one["NetworkSettings"]["Ports"].values() for binding in some or []}))

    def there(self):
        """And as the kernel does."""
        mine = table().split()[-1]  # other tests' engines and a dockerd may have left theirs in the run's namespace
        links = [ip("-o", "link", "show", "type", kind).count(f"alias {mine}:") for kind in ("veth", "bridge")]
        ports = set(re.findall(r"tcp \. (\d+) :", nft("list", *table().split())))
        return (*links, sorted(ports))

    def agrees(self):
        seen = []

        def agree():
            seen[:] = [self.there(), self.told()]          # both anew: what was told to end ends when it gets to it
            return seen[0] == seen[1]
        try:
            until(agree, "")
        except AssertionError:
            raise AssertionError("links, bridges and ports are {}, the engine says {}".format(*seen)) from None
        for name in self.ok("network", "ls", "--filter", "type=custom", "--format", "{{.Name}}").split():
            inside = set(self.network(name)["Containers"])
            self.assertEqual({self.engine.inspect(one, "Id") for one, places in self.state().places.items() if name in places}, inside, name)

    def test_what_is_answered_holds_and_nothing_is_left(self):
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        dice = random.Random(SEED)
        self.ok("network", "create", "--subnet", "10.77.0.0/29", KEPT)
        before = (len(ip("-o", "link").splitlines()), nft("list", "ruleset"))
        state = self.state()
        for number in range(ROUNDS):
            words = self.words(dice)
            done = self.done(words, dice)
            found = self.state()
            allowed = [state.after(words)] if done else [state] if done is False else [state, state.after(words)]
            if words[0] == "restart" and not done:
                allowed.append(State(state.networks, {name: of for name, of in state.places.items() if name != words[-1]}))
                allowed.append(state.after(words))
            try:
                self.assertIn("", [one.differs(found) for one in allowed])
                self.agrees()
                state = self.state()                   # what a crash cut in two may have been finished since
                self.assertIn("", [one.differs(state) for one in allowed])
            except AssertionError as fault:
                raise AssertionError(f"seed {SEED}, round {number}: {' '.join(words)}: done is {done}: {fault}") from fault
        for one in self.ok("ps", "-aq").split():
            self.ok("rm", "-f", one)
        for name in self.state().networks - {KEPT}:
            self.ok("network", "rm", name)
        until(lambda: len(ip("-o", "link").splitlines()) == before[0], "no link is left: " + ip("-o", "link"))
        until(lambda: nft("list", "ruleset") == before[1], "no rule is left")
        # Every address of it that was ever given is to be had again.
        for n in range(5):
            self.ok("run", "-d", "--name", f"full{n}", "--network", KEPT, BUSYBOX, "sleep", "1000")
        self.refused("run", "--rm", "--network", KEPT, BUSYBOX, "true", code=125, says="no available IPv4 addresses")


if __name__ == "__main__":
    unittest.main()
