"""An engine of the tests' own, and the stock docker CLI pointed at it."""
import glob
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.environ["FELUCCA_TEST_WORK"]
REGISTRY = os.environ["FELUCCA_TEST_REGISTRY"]
STORAGE = os.environ["FELUCCA_TEST_STORAGE"]
BUSYBOX = REGISTRY + "/library/busybox:latest"
DEBIAN = REGISTRY + "/library/debian:bookworm"
# How many times as long everything may take, for machines that are emulated.
PATIENCE = float(os.environ.get("FELUCCA_TEST_PATIENCE", "1"))
LAYERS = REGISTRY + "/test/layers:latest"


def until(condition, what, seconds=20):
    """Waits for a condition; a test never waits for a time."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Engine:
    def __init__(self, name, conf=None):
        self.conf = ["--conf", conf] if conf else []
        self.home = tempfile.mkdtemp(prefix=name + "-", dir=WORK)
        self.data = self.home + "/data"
        self.run = self.home + "/run"
        self.socket = self.run + "/felucca.sock"

    def felucca(self, *words, check=True, seconds=120, text=None):
        result = subprocess.run(
            [TOP + "/felucca", words[0], "--data-root", self.data, "--run-dir", self.run, *words[1:]],
            capture_output=True, text=True, timeout=seconds * PATIENCE, input=text,
            stdin=subprocess.DEVNULL if text is None else None)
        if check and result.returncode != 0:
            raise AssertionError(f"felucca {words}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def up(self):
        if self.coming().wait(120 * PATIENCE) != 0:
            with open(self.home + "/up.log") as log:
                raise AssertionError("the engine did not start:\n" + log.read())

    def coming(self):
        """One that is being started."""
        # The daemon keeps no pipe of ours: it would hold capture_output open for as long as it runs.
        with open(self.home + "/up.log", "ab") as log:
            return subprocess.Popen(
                [TOP + "/felucca", "up", "-d", *self.conf, "--data-root", self.data, "--run-dir", self.run],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def pid(self):
        """None while a start is writing it."""
        with open(self.run + "/felucca.pid") as file:
            return int((file.read().split() or ["0"])[0]) or None

    def kill9(self):
        pid = self.pid()
        os.kill(pid, signal.SIGKILL)
        self.gone()

    def gone(self):
        """Waits for the end of an engine that was killed."""
        pid = self.pid()
        until(lambda: not running(pid), f"the engine {pid} is gone")

    def shell(self, script):
        """What the Gogo shell prints for this script."""
        return self.felucca("shell", script).stdout

    def docker(self, *words, **options):
        options["timeout"] = options.get("timeout", 60) * PATIENCE
        options.setdefault("text", True)
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        try:
            return subprocess.run(self.words(*words), capture_output=True, **options)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"{late}\n{self.threads()}")

    def threads(self):
        """What the engine's threads do, for when it does not answer."""
        stacks = subprocess.run(["jstack", str(self.pid())], capture_output=True, text=True, timeout=30 * PATIENCE)
        return stacks.stdout + stacks.stderr

    def words(self, *words):
        return ["docker", "-H", "unix://" + self.socket, *words]

    def ok(self, *words, **options):
        """Runs docker and answers what it printed, without the last newline."""
        result = self.docker(*words, **options)
        if result.returncode != 0:
            what = f"docker {' '.join(words)}: {result.returncode}\n{result.stdout}{result.stderr}"
            raise AssertionError(what + (self.last_words() if "Cannot connect" in what else ""))
        return result.stdout.rstrip("\n")

    def last_words(self):
        """The ends of the engine's logs, for when it isn't there and should be."""
        text = ""
        for file in [self.home + "/up.log", *glob.glob(self.data + "/log/*")]:
            with open(file, errors="replace") as log:
                text += f"--- {file}\n" + "".join(log.readlines()[-15:])
        return text

    def start(self, *words):
        """Starts docker in the background."""
        return subprocess.Popen(
            self.words(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def type(self, name, text):
        """Writes to a container's standard input until its log shows it; the container keeps the input open."""
        with subprocess.Popen(self.words("attach", name), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as client:
            client.stdin.write(text)
            client.stdin.flush()
            try:
                until(lambda: text in self.docker("logs", name).stdout, "what was typed is in the log")
            finally:
                client.kill()

    def inspect(self, name, path=None):
        found = json.loads(self.ok("inspect", name))[0]
        for key in path.split(".") if path else []:
            found = found[key]
        return found

    def names(self, *words):
        return self.ok("ps", "--format", "{{.Names}}", *words).split()

    def destroy(self):
        """Removes every container and stops the engine; what is left then is a fault that `leftovers` tells."""
        try:
            if os.path.exists(self.run + "/felucca.pid") and not running(self.pid()):
                self.up()
            everything = self.ok("ps", "-aq").split()
            if everything:
                self.docker("rm", "-f", *everything, timeout=120)
        finally:
            self.felucca("down", check=False)
            self.forget_network()

    def forget_network(self):
        """Its bridges and table, which an engine leaves for its next start, are named after its data root. All engines of a
        run share one namespace, and bridges of thirty of them take all the address pools there are."""
        mark = "felucca-" + hashlib.sha256(os.path.realpath(self.data).encode()).hexdigest()[:8]
        if shutil.which("ip"):
            links = json.loads(subprocess.run(["ip", "-j", "link"], capture_output=True, text=True, check=True).stdout or "[]")
            for name in [link["ifname"] for link in links if link.get("ifalias", "").startswith(mark + ":")]:
                subprocess.run(["ip", "link", "delete", name], capture_output=True)  # it may have gone with its peer
        if shutil.which("nft"):                            # the emulated machine has none; its tables go with it
            subprocess.run(["nft", "delete", "table", "inet", mark], capture_output=True)  # one that made none has none

    def leftovers(self):
        """Mounts, processes, cgroups and links of this engine that should not be there without containers."""
        found = []
        with open("/proc/self/mountinfo") as mounts:
            found += ["mount " + line.split()[4] for line in mounts if self.home in line]
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().replace(b"\0", b" ").decode(errors="replace")
                with open(f"/proc/{pid}/mountinfo") as file:
                    inside = self.home in file.read()
            except OSError:
                continue
            if inside or self.home in words:
                found.append(f"process {pid} {words[:80]}")
        links = subprocess.run(["ip", "-o", "link", "show", "type", "veth"], capture_output=True, text=True).stdout
        found += ["link " + line for line in links.splitlines()]
        return found


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class EngineTest(unittest.TestCase):
    """A class's tests share one engine with the busybox image."""

    images = (BUSYBOX,)
    conf = None  # a directory of settings, where the usual ones do not do

    shared = None  # the one engine of all classes that have no settings of their own, where FELUCCA_TEST_ONE_ENGINE asks for it

    @classmethod
    def setUpClass(cls):
        one = "FELUCCA_TEST_ONE_ENGINE" in os.environ and not cls.conf
        cls.engine = one and EngineTest.shared or Engine(cls.__name__.lower(), cls.conf)
        if cls.engine is not EngineTest.shared:
            cls.engine.up()
        if one:
            EngineTest.shared = cls.engine
        else:
            cls.addClassCleanup(cls._end)
        for image in cls.images:
            cls.engine.ok("pull", "-q", image)

    @classmethod
    def _end(cls):
        cls.engine.destroy()
        left = until(lambda: cls.engine.leftovers() or ["none"], "leftovers are read")
        if left != ["none"]:
            try:
                until(lambda: not cls.engine.leftovers(), "nothing is left")
            except AssertionError:
                raise AssertionError("left behind:\n" + "\n".join(cls.engine.leftovers()))

    def docker(self, *words, **options):
        return self.engine.docker(*words, **options)

    def ok(self, *words, **options):
        return self.engine.ok(*words, **options)

    def api(self, method, path, body=None):
        """Status and text of an answer to what the CLI can't ask."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.engine.socket)
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read().decode()

    def refused(self, *words, code=1, says=""):
        result = self.docker(*words)
        self.assertEqual(code, result.returncode, f"{words}: {result.stdout}{result.stderr}")
        self.assertIn(says, result.stderr + result.stdout)
        return result

    def tearDown(self):
        everything = self.ok("ps", "-aq").split()
        if everything:
            self.ok("rm", "-f", *everything)

    def assertPattern(self, pattern, text):
        self.assertIsNotNone(re.search(pattern, text, re.M), f"{pattern!r} is not in:\n{text}")


class FilesTest(EngineTest):
    """Each test has a folder of the host's, `here`, and leaves neither containers nor volumes."""

    def setUp(self):
        super().setUp()
        self.here = tempfile.mkdtemp(dir=self.engine.home)
        self.addCleanup(shutil.rmtree, self.here)

    def tearDown(self):
        self.docker("rm", "-f", "-v", *self.engine.names("-a"))
        self.docker("volume", "prune", "-af")
        self.doCleanups()  # mounts of a test in its folder go before anything else looks there
        super().tearDown()
