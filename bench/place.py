"""Where things are, and engines of the benchmark's own."""
import json
import os
import re
import signal
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.environ["BENCH_WORK"]
RUN = os.environ["BENCH_RUN"]   # on a tmpfs, as the run directory of an installed engine is
REGISTRY = os.environ["BENCH_REGISTRY"]
BUSYBOX = REGISTRY + "/library/busybox:latest"
LAYERS = REGISTRY + "/test/layers:latest"


def jvm_flags():
    """Those of the launcher: what is measured is what runs."""
    with open(TOP + "/felucca") as script:
        return re.search(r'^jvm_flags="([^"]*)"', script.read(), re.M).group(1).split()


def until(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(0.002)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Daemon:
    """What the stock CLI can be pointed at."""

    name = ""
    socket = ""

    def words(self, *words):
        return ["docker", "-H", "unix://" + self.socket, *words]

    def ok(self, *words):
        result = subprocess.run(self.words(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if result.returncode != 0:
            raise RuntimeError(f"{self.name}: docker {' '.join(words)}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result.stdout.strip()

    def timed(self, *words):
        """Milliseconds from the CLI's start to its end, which must be a success."""
        words = self.words(*words)
        nothing = os.open(os.devnull, os.O_RDWR)
        try:
            begin = time.perf_counter()
            pid = os.posix_spawnp("docker", words, os.environ, file_actions=[
                (os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, nothing, 1)])
            status = os.waitpid(pid, 0)[1]
            end = time.perf_counter()
        finally:
            os.close(nothing)
        if status != 0:
            raise RuntimeError(f"{self.name}: {' '.join(words)}: wait status {status:#x}")
        return (end - begin) * 1e3

    def remove_containers(self):
        everything = self.ok("ps", "-aq").split()
        for start in range(0, len(everything), 50):
            self.ok("rm", "-f", *everything[start:start + 50])


class Felucca(Daemon):
    name = "felucca"

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="f", dir=WORK)
        self.run = os.path.join(RUN, os.path.basename(self.home))   # by one name, so that `run` finds both when it was killed
        os.mkdir(self.run, 0o700)
        self.socket = self.run + "/felucca.sock"
        self.folders = ["--data-root", self.home + "/data", "--run-dir", self.run]

    def up(self):
        with open(self.home + "/up.log", "ab") as log:
            code = subprocess.call([TOP + "/felucca", "up", "-d", *self.folders],
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=120)
        if code != 0:
            with open(self.home + "/up.log") as log:
                raise RuntimeError("the engine did not start:\n" + log.read())
        return self

    def pid(self):
        with open(self.run + "/felucca.pid") as file:
            return int(file.read().split()[0])

    def down(self):
        try:
            self.remove_containers()
        finally:
            self.stop()

    def stop(self):
        """Containers, if there are any, run on."""
        subprocess.run([TOP + "/felucca", "down", *self.folders],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


class Docker(Daemon):
    """Debian's dockerd with a data root of its own. Not by `ip netns exec`, which hides the control groups."""

    name = "docker"

    def up(self):
        self.home = tempfile.mkdtemp(prefix="d", dir=WORK)
        self.socket = self.home + "/sock"
        with open(self.home + "/log", "wb") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--data-root", self.home + "/data", "--exec-root", self.home + "/exec", "-p", self.home + "/pid",
                 "-H", "unix://" + self.socket, "--storage-driver", "overlay2", "--bip", "10.199.0.1/24"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self.answers, f"dockerd answers, see {self.home}/log")
        return self

    def answers(self):
        if self.process.poll() is not None:
            with open(self.home + "/log") as log:
                raise RuntimeError("dockerd ended:\n" + log.read()[-2000:])
        return subprocess.run(self.words("version"), stdin=subprocess.DEVNULL, capture_output=True).returncode == 0

    def down(self):
        try:
            self.remove_containers()
        finally:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


def memory(pid, field="Pss"):
    """kB of one process."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return int(re.search(rf"^{field}:\s+(\d+)", file.read(), re.M).group(1))


def cpu():
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*:\s*(.*)", file.read())
    return model.group(1) if model else os.uname().machine


def version(program):
    try:
        return json.dumps(subprocess.run([program, "--version"], capture_output=True, text=True).stdout.splitlines()[0])[1:-1]
    except (OSError, IndexError):
        return program + " is missing"
