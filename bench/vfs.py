"""Containers made on the vfs driver, which copies the image: on file systems that clone files, and on one that doesn't."""
import glob
import os
import shutil
import subprocess
import tempfile

from figures import median, table
from place import LAYERS, TOP, WORK, Felucca, until

SIZE = 6 << 30
MAKERS = {"ext4": ["mkfs.ext4", "-q"], "xfs": ["mkfs.xfs", "-q"], "btrfs": ["mkfs.btrfs", "-q"]}


def used(place):
    subprocess.run(["sync", "-f", place], check=True)
    stat = os.statvfs(place)
    return (stat.f_blocks - stat.f_bfree) * stat.f_frsize / 1e6


def measure(kind, rounds):
    """(milliseconds of each create, MB of each on disk)"""
    place = tempfile.mkdtemp(prefix=kind, dir=WORK)
    image = place + ".img"
    with open(image, "wb") as file:
        file.truncate(SIZE)
    subprocess.run([*MAKERS[kind], image], check=True, capture_output=True)
    subprocess.run(["mount", "-o", "loop", image, place], check=True)
    felucca = Felucca()
    felucca.folders = ["--data-root", place + "/data", "--run-dir", felucca.run]
    try:
        felucca.up()
        for jar in glob.glob(TOP + "/distro/target/felucca/bundles-available/*storage*vfs*.jar"):
            shutil.copy(jar, place + "/data/vfs.next")
            os.rename(place + "/data/vfs.next", place + "/data/deploy/vfs.jar")
        felucca.ok("pull", "-q", LAYERS)
        words = ["create", "--network", "none", "--annotation", "dev.felucca.driver.storage=vfs", LAYERS, "true"]

        def made():
            try:
                return felucca.ok(*words)
            except RuntimeError:
                return None  # the driver has not come yet
        until(made, "a container is made on vfs")
        before = used(place)
        samples = [felucca.timed(*words) for _ in range(rounds)]
        return samples, (used(place) - before) / rounds
    finally:
        felucca.down()
        subprocess.run(["umount", place], check=True)
        os.remove(image)


def run(rounds, bars):
    times, sizes = {}, {}
    for kind, maker in MAKERS.items():
        if shutil.which(maker[0]) is None:
            print(f"bench: no {maker[0]} here: vfs on {kind} is not measured")
            continue
        times[kind], sizes[kind] = measure(kind, rounds)
    table("docker create on vfs, image of 180 MB", times, against="ext4")
    for kind, size in sizes.items():
        print(f"  {kind}: {size:.1f} MB on disk each")
    if "ext4" in times and "xfs" in times:
        bars.at_most("vfs create with files cloned (xfs), beside ext4", median(times["xfs"]), median(times["ext4"]), "ms")
