"""Starts COUNT idle containers through the API, looks at the engine at 0, 100 and COUNT, reads all their stats, removes them."""
import concurrent.futures
import glob
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import threading
import time

TOP, WORK, COUNT, NETWORK = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
SOCKET = WORK + "/run/felucca.sock"
HEALTH = {"Test": ["CMD", "/bin/true"], "Interval": 30 * 10**9, "Timeout": 10 * 10**9, "Retries": 3}


class Connection(http.client.HTTPConnection):
    def __init__(self):
        super().__init__("d", timeout=120)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        self.sock.connect(SOCKET)


local = threading.local()


def call(method, path, body=None, kind="application/json"):
    if not hasattr(local, "connection"):
        local.connection = Connection()
    data = json.dumps(body).encode() if kind == "application/json" and body is not None else body
    local.connection.request(method, path, data, {"Content-Type": kind} if data else {})
    answer = local.connection.getresponse()
    text = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()}")
    return json.loads(text) if text.startswith((b"{", b"[")) else text


def pid():
    with open(WORK + "/run/felucca.pid") as file:
        return int(file.read().split()[0])


def status(key):
    with open(f"/proc/{pid()}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key + ":"))


def cpu():
    """Seconds of processor time the engine has used."""
    with open(f"/proc/{pid()}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def row(what):
    print(f"{what:>6} containers: {status('VmRSS') // 1024:5} MB resident, {status('Threads'):4} threads, "
          f"{len(os.listdir(f'/proc/{pid()}/fd')):5} descriptors", flush=True)


def image():
    busybox = next(path for path in ("/bin/busybox", "/usr/bin/busybox", *glob.glob("/var/cache/felucca-test-images/packages/busybox-static/bin/busybox"))
                   if os.path.exists(path))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("bin", "proc", "sys", "dev", "etc", "tmp"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
        tar.add(busybox, "bin/busybox")
        for name in ("sh", "sleep", "true"):
            link = tarfile.TarInfo("bin/" + name)
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    call("POST", "/v1.44/images/create?fromSrc=-&repo=box", buffer.getvalue(), "application/x-tar")


def start(number):
    made = call("POST", f"/v1.44/containers/create?name=c{number}",
                {"Image": "box", "Cmd": ["/bin/sleep", "100000"], "Healthcheck": HEALTH, "HostConfig": {"NetworkMode": NETWORK}})
    call("POST", f"/v1.44/containers/{made['Id']}/start")


def stream(number, stop, counts):
    """Follows a container's stats as `docker stats` does."""
    connection = Connection()
    connection.request("GET", f"/v1.44/containers/c{number}/stats?stream=1")
    connection.sock.settimeout(5)
    answer = connection.getresponse()
    try:
        while not stop.is_set() and answer.read1():    # a chunk is a reading
            counts[number] += 1
    except TimeoutError:
        pass
    connection.close()


def leftovers():
    found = []
    with open("/proc/self/mountinfo") as mounts:
        found += ["mount " + line.split()[4] for line in mounts if WORK in line]
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/mountinfo") as file:
                if WORK in file.read():
                    found.append("process " + entry)
        except OSError:
            continue
    found += ["group " + path for base in ("/sys/fs/cgroup/felucca", "/sys/fs/cgroup/*/felucca") for path in glob.glob(base + "/*/")
              if os.path.basename(path.rstrip("/")) in IDS]
    links = subprocess.run(["ip", "-o", "link", "show", "type", "veth"], capture_output=True, text=True).stdout
    return found + ["link " + line for line in links.splitlines()]


def timed(what, work, seconds_of=cpu):
    begin, used = time.monotonic(), seconds_of()
    work()
    took, used = time.monotonic() - begin, seconds_of() - used
    print(f"       {what}: {took:.1f} s, {used:.1f} s of processor time in the engine", flush=True)
    return took, used


subprocess.run([TOP + "/felucca", "up", "-d", "--data-root", WORK + "/data", "--run-dir", WORK + "/run"], check=True,
               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=sys.stderr)
image()
IDS = set()
row(0)
pool = concurrent.futures.ThreadPoolExecutor(4)
first = min(100, COUNT)
timed(f"starting {first}", lambda: list(pool.map(start, range(first))))
row(first)
if COUNT > first:
    timed(f"starting {COUNT - first} more", lambda: list(pool.map(start, range(first, COUNT))))
    row(COUNT)
listed = call("GET", "/v1.44/containers/json")
IDS = {one["Id"] for one in listed}
assert len(listed) == COUNT, len(listed)
timed("listing all", lambda: call("GET", "/v1.44/containers/json"))
timed("each one's stats once", lambda: list(pool.map(lambda n: call("GET", f"/v1.44/containers/c{n}/stats?stream=0&one-shot=1"), range(COUNT))))
took, used = timed("idle, health checks of all every 30 s", lambda: time.sleep(30))
print(f"       that is {used / took:.2f} of a core", flush=True)
stop, counts = threading.Event(), [0] * COUNT
threading.stack_size(256 * 1024)
followers = [threading.Thread(target=stream, args=(n, stop, counts), daemon=True) for n in range(COUNT)]
for follower in followers:
    follower.start()
time.sleep(10)
before = sum(counts)
took, used = timed("stats of all, each second, with the health checks", lambda: time.sleep(15))
row(COUNT)
print(f"       that is {used / took:.2f} of a core for {(sum(counts) - before) / took:.0f} readings a second", flush=True)
stop.set()
for follower in followers:
    follower.join(10)
health = [one["Status"] for one in call("GET", "/v1.44/containers/json")]
print(f"       healthy: {sum('(healthy)' in one for one in health)}", flush=True)
timed("removing all", lambda: list(pool.map(lambda n: call("DELETE", f"/v1.44/containers/c{n}?force=1"), range(COUNT))))
row(0)
left = leftovers()
print("       left behind: " + (", ".join(left[:20]) if left else "nothing"), flush=True)
sys.exit(1 if left else 0)
