"""Containers with users of their own (userns-remap, --userns) and binds with other owners (idmap)."""
import os
import shutil
import subprocess
import tarfile
import tempfile
import io

from engine import BUSYBOX, DEBIAN, EngineTest, FilesTest, until

UID, GID = 300000, 400000
RANGES = "uids=0-%d-65536;gids=0-%d-65536" % (UID, GID)
OWNER = "stat -c %u:%g "


class UsersTest(FilesTest):
    ranges = RANGES
    runtime = "linux"

    @classmethod
    def setUpClass(cls):
        cls.conf = tempfile.mkdtemp(prefix="felucca-conf-")
        cls.addClassCleanup(shutil.rmtree, cls.conf)
        with open(cls.conf + "/dev.felucca.engine.cfg", "w") as file:
            file.write('usernsRemap="%s"\nisolationDriver="%s"\n' % (cls.ranges.replace("=", "\\="), cls.runtime))
        super().setUpClass()

    def sh(self, *options, script):
        return self.ok("run", "--rm", *options, BUSYBOX, "sh", "-c", script)

    def owner(self, *path):
        seen = os.lstat(os.path.join(self.here, *path))
        return seen.st_uid, seen.st_gid

    def host(self, name, field):
        with open("/proc/%s/status" % self.engine.inspect(name, "State.Pid")) as file:
            return [line.split()[1] for line in file if line.startswith(field)][0]


class Remapped(UsersTest):
    def test_root_is_another_on_the_host_and_the_image_is_roots(self):
        self.ok("run", "-d", "--name", "box", BUSYBOX, "sleep", "1000")
        self.assertEqual((str(UID), str(GID)), (self.host("box", "Uid:"), self.host("box", "Gid:")))
        self.assertEqual("0 %d 65536" % UID, " ".join(self.ok("exec", "box", "cat", "/proc/self/uid_map").split()))
        self.assertEqual("0:0\n0:0", self.ok("exec", "box", "stat", "-c", "%u:%g", "/bin/busybox", "/"))
        self.assertEqual("0\n1", self.ok("exec", "box", "id", "-u") + "\n" + self.ok("exec", "-u", "daemon", "box", "id", "-u"))
        self.assertEqual(self.runtime, self.engine.inspect("box", "HostConfig.Runtime"))
        self.assertIn("name=userns", self.ok("info", "-f", "{{.SecurityOptions}}"))
        self.assertEqual("", self.engine.inspect("box", "HostConfig.UsernsMode"))
        self.assertIn("sleep", self.ok("top", "box"))
        self.ok("pause", "box")
        self.ok("unpause", "box")
        self.ok("restart", "-t", "0", "box")
        self.assertEqual(str(UID), self.host("box", "Uid:"))
        self.engine.kill9()
        self.engine.up()
        self.assertEqual("0 %d 65536" % UID, " ".join(self.ok("exec", "box", "cat", "/proc/self/uid_map").split()))
        self.ok("kill", "box")

    def test_an_image_that_is_mounted_is_its_roots(self):
        self.ok("run", "--name", "made", BUSYBOX, "sh", "-c", "mkdir -p /d/sub; echo deep >/d/sub/f; chown 5:6 /d/sub/f")
        self.ok("commit", "made", "two")
        self.addCleanup(self.docker, "rmi", "-f", "two")
        mount = "type=image,dst=/i,src="
        self.assertEqual("0:0 5:6 deep", self.sh("--mount", mount + "two", script="echo $(stat -c %u:%g /i /i/d/sub/f; cat /i/d/sub/f)"))
        self.assertEqual("5:6 deep", self.sh("--mount", mount + "two,image-subpath=d/sub/f", script="echo $(stat -c %u:%g /i; cat /i)"))
        self.assertEqual("0:0 root", self.sh("--mount", mount + BUSYBOX + ",image-subpath=etc", script="echo $(stat -c %u:%g /i; head -c 4 /i/passwd)"))

    def test_what_is_written_is_the_containers_and_images_never_know(self):
        self.ok("run", "--name", "box", BUSYBOX, "sh", "-c", "mkdir /made; echo >/made/f; chown 5:6 /made/f; chmod 4755 /made/f; rm /etc/group; chown 7 /etc/passwd")
        self.assertIn("A /made/f", self.ok("diff", "box"))
        self.ok("commit", "box", "committed")
        check = OWNER + "/made /made/f /etc/passwd /bin; stat -c %a /made/f; ls /etc/group 2>&1"
        expected = "0:0\n5:6\n7:0\n0:0\n4755\nls: /etc/group: No such file or directory"
        for options in ((), ("--userns", "host")):
            said = self.docker("run", "--rm", *options, "committed", "sh", "-c", check)
            self.assertEqual(expected, said.stdout.strip())
        with open(self.here + "/all.tar", "wb") as file:
            subprocess.run(self.engine.words("export", "box"), stdout=file, check=True)
        with tarfile.open(self.here + "/all.tar") as tar:
            owners = {entry.name.strip("/"): (entry.uid, entry.gid) for entry in tar}
        self.assertEqual([(5, 6), (7, 0), (0, 0)], [owners[name] for name in ("made/f", "etc/passwd", "bin")])
        self.ok("rmi", "-f", "committed")

    def test_volumes_are_the_mapped_roots(self):
        self.sh("-v", "data:/data", "-v", "/new", script="touch /data/f /new/f; chown 3:4 /data/f")
        path = self.ok("volume", "inspect", "data", "-f", "{{.Mountpoint}}")
        self.assertEqual((UID, GID), self.owner(path))
        self.assertEqual((UID + 3, GID + 4), self.owner(path, "f"))
        # what the image has there is copied with its owners
        self.assertEqual("0:0\n0:0", self.sh("-v", "etc:/etc", script=OWNER + "/etc /etc/passwd; touch /etc/x"))
        self.assertEqual((UID, GID), self.owner(self.ok("volume", "inspect", "etc", "-f", "{{.Mountpoint}}"), "passwd"))
        self.assertEqual("3:4", self.sh("-v", "data:/data", script=OWNER + "/data/f"))
        self.ok("run", "-d", "--name", "on", BUSYBOX, "sleep", "1000")
        self.engine.shell("felucca:mount on bare:/bare:nocopy")
        self.ok("exec", "on", "touch", "/bare/f")
        self.assertEqual((UID, GID), self.owner(self.ok("volume", "inspect", "bare", "-f", "{{.Mountpoint}}"), "f"))

    def test_binds_keep_the_hosts_owners_unless_they_are_mapped(self):
        self.assertEqual("65534:65534\nno", self.sh("-v", self.here + ":/d", script=OWNER + "/d; touch /d/x 2>/dev/null || echo no"))
        self.assertEqual("0:0", self.sh("-v", self.here + ":/d:idmap", script=OWNER + "/d; touch /d/mine"))
        self.assertEqual((0, 0), self.owner("mine"))
        self.assertEqual("0:0\n2:2", self.sh("-v", self.here + ":/d:rw,idmap=uids=0-%d-1#1000-%d-1;gids=0-%d-1#1000-%d-1" % (UID, UID + 2, GID, GID + 2),
                                             script="touch /d/given; chown 2:2 /d/given; " + OWNER + "/d/mine /d/given"))
        self.assertEqual((1000, 1000), self.owner("given"))
        self.refused("create", "-v", "data:/d:idmap", BUSYBOX, says="invalid mode: idmap")
        self.refused("create", "-v", self.here + ":/d:idmap=uids=1", BUSYBOX, says="not a map of ids")

    def test_cp_gives_the_owners_that_are_seen_inside(self):
        self.ok("run", "-d", "--name", "box", "-v", "vol:/vol", "-v", self.here + ":/bound:idmap", BUSYBOX, "sh", "-c",
                "echo >/f; chown 8:9 /f; echo >/vol/f; chown 8:9 /vol/f; sleep 1000")
        self.ok("exec", "box", "sh", "-c", "until [ -s /vol/f ]; do :; done; mkdir /in")
        for running in (True, False):
            if not running:
                self.ok("stop", "-t", "0", "box")
            for path in ("/f", "/vol/f"):
                tar = subprocess.run(self.engine.words("cp", "box:" + path, "-"), capture_output=True, check=True).stdout
                with tarfile.open(fileobj=io.BytesIO(tar)) as found:
                    self.assertEqual([(8, 9)], [(entry.uid, entry.gid) for entry in found], path)
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w") as tar:
                for name, uid in (("root", 0), ("other", 12)):
                    entry = tarfile.TarInfo("%s-%s" % (name, running))
                    entry.uid = entry.gid = uid
                    tar.addfile(entry)
            for place in ("/in", "/vol", "/bound"):
                subprocess.run(self.engine.words("cp", "-a", "-", "box:" + place), input=packed.getvalue(), check=True, capture_output=True)
        self.ok("start", "box")
        files = ["%s/%s-%s" % (place, name, running) for place in ("/in", "/vol", "/bound") for name in ("root", "other") for running in (True, False)]
        owners = self.ok("exec", "box", "stat", "-c", "%u:%g", *files).split("\n")
        self.assertEqual((["0:0"] * 2 + ["12:12"] * 2) * 3, owners)

    def test_it_may_do_nothing_to_the_host(self):
        self.assertEqual("1\nnone\nnone", self.sh("--cap-add", "ALL", "--security-opt", "seccomp=unconfined", "--sysctl", "net.ipv4.ip_forward=1", script=(
            "cat /proc/sys/net/ipv4/ip_forward; mknod /n b 254 0 2>/dev/null || echo none;"
            "cat /proc/1/../kcore >/dev/null 2>&1; echo 1 2>/dev/null >/proc/sys/kernel/sysrq || echo none; ip link set lo down")))
        self.assertEqual("", self.sh("--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", script="mount -t tmpfs t /mnt 2>/dev/null || mkdir /mnt && mount -t tmpfs t /mnt"))

    def test_namespaces_are_shared_with_the_same_users_only(self):
        self.ok("run", "-d", "--name", "first", "--ipc", "shareable", BUSYBOX, "sh", "-c", "echo >/dev/shm/here; sleep 1000")
        self.ok("run", "-d", "--name", "hosts", "--userns", "host", BUSYBOX, "sleep", "1000")
        same = self.ok("exec", "first", "readlink", "/proc/self/ns/user")
        self.assertEqual(same + "\nhere\nsees", self.sh("--network", "container:first", "--ipc", "container:first", "--pid", "container:first",
                                                        script="readlink /proc/self/ns/user; ls /dev/shm; kill -0 1 && echo sees"))
        self.refused("run", "--rm", "--network", "container:hosts", BUSYBOX, "true", code=125, says="its users are others on the host")
        self.assertEqual(os.readlink("/proc/self/ns/user"), self.ok("exec", "hosts", "readlink", "/proc/self/ns/user"))
        self.assertEqual("0", self.host("hosts", "Uid:"))

    def test_what_cannot_be_together_is_refused(self):
        self.refused("create", "--privileged", BUSYBOX, says="privileged mode is incompatible with user namespaces")
        self.refused("create", "--network", "host", BUSYBOX, says="cannot share the host's network namespace when user namespaces are enabled")
        self.refused("create", "--pid", "host", BUSYBOX, says="cannot share the host PID namespace when user namespaces are enabled")
        for options in (["--privileged"], ["--network", "host"], ["--pid", "host"]):
            self.assertEqual("0", self.sh(*options, "--userns", "host", script="id -u"))
        self.refused("run", "--rm", "-u", "70000", BUSYBOX, "true", code=125, says="unmapped user")

    def test_a_terminal_an_init_and_streams_of_another_user(self):
        self.assertEqual("daemon\ndone", self.sh("-u", "daemon", "--init", script="whoami >/dev/stdout; echo done >/proc/self/fd/1"))
        self.assertIn("/dev/pts/0", self.ok("run", "--rm", "-t", BUSYBOX, "tty"))
        self.assertEqual("77", self.sh("--ulimit", "nofile=77", "--oom-score-adj", "-5", script="ulimit -n"))


class Hostile(UsersTest):
    """Root of a container with every capability and no filter, which here ends at its own users."""

    images = (BUSYBOX, DEBIAN)
    free = ("--cap-add", "ALL", "--security-opt", "seccomp=unconfined", "--security-opt", "systempaths=unconfined")

    def test_a_file_brings_no_one_from_outside(self):
        """Whose owner on disk is the id that stands for the host's root in the map of layers; and nodes of devices."""
        self.ok("run", "-d", "--name", "box", *self.free, DEBIAN, "sh", "-c", "for f in planted rooted; do cp /usr/bin/id /$f; chmod 6755 /$f; done; touch /node; echo >/done; sleep 1000")
        until(lambda: self.docker("exec", "box", "test", "-e", "/done").returncode == 0, "files are there")
        self.ok("stop", "-t", "0", "box")
        upper = subprocess.run(["find", self.engine.data, "-name", "planted"], capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(1, len(upper))
        os.chown(upper[0], 4294967294, 4294967294)
        os.chmod(upper[0], 0o6755)
        node = os.path.join(os.path.dirname(upper[0]), "node")
        os.unlink(node)
        os.mknod(node, 0o666 | 0o060000, os.stat(self.here).st_dev)
        self.ok("start", "box")
        self.assertEqual("0", self.ok("exec", "-u", "1000", "box", "/rooted", "-u"))
        self.assertEqual("1000", self.ok("exec", "-u", "1000", "box", "/planted", "-u"))
        self.assertEqual("0", self.ok("exec", "box", "/planted", "-u"))
        said = self.ok("exec", "box", "sh", "-c", "stat -c %u /planted; head -c 1 /node >/dev/null 2>&1 && echo opened; chmod 4777 /planted 2>/dev/null || echo not his")
        self.assertEqual("65534\nnot his", said)

    def test_nothing_that_is_anothers_is_joined_or_rewritten(self):
        self.ok("run", "-d", "--name", "other", BUSYBOX, "sleep", "1000")
        pid = self.engine.inspect("other", "State.Pid")
        for name, path in (("hostnet", "/proc/self/ns/net"), ("net", "/proc/%d/ns/net" % pid), ("user", "/proc/%d/ns/user" % pid), ("hostuser", "/proc/self/ns/user")):
            open(os.path.join(self.here, name), "w").close()
            subprocess.run(["mount", "--bind", path, os.path.join(self.here, name)], check=True)
            self.addCleanup(subprocess.run, ["umount", "-l", os.path.join(self.here, name)], check=True)
        os.chmod(self.here, 0o755)
        binds = ["-v", self.here + ":/ns"]
        said = self.sh(*self.free, *binds, script=(
            "ls /ns/hostnet /ns/user >/dev/null || echo no files; for n in n/ns/hostnet n/ns/net U/ns/user U/ns/hostuser; do nsenter -$n true 2>/dev/null && echo joined $n; done;"
            "for f in uid_map gid_map; do echo '0 0 1' 2>/dev/null >/proc/self/$f && echo wrote $f; done;"
            "echo deny 2>/dev/null >/proc/self/setgroups && echo wrote setgroups;"
            "unshare -U sh -c 'echo 0 0 4294967295 >/proc/self/uid_map' 2>/dev/null && echo nested;"
            "for f in kernel/core_pattern kernel/modprobe kernel/sysrq vm/drop_caches; do echo x 2>/dev/null >/proc/sys/$f && echo wrote $f; done;"
            "echo b 2>/dev/null >/proc/sysrq-trigger && echo sysrq;"
            "find /sys -name release_agent -o -name cgroup.procs | while read f; do mount -o remount,bind,rw /sys/fs/cgroup 2>/dev/null; echo 1 2>/dev/null >$f && echo wrote $f; done;"
            "chown 70000 /etc/passwd 2>/dev/null && echo gave; true"))
        self.assertEqual("", said)
        self.assertEqual("true", str(self.engine.inspect("other", "State.Running")).lower())

    def test_a_bind_with_other_owners_gives_no_more_than_it_maps(self):
        for name, uid in (("roots", 0), ("annas", 1000), ("others", 2000)):
            with open(os.path.join(self.here, name), "w") as file:
                file.write(name)
            os.chmod(file.name, 0o600)
            os.chown(file.name, uid, uid)
        os.chmod(self.here, 0o755)
        bind = self.here + ":/d:idmap=uids=1000-%d-1;gids=1000-%d-1" % (UID, GID)
        self.assertEqual("annas\nno\nno\nno", self.sh(*self.free, "-v", bind, script=(
            "cat /d/annas; echo; for f in roots others; do cat /d/$f 2>/dev/null || echo no; done; chown 0 /d/roots 2>/dev/null || echo no;"
            "mount -o remount,bind,suid,dev /d 2>/dev/null; mknod /d/n c 1 3 2>/dev/null && echo node; ln /d/roots /d/linked 2>/dev/null; cat /d/linked 2>/dev/null; true")))
        self.assertEqual([(0, 0), (1000, 1000), (2000, 2000)], [self.owner(name) for name in ("roots", "annas", "others")])


class RemappedByCrun(Remapped):
    runtime = "crun"


class RemappedByRunc(Remapped):
    runtime = "runc"


class Unmapped(EngineTest):
    """An engine whose containers have the host's users."""

    def test_a_bind_can_have_other_owners_all_the_same(self):
        here = tempfile.mkdtemp(dir=self.engine.home)
        self.addCleanup(shutil.rmtree, here)
        words = here + ":/d:idmap=uids=0-1000-10;gids=0-2000-10"
        for runtime in ("linux", "crun", "runc"):
            with self.subTest(runtime=runtime):
                self.assertEqual("1000:2000\n1000:2000", self.ok("run", "--rm", "--runtime", runtime, "-u", "1000:2000", "-v", words, BUSYBOX,
                                                                 "sh", "-c", "touch /d/%s; %s /d /d/%s" % (runtime, OWNER, runtime)))
                self.assertEqual((0, 0), (os.lstat(here + "/" + runtime).st_uid, os.lstat(here + "/" + runtime).st_gid))
                self.assertEqual("no", self.ok("run", "--rm", "--runtime", runtime, "-u", "1000:2000", "-v", words.replace(":idmap", ":ro,idmap"), BUSYBOX,
                                               "sh", "-c", "touch /d/more 2>/dev/null || echo no"))
        self.refused("create", "-v", here + ":/d:idmap", BUSYBOX, says="idmap at /d needs a container with users of its own")


class Unknown(UsersTest):
    ranges = "nobodyhasthis"

    def test_no_container_is_made_where_the_ranges_are_missing(self):
        self.refused("create", BUSYBOX, says='Can\'t create ID mappings: no subuid ranges found for user "nobodyhasthis"')
        self.ok("run", "--rm", "--userns", "host", BUSYBOX, "true")
