"""How containers live on: health checks, restart policies, and what an engine that dies leaves to the next."""
import datetime
import os
import signal

from engine import BUSYBOX, EngineTest, running, until

QUICK = ("--health-interval", "100ms", "--health-timeout", "2s", "--health-retries", "2")


class Life(EngineTest):
    def status(self, name):
        return self.ok("ps", "-a", "--filter", f"name=^{name}$", "--format", "{{.Status}}")

    def health(self, name):
        return self.engine.inspect(name, "State.Health")

    def events(self, since, *filters):
        words = [word for one in filters for word in ("--filter", one)]
        until_now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        out = self.ok("events", "--since", since, "--until", until_now, *words, "--format", "{{.Action}}")
        return out.splitlines()

    @staticmethod
    def now():
        return datetime.datetime.now(datetime.timezone.utc).isoformat()

    def test_health_follows_the_check(self):
        since = self.now()
        self.ok("run", "-d", "--name", "hh", "--health-cmd", "cat /ok && echo fine", *QUICK, BUSYBOX, "sleep", "1000")
        self.assertRegex(self.status("hh"), r"^Up .* \(health: starting\)$")
        until(lambda: self.health("hh")["Status"] == "unhealthy", "no /ok: unhealthy")
        self.assertRegex(self.status("hh"), r"\(unhealthy\)$")
        self.assertGreaterEqual(self.health("hh")["FailingStreak"], 2)
        self.assertIn("No such file", self.health("hh")["Log"][0]["Output"])
        self.assertEqual(["hh"], self.engine.names("--filter", "health=unhealthy"))
        self.ok("exec", "hh", "touch", "/ok")
        until(lambda: self.health("hh")["Status"] == "healthy", "with /ok: healthy")
        self.assertRegex(self.status("hh"), r"\(healthy\)$")
        until(lambda: [p["ExitCode"] for p in self.health("hh")["Log"]] == [0] * 5, "five good checks in the log")
        self.assertEqual("fine\n", self.health("hh")["Log"][-1]["Output"])
        told = self.events(since, "container=hh")
        self.assertEqual(["health_status: unhealthy", "health_status: healthy"], [e for e in told if e.startswith("health")])
        self.assertIn("exec_create: /bin/sh -c cat /ok && echo fine", told)
        self.ok("stop", "-t", "0", "hh")
        self.assertEqual("unhealthy", self.health("hh")["Status"])

    def test_health_hangs_and_is_killed(self):
        self.ok("run", "-d", "--name", "hang", "--health-cmd", "echo begun; sleep 4242", "--health-interval", "100ms",
                "--health-timeout", "300ms", "--health-retries", "1", BUSYBOX, "sleep", "1000")
        until(lambda: self.health("hang")["Status"] == "unhealthy", "unhealthy")
        probe = self.health("hang")["Log"][0]
        self.assertEqual((-1, "Health check exceeded timeout (300ms): begun\n"), (probe["ExitCode"], probe["Output"]))
        until(lambda: self.health("hang")["FailingStreak"] > 3, "the next checks come")
        sleeping = self.ok("top", "hang", "-o", "pid,args").count("4242")
        self.assertLessEqual(sleeping, 2, "killed checks do not pile up")
        self.ok("stop", "-t", "0", "hang")

    def test_health_of_the_image(self):
        self.ok("create", "--name", "base", BUSYBOX, "true")
        self.ok("commit", "--change", 'HEALTHCHECK --interval=100ms CMD ["echo", "from the image"]', "base", "checked")
        self.ok("run", "-d", "--name", "ii", "checked", "sleep", "1000")
        until(lambda: self.health("ii")["Status"] == "healthy", "the image's check runs")
        self.assertEqual("from the image\n", self.health("ii")["Log"][0]["Output"])
        self.ok("run", "-d", "--name", "no", "--no-healthcheck", "checked", "sleep", "1000")
        self.assertNotIn("Health", self.engine.inspect("no", "State"))
        self.assertNotIn("(", self.status("no"))
        self.ok("run", "-d", "--name", "own", "--health-cmd", "echo mine", "checked", "sleep", "1000")
        until(lambda: self.health("own")["Log"], "own check at the image's interval")
        self.assertEqual("mine\n", self.health("own")["Log"][0]["Output"])
        self.ok("rm", "-f", "base", "ii", "no", "own")
        self.ok("rmi", "checked")

    def test_health_in_the_start_period(self):
        self.ok("run", "-d", "--name", "ss", "--health-cmd", "test -e /ok", "--health-interval", "1h", "--health-retries", "1",
                "--health-start-period", "1h", "--health-start-interval", "100ms", BUSYBOX, "sleep", "1000")
        until(lambda: len(self.health("ss")["Log"]) == 5, "checked at the start interval")
        self.assertEqual(("starting", 0), (self.health("ss")["Status"], self.health("ss")["FailingStreak"]))
        self.ok("exec", "ss", "touch", "/ok")
        until(lambda: self.health("ss")["Status"] == "healthy", "healthy within the start period")

    def test_health_refuses_what_docker_refuses(self):
        self.refused("run", "--health-cmd", "true", "--health-interval", "10us", BUSYBOX, "true", code=125,
                     says="Interval in Healthcheck cannot be less than 1ms")
        self.refused("run", "--health-cmd", "true", "--no-healthcheck", BUSYBOX, "true", code=125,
                     says="--no-healthcheck conflicts with --health-* options")

    def test_health_survives_the_engine(self):
        self.ok("run", "-d", "--name", "hk", "--health-cmd", "echo >> /n; wc -l < /n", *QUICK, BUSYBOX, "sleep", "1000")
        until(lambda: self.health("hk")["Status"] == "healthy", "healthy")
        self.engine.kill9()
        self.engine.up()
        self.assertEqual("healthy", self.health("hk")["Status"])
        def count():
            return int(self.ok("exec", "hk", "sh", "-c", "wc -l < /n"))
        before = count()
        until(lambda: count() > before + 1, "checks go on")

    def test_restarts_on_failure_are_counted(self):
        self.ok("run", "-d", "--name", "ff", "--restart", "on-failure:3", BUSYBOX, "sh", "-c", "echo x; exit 5")
        until(lambda: self.engine.inspect("ff", "State.Status") == "exited", "gives up")
        self.assertEqual(3, self.engine.inspect("ff", "RestartCount"))
        self.assertEqual(4, self.ok("logs", "ff").count("x"))
        self.assertEqual("5", self.ok("wait", "ff"))
        self.ok("run", "-d", "--name", "fine", "--restart", "on-failure", BUSYBOX, "true")
        until(lambda: self.engine.inspect("fine", "State.Status") == "exited", "a success ends it")
        self.assertEqual(0, self.engine.inspect("fine", "RestartCount"))

    def test_restarts_wait_longer_each_time(self):
        since = self.now()
        self.ok("run", "-d", "--name", "bb", "--restart", "always", BUSYBOX, "true")
        until(lambda: self.engine.inspect("bb", "RestartCount") >= 5, "five restarts")
        self.assertRegex(self.status("bb"), r"^(Restarting \(0\)|Up)")
        self.ok("stop", "bb")
        out = self.ok("events", "--since", since, "--until", self.now(), "--filter", "container=bb", "--filter", "event=start",
                      "--filter", "event=die", "--format", "{{.Action}} {{.TimeNano}}")
        times = [line.split() for line in out.splitlines()]
        gaps = [(int(times[n + 1][1]) - int(times[n][1])) / 1e9 for n in range(1, 9, 2)]
        for gap, least in zip(gaps, (0.1, 0.2, 0.4, 0.8)):
            self.assertGreaterEqual(gap, least)
        self.assertEqual("exited", self.engine.inspect("bb", "State.Status"))
        self.ok("start", "bb")
        self.assertLessEqual(self.engine.inspect("bb", "RestartCount"), 1, "a start by hand counts anew")

    def test_policies_across_engines(self):
        def run(name, policy, *words):
            self.ok("run", "-d", "--name", name, "--restart", policy, BUSYBOX, *(words or ("sleep", "1000")))
        run("always", "always")
        run("unless", "unless-stopped")
        run("stopped", "unless-stopped")
        run("on", "on-failure:2", "sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.05; done")
        run("no", "no")
        run("hand", "always")
        self.ok("stop", "-t", "0", "stopped", "hand")
        pids = {name: self.engine.inspect(name, "State.Pid") for name in ("always", "unless", "on", "no")}
        self.engine.kill9()
        for name, pid in pids.items():
            os.kill(pid, signal.SIGTERM if name == "on" else signal.SIGKILL)
        until(lambda: not any(map(running, pids.values())), "all ended while no engine was there")
        self.engine.up()
        until(lambda: set(self.engine.names()) == {"always", "unless", "on", "hand"}, "what is to run runs")
        self.assertEqual(137, self.engine.inspect("no", "State.ExitCode"))
        self.assertEqual("exited", self.engine.inspect("stopped", "State.Status"))

    def test_start_order_does_not_matter(self):
        self.ok("run", "-d", "--name", "zz", "--restart", "always", "--ipc", "shareable", BUSYBOX, "sleep", "1000")
        self.ok("run", "-d", "--name", "aa", "--restart", "always", "--network", "container:zz", "--pid", "container:zz",
                BUSYBOX, "sleep", "1000")
        pids = [self.engine.inspect(name, "State.Pid") for name in ("aa", "zz")]
        self.engine.kill9()
        for pid in pids:
            if running(pid):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(running, pids)), "both ended")
        self.engine.up()
        def together():
            a, z = (self.engine.inspect(name, "State.Pid") for name in ("aa", "zz"))
            try:
                return a and z and os.readlink(f"/proc/{z}/ns/net") == os.readlink(f"/proc/{a}/ns/net")
            except FileNotFoundError:
                return False
        until(together, "both run again, the one in the other's network")

    def test_top_with_ps_words(self):
        self.ok("run", "-d", "--name", "tt", BUSYBOX, "sleep", "1234")
        self.assertIn("sleep 1234", self.ok("top", "tt"))
        self.assertEqual(["PID", "COMMAND"], self.ok("top", "tt", "-o", "pid,args").splitlines()[0].split())
        self.assertIn("%MEM", self.ok("top", "tt", "aux").splitlines()[0])
        self.refused("top", "tt", "-o", "nosuchcolumn")
        self.refused("top", "tt", "-o", "args", says="Couldn't find PID field in ps output")
        self.ok("stop", "-t", "0", "tt")
        self.refused("top", "tt", says="is not running")

    def test_pause_holds_and_rename_keeps(self):
        self.ok("run", "-d", "--name", "pp", BUSYBOX, "sh", "-c", "while :; do date +%s%N >> /t; usleep 20000; done")
        self.ok("pause", "pp")
        self.assertRegex(self.status("pp"), r"\(Paused\)$")
        self.refused("pause", "pp", says="is already paused")
        self.refused("exec", "pp", "true", says="is paused, unpause the container before exec")
        self.ok("rename", "pp", "qq")
        self.engine.kill9()
        self.engine.up()
        self.assertRegex(self.status("qq"), r"\(Paused\)$")
        self.ok("unpause", "qq")
        self.refused("unpause", "qq", says="is not paused")
        self.refused("rename", "qq", "qq")
        self.ok("pause", "qq")
        self.ok("stop", "-t", "0", "qq")
        self.assertRegex(self.status("qq"), r"^Exited \(137\)")

    def test_rm_after_an_engine_that_died_and_one_that_waits(self):
        self.ok("run", "-d", "--rm", "--name", "short", BUSYBOX, "sh", "-c", "sleep 0.5; exit 3")
        waiter = self.engine.start("wait", "short")
        self.assertEqual("3", waiter.communicate(timeout=20)[0].strip())
        until(lambda: self.engine.names("-a") == [], "removed")
