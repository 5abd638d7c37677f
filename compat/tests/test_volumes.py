"""Volumes as the docker CLI makes, fills, shares and removes them."""
import json
import os
import unittest

from engine import BUSYBOX, EngineTest


class Volumes(EngineTest):
    def volume(self, name):
        return json.loads(self.ok("volume", "inspect", name))[0]

    def anonymous(self):
        return self.ok("volume", "ls", "-q", "-f", "label=com.docker.volume.anonymous").split()

    def tearDown(self):
        self.docker("rm", "-f", "-v", *self.engine.names("-a"))
        self.ok("volume", "prune", "-af")
        self.assertEqual("", self.ok("volume", "ls", "-q"))
        super().tearDown()

    def test_created_listed_inspected_removed(self):
        self.assertEqual("data", self.ok("volume", "create", "--label", "a=b", "data"))
        self.assertEqual("data", self.ok("volume", "create", "data"))
        shown = self.volume("data")
        self.assertEqual(("data", "local", "local", {"a": "b"}),
                         (shown["Name"], shown["Driver"], shown["Scope"], shown["Labels"]))
        self.assertTrue(shown["Mountpoint"].endswith("/volumes/data/_data"))
        self.assertEqual("data", self.ok("volume", "ls", "-q", "-f", "label=a=b"))
        self.assertEqual("", self.ok("volume", "ls", "-q", "-f", "label=a=c"))
        self.assertEqual("data", self.ok("volume", "rm", "data"))
        self.refused("volume", "inspect", "data", says="no such volume")
        self.refused("volume", "rm", "data", says="no such volume")
        self.ok("volume", "rm", "-f", "data")

    def test_names_and_options_that_cannot_be_are_refused(self):
        self.refused("volume", "create", "-", says="name")
        self.refused("volume", "create", "a b", says="invalid characters for a local volume name")
        self.refused("volume", "create", "-o", "color=red", "paint", says="invalid option")
        self.refused("volume", "create", "-d", "nosuch", "other", says="nosuch")

    def test_content_is_shared_and_outlasts_containers(self):
        self.ok("run", "--rm", "-v", "data:/d", BUSYBOX, "sh", "-c", "echo kept > /d/file")
        self.assertEqual("kept", self.ok("run", "--rm", "-v", "data:/x:ro", BUSYBOX, "cat", "/x/file"))
        self.refused("run", "--rm", "-v", "data:/x:ro", BUSYBOX, "touch", "/x/no", says="Read-only file system")
        self.assertEqual("kept", self.ok("run", "--rm", "--mount", "type=volume,src=data,dst=/y", BUSYBOX, "cat", "/y/file"))

    def test_in_use_is_refused_naming_who(self):
        user = self.ok("create", "--name", "user", "-v", "data:/d", BUSYBOX, "true")
        self.refused("volume", "rm", "data", says="volume is in use - [" + user + "]")
        self.assertEqual("user", self.ok("ps", "-a", "--filter", "volume=data", "--format", "{{.Names}}"))
        self.ok("rm", "user")
        self.ok("volume", "rm", "data")

    def test_an_empty_volume_gets_what_the_image_has_there(self):
        listing = "cd /etc && ls -lnR . | sed s/total.*//"
        image = self.ok("run", "--rm", "--network", "none", BUSYBOX, "sh", "-c", "ls -ln /etc/passwd /etc/group")
        self.ok("create", "--name", "one", "-v", "etc:/copy/../etc", BUSYBOX, "true")
        place = self.volume("etc")["Mountpoint"]
        self.assertIn("passwd", os.listdir(place))
        self.assertEqual(image, self.ok("run", "--rm", "-v", "etc:/v", BUSYBOX, "sh", "-c", "cd /v; ls -ln passwd group")
                         .replace("passwd", "/etc/passwd").replace("group", "/etc/group"))
        self.ok("run", "--rm", "-v", "bare:/etc:nocopy", BUSYBOX, "true")
        self.assertNotIn("passwd", os.listdir(self.volume("bare")["Mountpoint"]))
        self.ok("run", "--rm", "--mount", "type=volume,src=bare2,dst=/etc,volume-nocopy", BUSYBOX, "true")
        self.assertNotIn("passwd", os.listdir(self.volume("bare2")["Mountpoint"]))
        self.ok("run", "--rm", "-v", "etc:/etc", BUSYBOX, "sh", "-c", "rm /etc/passwd; " + listing)
        self.ok("run", "--rm", "-v", "etc:/etc", BUSYBOX, "true")
        self.assertNotIn("passwd", os.listdir(place))

    def test_anonymous_volumes_go_with_their_container(self):
        self.ok("run", "--name", "keeps", "-v", "/d", BUSYBOX, "touch", "/d/x")
        self.assertEqual(1, len(self.anonymous()))
        mount = self.engine.inspect("keeps", "Mounts")[0]
        self.assertEqual(("volume", self.anonymous()[0], "/d", "local", True),
                         (mount["Type"], mount["Name"], mount["Destination"], mount["Driver"], mount["RW"]))
        self.ok("rm", "keeps")
        self.assertEqual(1, len(self.anonymous()))
        self.ok("volume", "prune", "-f")
        self.assertEqual(0, len(self.anonymous()))
        self.ok("run", "--name", "takes", "-v", "/d", "-v", "named:/e", BUSYBOX, "true")
        self.ok("rm", "-v", "takes")
        self.assertEqual("named", self.ok("volume", "ls", "-q"))
        self.ok("run", "--rm", "-v", "/d", "-v", "named:/e", BUSYBOX, "true")
        self.assertEqual("named", self.ok("volume", "ls", "-q"))

    def test_volumes_from_shares_and_overrides(self):
        self.ok("create", "--name", "store", "-v", "/a", "-v", "named:/b", BUSYBOX, "true")
        self.ok("run", "--rm", "--volumes-from", "store", BUSYBOX, "sh", "-c", "echo 1 > /a/f; echo 2 > /b/f")
        self.assertEqual("1\n2", self.ok("run", "--rm", "--volumes-from", "store:ro", BUSYBOX, "cat", "/a/f", "/b/f"))
        self.refused("run", "--rm", "--volumes-from", "store:ro", BUSYBOX, "touch", "/a/g", says="Read-only")
        self.ok("create", "--name", "second", "--volumes-from", "store", BUSYBOX, "true")
        self.ok("rm", "-v", "store")
        self.assertEqual("1", self.ok("run", "--rm", "--volumes-from", "second", BUSYBOX, "cat", "/a/f"))
        self.refused("run", "--rm", "--volumes-from", "second", "-v", "other:/a", BUSYBOX, "cat", "/a/f", says="No such file")
        self.ok("rm", "-v", "second")
        self.assertEqual([], self.anonymous())
        self.refused("run", "--volumes-from", "nobody", BUSYBOX, "true", code=125, says="No such container")

    def test_a_tmpfs_is_shared_by_its_users_only_while_they_run(self):
        self.ok("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=1m", "quick")
        self.ok("run", "-d", "--name", "one", "-v", "quick:/q", BUSYBOX, "sh", "-c", "echo here > /q/f; exec sleep 600")
        self.assertEqual("here", self.ok("run", "--rm", "-v", "quick:/q", BUSYBOX, "sh", "-c",
                                         "until test -s /q/f; do :; done; cat /q/f"))
        self.ok("rm", "-f", "one")
        self.assertEqual("", self.ok("run", "--rm", "-v", "quick:/q", BUSYBOX, "ls", "/q"))

    def test_volumes_outlast_the_engines_end(self):
        self.ok("run", "-d", "--name", "on", "-v", "data:/d", "-v", "/e", BUSYBOX, "sh", "-c", "echo 1 > /d/f; exec sleep 600")
        self.engine.kill9()
        self.engine.up()
        self.assertEqual(2, len(self.ok("volume", "ls", "-q").split()))
        self.assertEqual(1, len(self.anonymous()))
        self.refused("volume", "rm", "data", says="in use")
        self.assertEqual("1", self.ok("run", "--rm", "-v", "data:/d", BUSYBOX, "cat", "/d/f"))
        self.ok("rm", "-f", "-v", "on")
        self.assertEqual("data", self.ok("volume", "ls", "-q"))

    def test_disk_usage_and_the_shell_tell_of_them(self):
        self.ok("run", "--name", "user", "-v", "data:/d", BUSYBOX, "dd", "if=/dev/zero", "of=/d/f", "bs=1024", "count=1024")
        used = json.loads(self.ok("system", "df", "-v", "--format", "json"))["Volumes"]
        self.assertEqual([("data", 1)], [(v["Name"], v["UsageData"]["RefCount"]) for v in used] if "UsageData" in used[0]
                         else [(v["Name"], int(v["Links"])) for v in used])
        self.assertIn("data", self.engine.shell("felucca:volume ls"))
        self.engine.shell("felucca:volume create made")
        self.assertIn("made", self.ok("volume", "ls", "-q"))
        self.engine.shell("felucca:volume rm made")
        self.assertEqual("data", self.ok("volume", "ls", "-q"))

    def test_prune_takes_what_nobody_uses(self):
        self.ok("volume", "create", "--label", "keep", "kept")
        self.ok("volume", "create", "free")
        self.ok("create", "--name", "user", "-v", "used:/d", BUSYBOX, "true")
        self.ok("volume", "prune", "-f")
        self.assertEqual({"kept", "free", "used"}, set(self.ok("volume", "ls", "-q").split()))
        self.assertEqual({"kept", "free"}, set(self.ok("volume", "ls", "-q", "-f", "dangling=true").split()))
        self.assertIn("free", self.ok("volume", "prune", "-af", "--filter", "label!=keep"))
        self.assertEqual({"kept", "used"}, set(self.ok("volume", "ls", "-q").split()))


if __name__ == "__main__":
    unittest.main()
