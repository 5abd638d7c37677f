"""Layer tars made here: busybox's root and the eight layers of the big image. The same bytes on every machine and day."""

import io
import random
import subprocess
import tarfile

EPOCH = 1_700_000_000
MIB = 1 << 20


class Layer:
    """Writes one layer's tar; owner root, one fixed time."""

    def __init__(self, path):
        self.tar = tarfile.open(path, "w", format=tarfile.PAX_FORMAT)

    def _add(self, name, kind, mode, data=b"", target="", pax=None):
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode, entry.mtime = kind, mode, EPOCH
        entry.size, entry.linkname = len(data), target
        entry.uname = entry.gname = "root"
        entry.pax_headers = pax or {}
        self.tar.addfile(entry, io.BytesIO(data) if data else None)

    def directory(self, name, mode=0o755):
        self._add(name, tarfile.DIRTYPE, mode)

    def file(self, name, data, mode=0o644, pax=None):
        self._add(name, tarfile.REGTYPE, mode, data, pax=pax)

    def symlink(self, name, target):
        self._add(name, tarfile.SYMTYPE, 0o777, target=target)

    def hardlink(self, name, target, mode=0o644):
        """The mode is the target's: Docker sets it again from the link's entry."""
        self._add(name, tarfile.LNKTYPE, mode, target=target)

    def fifo(self, name):
        self._add(name, tarfile.FIFOTYPE, 0o600)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.tar.close()


def busybox_layer(path, binary):
    """One static program and a link for each of its names, with the few files in /etc that a shell looks for."""
    applets = subprocess.run([binary, "--list"], check=True, capture_output=True, text=True).stdout.split()
    with open(binary, "rb") as program, Layer(path) as layer:
        for name in ("bin", "dev", "etc", "home", "proc", "sys", "usr", "usr/bin", "var"):
            layer.directory(name)
        layer.directory("root", 0o700)
        layer.directory("tmp", 0o1777)
        layer.file("bin/busybox", program.read(), 0o755)
        for applet in sorted(set(applets) - {"busybox"}):
            layer.hardlink("bin/" + applet, "bin/busybox", 0o755)
        layer.symlink("usr/bin/env", "../../bin/env")
        layer.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\n"
                                 b"nobody:x:65534:65534:nobody:/home:/bin/false\n")
        layer.file("etc/group", b"root:x:0:\ndaemon:x:1:\nwheel:x:10:root,daemon\nnogroup:x:65534:\n")


def big_layer(path, number):
    """About 25 MiB of what real layers hold: libraries (that do not shrink), sources (that do), many small files, links."""
    dice = random.Random(number)
    base = f"opt/layer{number}"
    with Layer(path) as layer:
        layer.directory("opt")
        layer.directory(base)
        layer.directory(base + "/small")
        for index in range(17):
            layer.file(f"{base}/lib{index}.so", dice.randbytes(MIB), 0o755)
        words = [dice.randbytes(4).hex() for _ in range(400)]
        for index in range(6):
            text = " ".join(dice.choices(words, k=MIB // 9)).encode()
            layer.file(f"{base}/source{index}.txt", text)
        for index in range(500):
            layer.file(f"{base}/small/{index}", dice.randbytes(dice.randrange(1, 4000)))
        layer.hardlink(f"{base}/lib-hard.so", f"{base}/lib0.so")
        layer.symlink(f"{base}/lib-soft.so", "lib0.so")
        layer.file("opt/which", f"{number}\n".encode())
        if number == 3:
            layer.file(f"{base}/setuid", b"#!/bin/sh\n", 0o4755)
            layer.fifo(f"{base}/pipe")
            layer.file(f"{base}/attributed", b"x", pax={"SCHILY.xattr.user.colour": "blue"})
        if number == 5:
            layer.file("opt/layer2/.wh.lib1.so", b"")          # a whiteout: one file of layer 2 is gone
        if number == 7:
            layer.directory("opt/layer4")
            layer.file("opt/layer4/.wh..wh..opq", b"")         # an opaque directory: all of layer 4's is gone
            layer.file("opt/layer4/only", b"this\n")
