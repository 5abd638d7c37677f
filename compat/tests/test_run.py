"""Containers as the docker CLI starts, shows and ends them."""
import json
import os
import signal
import socket
import subprocess
import time
import unittest

from engine import BUSYBOX, EngineTest, until


class Run(EngineTest):
    def test_what_else_is_missing_is_not_taken_for_the_image(self):
        for option in (("--network", "nosuch"), ("--network", "container:nosuch"), ("--volumes-from", "nosuch"),
                       ("--pid", "container:nosuch"), ("--ipc", "container:nosuch"), ("--link", "nosuch")):
            said = self.refused("run", *option, BUSYBOX, "true", code=125, says="nosuch")
            self.assertNotIn("Unable to find image", said.stderr)
        # As with Docker the network may come later.
        self.ok("create", "--name", "early", "--network", "later", BUSYBOX, "true")
        self.refused("start", "early", says="network later not found")
        self.ok("network", "create", "later")
        self.ok("start", "-a", "early")
        self.ok("rm", "early")
        self.ok("network", "rm", "later")

    def test_prints_and_ends(self):
        self.assertEqual("Hello world", self.ok("run", "--rm", BUSYBOX, "/bin/echo", "Hello world"))
        self.assertEqual("", self.ok("ps", "-aq"))

    def test_exit_codes_are_the_programs(self):
        for code in (0, 1, 7, 255):
            self.refused("run", "--rm", BUSYBOX, "sh", "-c", f"exit {code}", code=code)

    def test_missing_program_is_127(self):
        self.refused("run", BUSYBOX, "nosuchprogram", code=127, says="executable file not found in $PATH")
        self.assertPattern(r"Created", self.ok("ps", "-a", "--format", "{{.Status}}"))
        self.refused("run", "--rm", BUSYBOX, "/no/such", code=127, says="no such file or directory")

    def test_program_that_is_not_executable_is_126(self):
        self.refused("run", "--rm", BUSYBOX, "/etc/passwd", code=126, says="permission denied")
        self.refused("run", "--rm", BUSYBOX, "/etc", code=126)

    def test_stdout_and_stderr_stay_apart(self):
        result = self.docker("run", "--rm", BUSYBOX, "sh", "-c", "echo out; echo err >&2")
        self.assertEqual(("out\n", "err\n"), (result.stdout, result.stderr))

    def test_input_is_read_to_its_end(self):
        self.assertEqual("3", self.ok("run", "--rm", "-i", BUSYBOX, "wc", "-l", input="a\nb\nc\n").strip())
        big = "x" * 1023 + "\n"
        self.assertEqual(str(8 << 20), self.ok("run", "--rm", "-i", BUSYBOX, "wc", "-c", input=big * 8192).strip())

    def test_much_output_arrives_whole(self):
        out = self.docker("run", "--rm", BUSYBOX, "sh", "-c", "seq 1 200000", timeout=60).stdout
        self.assertEqual([str(n) for n in range(1, 200001)], out.split())

    def test_a_slow_reader_gets_all(self):
        words = " ".join(self.engine.words("run", "--rm", BUSYBOX, "seq", "1", "200000"))
        slow = subprocess.run(["sh", "-c", words + " | (sleep 1; wc -c)"], capture_output=True, text=True, timeout=60)
        self.assertEqual("1288895", slow.stdout.strip(), slow.stderr)

    def test_input_that_is_not_read_is_no_error(self):
        much = "x" * (1 << 20)
        self.ok("run", "-d", "--name", "reader", BUSYBOX, "sleep", "1000")
        for words in (("exec", "-i", "reader"), ("run", "--rm", "-i", BUSYBOX)):
            for _ in range(5):
                self.assertEqual("xxxxx", self.ok(*words, "head", "-c", "5", input=much))

    def test_without_input_reads_end_of_file(self):
        self.assertEqual("0", self.ok("run", "--rm", BUSYBOX, "wc", "-c").strip())

    def test_detached_life(self):
        name = self.ok("run", "-d", "--name", "loop", BUSYBOX, "sh", "-c", "while true; do echo hello; sleep 0.1; done")
        self.assertRegex(name, "^[0-9a-f]{64}$")
        self.assertPattern(r"loop", self.ok("ps"))
        self.assertPattern(r"^Up ", self.ok("ps", "--format", "{{.Status}}"))
        until(lambda: "hello" in self.ok("logs", "loop"), "the loop's output is in its log")
        self.ok("stop", "-t", "1", "loop")
        self.assertPattern(r"^Exited \(137\)", self.ok("ps", "-a", "--format", "{{.Status}}"))
        self.ok("start", "loop")
        self.ok("restart", "-t", "0", "loop")
        self.assertEqual(["loop"], self.engine.names())
        self.refused("rm", "loop", says="container is running")
        self.ok("rm", "-f", "loop")
        self.assertEqual([], self.engine.names("-a"))

    def test_stop_sends_term_first(self):
        self.ok("run", "-d", "--name", "tt", BUSYBOX, "sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.05; done")
        self.ok("stop", "-t", "20", "tt")
        self.assertPattern(r"^Exited \(3\)", self.ok("ps", "-a", "--format", "{{.Status}}"))

    def test_term_on_a_program_that_dies_of_it_is_143(self):
        self.ok("run", "-d", "--init=false", "--name", "tt", BUSYBOX, "sh", "-c",
                "trap 'trap - TERM; kill -TERM 0' INT; sleep 100 & wait")
        self.ok("run", "-d", "--name", "uu", "--pid", "host", BUSYBOX, "sleep", "100")
        self.ok("stop", "uu")
        self.assertPattern(r"^Exited \(143\)", self.ok("ps", "-a", "--filter", "name=uu", "--format", "{{.Status}}"))

    def test_kill_with_a_signal(self):
        self.ok("run", "-d", "--name", "kk", BUSYBOX, "sh", "-c", "trap 'echo hup; exit 4' HUP; while :; do sleep 0.05; done")
        self.ok("kill", "-s", "HUP", "kk")
        self.assertEqual("4", self.ok("wait", "kk"))
        self.refused("kill", "kk", says="is not running")

    def test_wait_prints_the_code(self):
        self.ok("run", "-d", "--name", "ww", BUSYBOX, "sh", "-c", "sleep 0.3; exit 9")
        self.assertEqual("9", self.ok("wait", "ww"))
        self.assertEqual("9", self.ok("wait", "ww"))

    def test_wait_hears_of_an_end_that_is_no_last_one(self):
        self.ok("run", "-d", "--name", "ww", "--restart", "always", BUSYBOX, "sh", "-c", "sleep 0.3; exit 9")
        self.assertEqual("9", self.ok("wait", "ww"))
        self.refused("rm", "ww", says="stop the container before removing")
        self.ok("stop", "-t", "0", "ww")
        self.assertPattern("Exited", self.ok("ps", "-a", "--filter", "name=ww", "--format", "{{.Status}}"))

    def test_prune_takes_what_does_not_run(self):
        self.ok("run", "--name", "ended", "--label", "a=1", BUSYBOX, "sh", "-c", "echo much > /x")
        self.ok("create", "--name", "made", BUSYBOX, "true")
        self.ok("run", "-d", "--name", "runs", BUSYBOX, "sleep", "1000")
        self.assertIn("Total reclaimed space: 0B", self.ok("container", "prune", "-f", "--filter", "until=24h"))
        self.refused("container", "prune", "-f", "--filter", "name=x", says="invalid filter")
        self.refused("ps", "--filter", "health=x", says="invalid value for health (x): must be one of none, starting, healthy, unhealthy")
        self.refused("ps", "--filter", "status=x", says="invalid filter 'status=x': invalid value for state (x): must be one of created, running,")
        self.refused("ps", "--filter", "before=nosuch", says="No such container: nosuch")
        self.refused("events", "--since", "1", "--until", "0", says="cannot be after")
        pruned = self.ok("container", "prune", "-f", "--filter", "label=a")
        self.assertNotIn("space: 0B", pruned)
        self.assertEqual({"made", "runs"}, set(self.engine.names("-a")))
        self.assertIn("Deleted Containers", self.ok("system", "prune", "-f"))
        self.assertEqual(["runs"], self.engine.names("-a"))
        self.assertIn("space: 0B", self.engine.shell("felucca:container-prune"))

    def test_without_a_log(self):
        self.assertEqual("seen", self.ok("run", "--name", "nn", "--log-driver", "none", BUSYBOX, "echo", "seen"))
        self.refused("logs", "nn", says="configured logging driver does not support reading")
        self.assertEqual("", self.engine.inspect("nn", "LogPath"))
        self.refused("create", "--log-driver", "asdf", BUSYBOX, says='error looking up logging plugin asdf: plugin "asdf" not found')
        self.ok("run", "--rm", "--log-opt", "max-file=3", BUSYBOX, "true")

    def test_a_local_log(self):
        self.ok("run", "--name", "ll", "--log-driver", "local", "--log-opt", "max-size=1m", BUSYBOX, "sh", "-c", "echo seen; echo bad >&2")
        result = self.docker("logs", "-t", "ll")
        self.assertRegex(result.stdout, r"^\d{4}-\d\d-\d\dT\S+Z seen\n$")
        self.assertRegex(result.stderr, r"Z bad\n$")
        self.assertEqual(("local", ""), tuple(self.engine.inspect("ll", key) for key in ("HostConfig.LogConfig.Type", "LogPath")))
        self.refused("create", "--log-driver", "local", "--log-opt", "tag=x", BUSYBOX, says="unknown log opt 'tag' for log driver local")

    def test_output_comes_behind_the_head_of_an_answer(self):
        """As docker-py reads: the head through a buffer, what follows from the bare socket."""
        self.ok("run", "-d", "--name", "oo", BUSYBOX, "sleep", "1000")
        for slow in range(10):
            made = self.api("POST", "/containers/oo/exec", {"Cmd": ["echo", "out"], "AttachStdout": True})
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(self.engine.socket)
                client.sendall(f"POST /exec/{json.loads(made[1])['Id']}/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                               "Upgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}".encode())
                time.sleep(slow / 50)
                piece = client.recv(65536)
                self.assertTrue(piece.endswith(b"\r\n\r\n"), (slow, piece[-12:]))
                while more := client.recv(65536):
                    piece += more
                self.assertTrue(piece.endswith(b"out\n"), piece)

    def test_names_are_unique_and_ids_can_be_short(self):
        first = self.ok("create", "--name", "one", BUSYBOX, "true")
        self.refused("create", "--name", "one", BUSYBOX, "true", says="is already in use by container")
        self.assertEqual("/one", self.engine.inspect(first[:6], "Name"))
        self.refused("inspect", "nosuchthing")
        self.refused("start", "nosuchthing", says="No such container")

    def test_environment_workdir_user_hostname(self):
        out = self.ok("run", "--rm", "-e", "A=b c", "-w", "/usr", "-u", "1234:5678", "-h", "box", BUSYBOX,
                      "sh", "-c", "echo $A; pwd; id -u; id -g; hostname; echo $HOME")
        self.assertEqual(["b c", "/usr", "1234", "5678", "box", "/"], out.split("\n"))

    def test_a_missing_workdir_is_made(self):
        self.assertEqual("/made/here", self.ok("run", "--rm", "-w", "/made/here", BUSYBOX, "pwd"))

    def test_restart_keeps_the_file_system(self):
        self.ok("run", "--name", "ff", BUSYBOX, "sh", "-c", "echo x >> /file; wc -l < /file")
        self.assertEqual("2", self.ok("start", "-a", "ff").strip())

    def test_rm_removes_while_created_and_all(self):
        for n in range(3):
            self.ok("create", "--name", f"c{n}", BUSYBOX, "true")
        self.ok("rm", *self.ok("ps", "-aq").split())
        self.assertEqual("", self.ok("ps", "-aq"))

    def test_ps_filters_and_latest(self):
        self.ok("run", "-d", "--name", "up", "--label", "a=b", BUSYBOX, "sleep", "100")
        self.refused("run", "--name", "gone", BUSYBOX, "sh", "-c", "exit 3", code=3)
        self.assertEqual(["gone"], self.engine.names("-a", "--filter", "exited=3"))
        self.assertEqual(["up"], self.engine.names("-a", "--filter", "label=a=b"))
        self.assertEqual(["gone"], self.engine.names("-l"))
        self.assertEqual(["up"], self.engine.names("--filter", "status=running"))

    def test_logs_tail_since_timestamps_follow(self):
        self.ok("run", "--name", "ll", BUSYBOX, "sh", "-c", "seq 1 100; echo last >&2")
        self.assertEqual("100", self.docker("logs", "--tail", "2", "ll").stdout.strip())
        self.assertEqual("last", self.docker("logs", "--tail", "2", "ll").stderr.strip())
        self.assertPattern(r"^\d{4}-\d\d-\d\dT[\d:.]+Z 1$", self.ok("logs", "-t", "ll"))
        self.assertEqual("", self.docker("logs", "--since", str(int(time.time()) + 60), "ll").stdout)
        self.ok("run", "-d", "--name", "gg", BUSYBOX, "sh", "-c", "for i in $(seq 1 20); do echo $i; sleep 0.05; done")
        out, _ = self.engine.start("logs", "-f", "gg").communicate(timeout=30)
        self.assertEqual([str(n) for n in range(1, 21)], out.split())

    def test_attach_shows_the_same_to_all(self):
        self.ok("run", "-d", "-i", "--name", "aa", BUSYBOX, "cat")
        first, second = (self.engine.start("attach", "--no-stdin", "aa") for _ in range(2))
        until(lambda: self.engine.inspect("aa", "State.Running"), "a runs")
        time.sleep(0.5)  # both have joined once their requests are answered, which nothing shows from outside
        self.engine.type("aa", "one\ntwo\n")
        self.ok("kill", "aa")
        for client in (first, second):
            self.assertEqual("one\ntwo\n", client.communicate(timeout=20)[0])

    def test_exec(self):
        self.ok("run", "-d", "--name", "ee", "-e", "FROM=run", BUSYBOX, "sleep", "100")
        self.assertEqual("run two", self.ok("exec", "-e", "B=two", "ee", "sh", "-c", "echo $FROM $B"))
        self.refused("exec", "ee", "sh", "-c", "exit 5", code=5)
        self.refused("exec", "ee", "nosuchprogram", code=127, says="executable file not found")
        self.assertEqual("in", self.ok("exec", "-i", "ee", "cat", input="in"))
        self.ok("exec", "-d", "ee", "touch", "/made")
        until(lambda: self.docker("exec", "ee", "test", "-e", "/made").returncode == 0, "/made is there")
        self.refused("exec", "nosuchthing", "true", says="No such container")
        self.ok("stop", "-t", "0", "ee")
        self.refused("exec", "ee", "true", says="is not running")

    def test_rm_option_removes_after_the_end(self):
        self.ok("run", "-d", "--rm", "--name", "rr", BUSYBOX, "sleep", "0.2")
        until(lambda: self.engine.names("-a") == [], "r is removed")

    def test_events_tell_a_life(self):
        begin = str(time.time())
        self.ok("run", "--rm", "--name", "ev", BUSYBOX, "true")
        out = self.ok("events", "--since", begin, "--until", str(time.time() + 0.1), "--filter", "container=ev",
                      "--format", "{{.Action}}")
        lines = [line for line in out.split("\n") if line in ("create", "attach", "start", "die", "destroy")]
        self.assertEqual(["create", "attach", "start", "die", "destroy"], lines)

    def test_bind_mounts(self):
        source = self.engine.home + "/bound"
        os.makedirs(source)
        self.ok("run", "--rm", "-v", source + ":/b", BUSYBOX, "sh", "-c", "echo in > /b/file")
        with open(source + "/file") as file:
            self.assertEqual("in\n", file.read())
        self.refused("run", "--rm", "-v", source + ":/b:ro", BUSYBOX, "touch", "/b/x", says="Read-only file system")

    def test_pause_and_unpause(self):
        self.ok("run", "-d", "--name", "pp", BUSYBOX, "sh", "-c", "while :; do echo x; sleep 0.01; done")
        self.ok("pause", "pp")
        self.assertPattern(r"\(Paused\)", self.ok("ps", "--format", "{{.Status}}"))
        self.refused("exec", "pp", "true", says="is paused")
        self.ok("unpause", "pp")
        self.assertEqual("running", self.engine.inspect("pp", "State.Status"))

    def test_interrupt_reaches_the_container(self):
        client = self.engine.start("run", "--rm", "--name", "ii", BUSYBOX, "sh", "-c",
                                   "trap 'echo caught; exit 6' INT; echo ready; while :; do sleep 0.05; done")
        self.assertEqual("ready\n", client.stdout.readline())
        client.send_signal(signal.SIGINT)
        out, _ = client.communicate(timeout=20)
        self.assertEqual((6, "caught\n"), (client.returncode, out))

    def test_version_info_and_rename(self):
        self.assertPattern("Felucca|felucca", self.ok("version"))
        self.assertPattern(r"Storage Driver: overlay", self.ok("info"))
        self.ok("create", "--name", "old", BUSYBOX, "true")
        self.ok("rename", "old", "new")
        self.assertEqual(["new"], self.engine.names("-a"))

    def test_top_and_stats(self):
        self.ok("run", "-d", "--name", "ss", BUSYBOX, "sleep", "1234")
        self.assertPattern(r"sleep 1234", self.ok("top", "ss"))
        self.assertPattern(r"ss .*%", self.ok("stats", "--no-stream"))


class Failures(EngineTest):
    def test_a_missing_image_is_pulled_first(self):
        other = BUSYBOX.replace(":latest", ":gzip")
        result = self.docker("run", "--rm", other, "echo", "pulled")
        self.assertEqual("pulled\n", result.stdout)
        self.assertIn("Unable to find image", result.stderr)

    def test_an_image_that_exists_nowhere(self):
        self.refused("run", "--rm", BUSYBOX.replace(":latest", ":nosuchtag"), code=125, says="not found")

    def test_an_option_that_cannot_be_is_refused(self):
        self.refused("run", "--rm", "--name", "bad/name", BUSYBOX, code=125, says="Invalid container name")
        self.refused("run", "--rm", "--network", "nosuchnetwork", BUSYBOX, code=125, says="not found")
        self.refused("run", "--rm", "--log-driver", "nosuchdriver", BUSYBOX, code=125)
        self.refused("run", "--rm", "--user", "nosuchuser", BUSYBOX, "true", code=125, says="daemon: unable to find user nosuchuser: no matching entries in passwd file")


if __name__ == "__main__":
    unittest.main()
