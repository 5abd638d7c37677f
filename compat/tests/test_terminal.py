"""A person at a real terminal: tmux types and reads the screen."""
import subprocess
import uuid

from engine import BUSYBOX, DEBIAN, EngineTest, until


class Tmux:
    def __init__(self):
        self.server = "felucca-" + uuid.uuid4().hex[:8]
        self("-f", "/dev/null", "new-session", "-d", "-x", "90", "-y", "30", "env PS1='host> ' sh")

    def __call__(self, *words):
        return subprocess.run(["tmux", "-L", self.server, *words], capture_output=True, text=True, check=True).stdout

    def type(self, text):
        self("send-keys", "-l", text)
        self("send-keys", "Enter")

    def key(self, name):
        self("send-keys", name)

    def screen(self):
        return self("capture-pane", "-p")

    def shows(self, text, seconds=20):
        try:
            until(lambda: text in self.screen(), text, seconds)
        except AssertionError:
            raise AssertionError(f"{text!r} is not on the screen:\n{self.screen()}")

    def prompts(self):
        until(lambda: self.screen().rstrip().endswith("host>"), "the host's prompt:\n" + self.screen())

    def end(self):
        subprocess.run(["tmux", "-L", self.server, "kill-server"], capture_output=True)


class Terminal(EngineTest):
    images = (BUSYBOX, DEBIAN)

    def setUp(self):
        self.tmux = Tmux()
        self.addCleanup(self.tmux.end)

    def cli(self, words):
        self.tmux.type(f"docker -H unix://{self.engine.socket} {words}")

    def test_bash_with_job_control(self):
        self.cli(f"run --rm -t -i -h box {DEBIAN} /bin/bash")
        self.tmux.shows("root@box:/#")
        self.tmux.type("tty; test -e $(tty) && echo tty-is-$((1+1))")
        self.tmux.shows("/dev/pts/0")
        self.tmux.shows("tty-is-2")
        self.tmux.type("stty size")
        self.tmux.shows("30 90")
        self.tmux("resize-window", "-x", "70", "-y", "20")
        until(lambda: self._size() == "20 70", "the new size")
        # It says itself that it runs: a key before that is bash's.
        sleeps = "clear; sh -c 'echo asleep-$((1+1)); exec sleep 100'"
        self.tmux.type(sleeps)
        self.tmux.shows("asleep-2")
        self.tmux.key("C-c")
        self.tmux.type("echo code-$?")
        self.tmux.shows("code-130")
        self.tmux.type(sleeps)
        until(lambda: "code-130" not in self.tmux.screen(), "the screen is clear")
        self.tmux.shows("asleep-2")
        self.tmux.key("C-z")
        self.tmux.shows("Stopped")
        self.tmux.type("jobs; kill %1; echo done-$((3+4))")
        self.tmux.shows("done-7")
        until(lambda: self.tmux.key("Enter") or "Terminated" in self.tmux.screen(), "the job's end")
        self.tmux.type("exit 7")
        self.tmux.prompts()
        self.tmux.type("echo status-$?")
        self.tmux.shows("status-7")

    def _size(self):
        self.tmux.type("clear; stty size")
        lines = [line for line in self.tmux.screen().splitlines() if line[:1].isdigit()]
        return lines[-1].strip() if lines else ""

    def test_detach_and_attach(self):
        self.cli(f"run -it --name dd {BUSYBOX} sh")
        self.tmux.shows("/ #")
        self.tmux.key("C-p")
        self.tmux.key("C-q")
        self.tmux.prompts()
        self.assertEqual(["dd"], self.engine.names())
        self.tmux.type("clear")
        self.cli("attach dd")
        # The client throws away what was typed before it had the terminal.
        until(lambda: self.tmux.key("Enter") or "/ #" in self.tmux.screen(), "the container's prompt")
        self.tmux.type("echo again-$((5+5))")
        self.tmux.shows("again-10")
        self.tmux.type("exit")
        until(lambda: self.engine.names() == [], "dd has ended")

    def test_exec_with_a_terminal(self):
        self.ok("run", "-d", "--name", "ee", BUSYBOX, "sleep", "100")
        self.cli("exec -it ee sh")
        self.tmux.shows("/ #")
        self.tmux.type("tty; stty size")
        self.tmux.shows("/dev/pts/")
        self.tmux.shows("30 90")
        self.tmux.type("exit 4")
        self.tmux.prompts()
        self.tmux.type("echo status-$?")
        self.tmux.shows("status-4")
