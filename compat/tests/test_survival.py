"""Containers, output and exit codes when the engine is killed."""
import shutil
import subprocess

from engine import BUSYBOX, Engine, EngineTest, running, until

NUMBERS = "n=0; while :; do n=$((n+1)); echo $n; usleep 10000; done"


def traces_of_networks():
    """All links but those of the moment, and all tables."""
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
    return sorted(line.split()[1] for line in links.splitlines()), tables


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
        attached = self.engine.start("attach", "--no-stdin", "count2")
        first, second = (int(attached.stdout.readline()) for _ in range(2))
        self.assertEqual(first + 1, second)
        attached.kill()
        attached.communicate()
        self.assertEqual("idle", self.ok("exec", "idle", "echo", "idle"))
        self.assertIn("/dev/pts/", self.ok("exec", "sh", "readlink", "/proc/1/fd/0"))
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
        until(lambda: self.engine.inspect("burst", "State.Status") == "exited", "its end is found")
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

    def test_down_with_containers_stops_them_first(self):
        for name in ("one", "two"):
            self.ok("run", "-d", "--name", name, BUSYBOX, "sh", "-c", "trap 'exit 4' TERM; while :; do sleep 0.1; done")
        self.engine.felucca("down", "--containers")
        self.engine.up()
        self.assertEqual(["exited 4"] * 2, [self.ok("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name).strip()
                                            for name in ("one", "two")])

    def test_purge_leaves_nothing_on_the_host(self):
        engine = Engine("purge")
        self.addCleanup(engine.felucca, "purge", "--containers")
        before = traces_of_networks()
        engine.up()
        engine.ok("pull", "-q", BUSYBOX)
        engine.ok("network", "create", "own")
        engine.ok("run", "-d", "--name", "one", "--network", "own", "-p", "127.0.0.1::80", BUSYBOX, "sleep", "1000")
        refused = engine.felucca("purge", check=False)
        self.assertIn("containers run", refused.stderr)
        self.assertEqual(1, refused.returncode)
        self.assertEqual(["one"], engine.names())
        engine.felucca("purge", "--containers")
        self.assertEqual(before, traces_of_networks())
        self.assertEqual([], engine.leftovers())
        self.assertEqual(3, engine.felucca("status", check=False).returncode)
        # Its folders are as they were: it may come again after all.
        engine.up()
        engine.ok("start", "one")
        self.assertEqual(["own"], list(engine.inspect("one", "NetworkSettings.Networks")))
        # The folders are gone, and nobody has stopped anything before: what is on the host is still known by them.
        engine.kill9()
        shutil.rmtree(engine.data)
        engine.felucca("purge")
        self.assertEqual(before, traces_of_networks())
        until(lambda: engine.leftovers() == [], "the container that nobody knows any more is gone")

    def test_rm_option_is_honoured_after_a_crash(self):
        volumes = self.ok("volume", "ls", "-q")
        self.ok("run", "-d", "--rm", "--name", "short", "-v", "/anonymous", BUSYBOX, "sleep", "0.5")
        pid = self.engine.inspect("short", "State.Pid")
        self.engine.kill9()
        until(lambda: not running(pid), "short has ended")
        self.engine.up()
        until(lambda: self.engine.names("-a") == [], "short is removed")
        until(lambda: self.ok("volume", "ls", "-q") == volumes, "its volume is, too")

    def test_a_policy_goes_on_where_the_engine_was_killed_in_its_pause(self):
        self.addCleanup(self.ok, "volume", "rm", "lives")
        self.addCleanup(self.ok, "rm", "-f", "again")
        self.ok("run", "-d", "--restart", "always", "--name", "again", "-v", "lives:/lives", BUSYBOX, "sh", "-c", "echo a life >> /lives/n; exit 3")
        lives = lambda: len(self.ok("run", "--rm", "--network", "none", "-v", "lives:/lives", BUSYBOX, "cat", "/lives/n").splitlines())
        # From the third on the pauses are long enough that a kill comes into one.
        until(lambda: self.engine.inspect("again", "RestartCount") >= 3 and self.engine.inspect("again", "State.Restarting"), "it is between two lives")
        before = lives()
        self.engine.kill9()
        self.engine.up()
        until(lambda: lives() > before, "it lives again")

    def test_restart_policies_hold_for_what_ended_meanwhile(self):
        ended = "sleep 2; exit 3"
        for name, policy in {"always": "always", "unless": "unless-stopped", "failure": "on-failure", "never": "no"}.items():
            self.ok("run", "-d", "--restart", policy, "--name", name, BUSYBOX, "sh", "-c", "test -e /again && sleep 1000; touch /again; " + ended)
        self.ok("run", "-d", "--restart", "unless-stopped", "--name", "stopped", BUSYBOX, "sleep", "1000")
        self.ok("stop", "-t", "0", "stopped")
        pid = self.engine.inspect("never", "State.Pid")
        self.engine.kill9()
        until(lambda: not running(pid), "they have ended")
        self.engine.up()
        until(lambda: {"always", "unless", "failure"} == set(self.engine.names()), "those with a policy run again")
        self.assertEqual(3, self.engine.inspect("never", "State.ExitCode"))
        self.assertEqual("exited", self.engine.inspect("stopped", "State.Status"))
