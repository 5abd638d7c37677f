"""./felucca shell as its user finds it: leaving it, exit codes, what goes where, objects in closures, networks of `run`."""
from engine import BUSYBOX, TOP, EngineTest
from test_terminal import Tmux


class Shell(EngineTest):
    def script(self, script):
        return self.engine.felucca("shell", script, check=False)

    def test_exit_leaves_the_terminal_and_a_shell_within_it(self):
        tmux = Tmux()
        self.addCleanup(tmux.end)
        for inner, code in (("", "4"), ("sh", "0")):
            with self.subTest(inner=inner):
                tmux.type(f"clear; {TOP}/felucca shell --data-root {self.engine.data} --run-dir {self.engine.run}")
                tmux.shows("felucca>")
                tmux.type("felucca:inspect nosuch")
                tmux.shows("exit code 1")
                self.assertNotIn("IOException", tmux.screen())
                if inner:
                    tmux.type(inner)
                    tmux.type("echo $(echo with)in")
                    tmux.shows("within")
                tmux.type("exit 4")
                tmux.prompts()
                tmux.type("echo code-$?")
                tmux.shows("code-" + code)
        self.assertIn("answers", self.engine.felucca("status").stdout)

    def test_what_is_typed_ahead_is_kept(self):
        """Before the first prompt, while commands run, and behind the end of a shell within."""
        tmux = Tmux()
        self.addCleanup(tmux.end)
        tmux.type(f"clear; {TOP}/felucca shell --data-root {self.engine.data} --run-dir {self.engine.run}")
        tmux.type("felucca:inspect nosuch")
        tmux.type(f"felucca:run --rm -it {BUSYBOX} nosuch")      # it never runs, so what follows is not its own
        tmux.type(f"felucca:run --rm -t {BUSYBOX} sleep 1")
        tmux.type("sh")
        tmux.type("echo $(echo in)ner")
        tmux.shows("inner")
        self.assertEqual(1, tmux.screen().count("No such image: nosuch"), tmux.screen())
        tmux.key("C-d")
        tmux.type("echo $(echo out)er")
        tmux.type("exit 4")
        tmux.prompts()
        self.assertIn("outer", tmux.screen())                    # among the echo of what was typed meanwhile
        tmux.type("echo code-$?")
        tmux.shows("code-4")
        self.assertEqual("", self.ok("ps", "-aq"))

    def test_exit_ends_a_script_where_it_is(self):
        for script, code, out in (
            ("echo one; exit; echo two", 0, "one\n"),
            ("echo one; exit 3; echo two", 3, "one\n"),
            ("each [1 2] { echo $it; exit 5 }", 5, "1\n"),
            ("echo one | exit 6", 6, ""),
        ):
            with self.subTest(script=script):
                result = self.script(script)
                self.assertEqual((code, out, ""), (result.returncode, result.stdout, result.stderr))
        self.assertNotEqual(0, self.script("exit 256").returncode)

    def test_a_failed_command_says_why_beside_the_output_and_gives_the_code(self):
        for script, code, why in (
            ("felucca:inspect nosuch", 1, "No such image: nosuch"),
            ("felucca:ps --nosuch", 2, "Unknown option: '--nosuch'"),
            ("felucca:network rm", 2, "network rm needs NAME"),
            ("felucca:rm nosuch", 1, "No such container: nosuch"),
            (f"felucca:run --rm {BUSYBOX} sh -c 'exit 7'", 7, "run: exit code 7"),
            ("nosuch", 1, "Command not found: nosuch"),
        ):
            with self.subTest(script=script):
                result = self.script(script)
                self.assertEqual((code, ""), (result.returncode, result.stdout))
                self.assertIn(why, result.stderr)

    def test_every_command_tells_how_it_is_used(self):
        names = self.script("help | grep felucca: | sort").stdout.split()
        self.assertIn("felucca:run", names)
        result = self.script("; ".join(name + " --help" for name in names))
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        for name in names:
            self.assertIn("Usage: " + name.removeprefix("felucca:"), result.stdout)

    def test_closures_over_objects(self):
        self.ok("run", "-d", "--name", "obj1", "--label", "of=objects", BUSYBOX, "sleep", "1000")
        self.ok("create", "--name", "obj2", "--label", "of=objects", BUSYBOX)
        shown = self.script("each (objects containers -a -f label=of=objects) { echo ($it name) (($it state) status) }")
        self.assertEqual({"obj1 RUNNING", "obj2 CREATED"}, set(shown.stdout.splitlines()), shown.stderr)
        shown = self.script("all = (objects networks -f name=host); echo ((($all get 0) spec) name)")
        self.assertEqual("host\n", shown.stdout, shown.stderr)
        gone = self.script("each (objects containers -a -f label=of=objects) { rm -f ($it id) }")
        self.assertEqual(0, gone.returncode, gone.stderr)
        self.assertEqual("", self.ok("ps", "-aq", "--filter", "label=of=objects"))

    def test_grep_marks_nothing_in_a_script(self):
        self.assertEqual("host\n", self.script("echo host | grep host").stdout)

    def test_networks_of_run(self):
        self.ok("network", "create", "--subnet", "10.87.1.0/24", "sh1")
        self.ok("network", "create", "sh2")
        sysctl = "driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1"
        self.engine.shell(f"run -d --name both --network name=sh1,alias=first,ip=10.87.1.7,mac-address=02:42:00:00:87:07,{sysctl} "
                          f"--network sh2 {BUSYBOX} sleep 1000")
        networks = "{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{end}}{{with index .NetworkSettings.Networks \"sh1\"}}{{.IPAddress}} {{.MacAddress}}{{end}}"
        self.assertEqual("sh1 sh2 10.87.1.7 02:42:00:00:87:07", self.ok("inspect", "-f", networks, "both"))
        self.assertEqual("1", self.ok("exec", "both", "cat", "/proc/sys/net/ipv4/conf/eth0/log_martians"))
        self.assertIn("10.87.1.7", self.ok("run", "--rm", "--network", "sh1", BUSYBOX, "ping", "-c", "1", "first"))
        self.ok("rm", "-f", "both")
        self.ok("network", "rm", "sh1", "sh2")
