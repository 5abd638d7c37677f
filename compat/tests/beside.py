"""The same containers on this engine and on a dockerd beside it, listed where they differ."""
import difflib
import json
import re
import subprocess
import tempfile

from engine import BUSYBOX, WORK, Engine, until

# What a process sees of its own container. Each section is `== NAME`.
PROBE = r"""
section() { echo "== $1"; }
section status; grep -v -E '^(Vm|Rss|Hugetlb|voluntary|nonvoluntary|SigQ|Mems|Cpus|FDSize|Threads|Pid|NSpid|Tgid|Ngid|PPid|NStgid|NSpgid|NSsid)' /proc/self/status
section mountinfo; cat /proc/self/mountinfo
section dev; ls -la /dev | sed 's/^total.*//'; ls -la /dev/pts /dev/shm /dev/mqueue
section fd; ls -l /proc/self/fd | sed 's/^total.*//'
section limits; cat /proc/self/limits
section environment; tr '\0' '\n' </proc/self/environ | sort
section identity; id; umask; pwd; cat /proc/self/oom_score_adj /proc/self/loginuid /proc/self/sessionid; readlink /proc/self/exe
section files; ls -ld / /etc /proc /sys /tmp /run; cat /etc/hosts /etc/hostname /etc/resolv.conf; ls -l /etc/hosts /etc/hostname /etc/resolv.conf /etc/mtab
section process; cat /proc/1/comm /proc/1/cmdline /proc/1/cgroup | tr '\0' ' '; ls -l /proc/1/ns | awk '{print $9, $10}' | sed 's/[0-9]*$//'
section network; ip addr; ip route; cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv6/conf/all/disable_ipv6 2>&1
section kernel; for file in /proc/sys/kernel/hostname /proc/sys/kernel/domainname /proc/sys/kernel/shmmax /proc/sys/fs/mqueue/msg_max; do echo "$file $(cat $file)"; done
section masked; for file in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/acpi /proc/scsi /sys/firmware /proc/asound /proc/interrupts; do echo "$file $(ls -ld $file 2>&1 | cut -c1-10) $(head -c 5 $file 2>&1 | wc -c)"; done
section cgroup; ls /sys/fs/cgroup; touch /sys/fs/cgroup/x 2>&1; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max 2>&1; sort /sys/fs/cgroup/devices/devices.list 2>&1
"""

RUNS = {
    "run": [], "run -t": ["-t"], "run --privileged": ["--privileged"], "run --user 1000:1000": ["--user", "1000:1000"],
    "run --network none": ["--network", "none"], "run --network host": ["--network", "host"],
    "run --read-only --tmpfs /t": ["--read-only", "--tmpfs", "/t"],
    "run --init": ["--init"], "run --cap-drop ALL": ["--cap-drop", "ALL"], "run -v": ["-v", "some:/volume", "-v", "/usr:/usr2:ro"],
    "run -m 64m --cpus 0.5 --pids-limit 50": ["-m", "64m", "--cpus", "0.5", "--pids-limit", "50"],
    "run --ulimit, --hostname, -w, -e": ["--ulimit", "nofile=100:200", "--hostname", "named", "-w", "/made", "-e", "A=b"],
}


class Dockerd:
    """Debian's, with everything it has in a directory of ours."""

    name = "docker"

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="dockerd-", dir=WORK)
        self.socket = self.home + "/s"
        self.log = open(self.home + "/log", "w")
        self.process = subprocess.Popen(
            ["dockerd", "--data-root", self.home + "/data", "--exec-root", self.home + "/exec", "-p", self.home + "/pid",
             "-H", "unix://" + self.socket, "--bip", "10.199.0.1/24"], stdout=self.log, stderr=self.log)
        until(lambda: self.docker("version").returncode == 0, "dockerd answers", 60)

    def docker(self, *words, **options):
        return subprocess.run(["docker", "-H", "unix://" + self.socket, *words], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, **options)

    def close(self):
        everything = self.docker("ps", "-aq").stdout.split()
        if everything:
            self.docker("rm", "-f", *everything)
        self.process.terminate()
        self.process.wait(60)
        self.log.close()
        subprocess.run(["umount", self.home + "/exec/netns/default"], check=False)  # which it leaves


def plain(text):
    """Without what is never the same twice."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "ID", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "SHORT-ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", "TIME", text)
    text = re.sub(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d", "DATE", text)
    text = re.sub(r"(pipe|socket|net|mnt|ipc|uts|pid|cgroup|user|time):\[\d+\]", r"\1:[N]", text)
    return re.sub(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", "MAC", text)


def mount_line(line):
    """Without ids and device numbers; the layers of an overlay by number."""
    words = line.split(" ")
    if len(words) < 7 or not words[0].isdigit():
        return line
    words[0:3] = []
    text = " ".join(words)
    text = re.sub(r"lowerdir=[^ ,]*", "lowerdir=…", re.sub(r"(upper|work)dir=[^ ,]*", r"\1dir=…", text))
    text = re.sub(r"^\S*/(containers|volumes|overlay|isolation-linux)/\S*/", r"…/", text)
    return re.sub(r"(master|shared):\d+", r"\1:N", text)


def sections(text):
    found, name = {}, "output"
    for line in text.splitlines():
        if line.startswith("== "):
            name = line[3:]
        elif line.strip():
            found.setdefault(name, []).append(plain(mount_line(line) if name == "mountinfo" else line.rstrip()))
    return found


def probed(daemon, *words):
    result = daemon.docker(*words, "sh", "-c", PROBE)
    return sections(result.stdout + result.stderr)


def compare(title, one, other):
    """A unified diff without context: `-` is Docker's."""
    lines = list(difflib.unified_diff(one, other, lineterm="", n=0))[2:]
    if lines:
        print(f"\n### {title}\n\n```diff")
        print("\n".join(line for line in lines if not line.startswith("@@")))
        print("```")
    return bool(lines)


def flat(value, path=""):
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from flat(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and any(isinstance(each, (dict, list)) for each in value):
        for number, each in enumerate(value):
            yield from flat(each, f"{path}[{number}]")
    else:
        yield path, json.dumps(value)


def documents(title, one, other):
    compare(title, *(sorted(plain(f"{path} = {value}") for path, value in flat(document)) for document in (one, other)))


def main():
    ours = Engine("beside")
    ours.up()
    docker = Dockerd()
    both = (docker, ours)
    try:
        for each in both:
            pulled = each.docker("pull", "-q", BUSYBOX)
            assert pulled.returncode == 0, pulled.stderr
        same = []
        for title, options in RUNS.items():
            printed = [probed(each, "run", "--rm", "--hostname", "beside", *options, BUSYBOX) for each in both]
            for name in dict.fromkeys([*printed[0], *printed[1]]):
                if not compare(f"{title}: {name}", *(one.get(name, []) for one in printed)):
                    same.append(f"{title}: {name}")
        for each in both:
            each.docker("run", "-d", "--name", "inspected", "-p", "127.0.0.1:0:80", "-v", "some:/volume", "--restart", "on-failure:3", BUSYBOX, "sleep", "1000")
            each.docker("create", "--name", "made", "-it", BUSYBOX)
        printed = [probed(each, "exec", "inspected") for each in both]
        for name in printed[0]:
            if not compare(f"exec: {name}", *(one.get(name, []) for one in printed)):
                same.append(f"exec: {name}")
        for title, words in {
                "docker inspect of a running container": ["inspect", "inspected"], "docker inspect of a created container": ["inspect", "made"],
                "docker image inspect": ["image", "inspect", BUSYBOX],
                "docker network inspect bridge": ["network", "inspect", "bridge"], "docker network inspect none": ["network", "inspect", "none"],
                "docker volume inspect": ["volume", "inspect", "some"], "docker info": ["info", "--format", "{{json .}}"],
                "docker version": ["version", "--format", "{{json .Server}}"]}.items():
            documents(title, *(json.loads(each.docker(*words).stdout or "null") for each in both))
        print("\n### The same\n\n" + ", ".join(same))
    finally:
        docker.close()
        ours.destroy()


if __name__ == "__main__":
    main()
