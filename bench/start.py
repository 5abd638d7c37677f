"""Starts in one JVM beside OCI runtimes: runs dev.felucca.bench.Main and reads what it prints."""
import glob
import os
import shutil
import subprocess

from figures import median, table
from place import TOP, WORK, jvm_flags

CACHE = os.environ.get("FELUCCA_IMAGE_CACHE", "/var/cache/felucca-test-images")

# crun 1.8 refuses "cgroups in hybrid mode"; in this mount namespace there is no such thing. runc and we see the same.
HIDE = 'mount --make-rprivate / && if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi; exec "$@"'


def class_path():
    home = TOP + "/distro/target/felucca"
    ours = [jar for name in ("bench", "plugin-storage-overlay") for jar in glob.glob(f"{TOP}/{name}/target/dev.felucca.*.jar")]
    return ":".join([home + "/bundles/*", home + "/bin/*", *ours])


def run(rounds, bars):
    work = WORK + "/start"
    rootfs = work + "/rootfs"
    os.makedirs(rootfs)
    subprocess.run(["tar", "-C", rootfs, "-xf", CACHE + "/busybox-root.tar"], check=True)
    runtimes = [found for found in map(shutil.which, ("crun", "runc")) if found]
    words = ["unshare", "--mount", "sh", "-c", HIDE, "sh", "java", *jvm_flags(), "-cp", class_path(),
             "dev.felucca.bench.Main",
             work, rootfs, CACHE + "/busybox-root.tar", str(rounds), *runtimes]
    try:
        result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=1800)
    finally:
        for group in glob.glob("/sys/fs/cgroup/*/felucca-bench") + glob.glob("/sys/fs/cgroup/felucca-bench"):
            try:
                os.rmdir(group)
            except OSError as refused:
                print(f"bench: {group} stays: {refused}")
    series = {}
    for line in result.stdout.splitlines():
        words = line.split("\t")
        if len(words) == 3:
            series.setdefault(int(words[0]), {}).setdefault(words[1], []).append(int(words[2]) / 1e6)
        elif line:
            print("  " + line)
    if result.returncode != 0:
        print(f"bench: the measurement in the JVM ended with {result.returncode}")
    for width, rows in sorted(series.items()):
        what = {0: "8 at once, time per start", 1: "1 at a time"}.get(width, f"{width} at once")
        table(f"create, start, exit of true in one JVM, {what}", order(rows), against="crun")
    one = series.get(1, {})
    if "crun" in one and "felucca" in one:
        bars.at_most("in one JVM, start to exit: part of crun's (both with seccomp)",
                     median(one["felucca"]) / median(one["crun"]), 0.5, "x")


def order(rows):
    return dict(sorted(rows.items(), key=lambda row: (row[0].split(",")[0].split(":")[0].split(" +")[0], row[0])))
