"""Chapter 7 of the handbook, "managing data", command by command."""
import os
import subprocess
import unittest

from engine import BUSYBOX, DEBIAN, Engine, FilesTest, until


class Chapter7(FilesTest):
    images = (BUSYBOX, DEBIAN)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The handbook's names, for images that are here.
        for name, image in (("training/webapp", BUSYBOX), ("training/postgres", BUSYBOX), ("ubuntu", DEBIAN), ("busybox", BUSYBOX)):
            cls.engine.ok("tag", image, name)

    def volumes(self):
        return self.ok("volume", "ls", "-q").split()

    def mounts(self, name):
        return {mount["Destination"]: mount for mount in self.engine.inspect(name, "Mounts")}

    def test_7_1_a_volume_of_its_own(self):
        self.ok("run", "-d", "-P", "--name", "web", "-v", "/webapp", "training/webapp", "sleep", "600")
        mount = self.mounts("web")["/webapp"]
        self.assertEqual(("volume", True, 64), (mount["Type"], mount["RW"], len(mount["Name"])))
        self.ok("exec", "web", "sh", "-c", "echo there > /webapp/f")
        with open(mount["Source"] + "/f") as file:
            self.assertEqual("there\n", file.read())
        self.assertEqual("A /webapp", self.ok("diff", "web"))  # it bypasses the union file system
        self.ok("rm", "-f", "web")
        self.assertEqual([mount["Name"]], self.volumes())  # and outlives its container

    def test_7_1_several_and_the_images_own(self):
        self.ok("run", "--name", "base", "busybox", "sh", "-c", "mkdir -p /data/sub; echo from the image > /data/sub/f; chown 7:8 /data/sub/f")
        self.ok("commit", "--change", "VOLUME /data", "base", "with-volume")
        self.addCleanup(self.docker, "rmi", "-f", "with-volume")
        self.ok("run", "--name", "several", "-v", "/a", "-v", "/b", "with-volume", "sh", "-c", "echo changed >> /data/sub/f")
        self.assertEqual({"/a", "/b", "/data"}, set(self.mounts("several")))
        self.assertEqual("from the image\nchanged", self.ok("run", "--rm", "--volumes-from", "several", "busybox", "cat", "/data/sub/f"))
        self.assertEqual("7 8", self.ok("run", "--rm", "--volumes-from", "several", "busybox", "stat", "-c", "%u %g", "/data/sub/f"))
        # a change of the volume does not change the image
        self.assertEqual("from the image", self.ok("run", "--rm", "with-volume", "cat", "/data/sub/f"))

    def test_7_1_a_directory_of_the_host(self):
        source = self.here + "/src/webapp"
        self.ok("run", "-d", "-P", "--name", "web", "-v", source + ":/opt/webapp", "training/webapp", "sleep", "600")
        self.assertTrue(os.path.isdir(source))  # made, as it was missing
        with open(source + "/app.py", "w") as file:
            file.write("print()")
        self.assertEqual("print()", self.ok("exec", "web", "cat", "/opt/webapp/app.py"))
        self.ok("exec", "web", "touch", "/opt/webapp/written")
        self.assertEqual(["app.py", "written"], sorted(os.listdir(source)))
        self.ok("rm", "-f", "web")
        self.ok("run", "-d", "-P", "--name", "web", "-v", source + ":/opt/webapp:ro", "training/webapp", "sleep", "600")
        self.refused("exec", "web", "touch", "/opt/webapp/no", says="Read-only file system")
        self.assertFalse(self.mounts("web")["/opt/webapp"]["RW"])

    def test_7_1_a_single_file(self):
        history = self.here + "/.bash_history"
        with open(history, "w") as file:
            file.write("ls\n")
        self.ok("run", "--rm", "-i", "-v", history + ":/.bash_history", "ubuntu", "/bin/bash", "-c", "cat /.bash_history; echo pwd >> /.bash_history")
        with open(history) as file:
            self.assertEqual("ls\npwd\n", file.read())
        # sed --in-place would have to replace the file, on which something is mounted
        self.refused("run", "--rm", "-v", history + ":/.bash_history", "ubuntu", "sed", "-i", "s/ls/la/", "/.bash_history", code=4, says="busy")

    def test_7_2_a_container_for_data(self):
        self.ok("run", "-d", "-v", "/dbdata", "--name", "dbdata", "training/postgres", "echo", "Data-only container for postgres")
        until(lambda: self.engine.inspect("dbdata", "State.Status") == "exited", "dbdata has ended")
        self.assertEqual("Data-only container for postgres", self.ok("logs", "dbdata"))
        self.ok("run", "-d", "--volumes-from", "dbdata", "--name", "db1", "training/postgres", "sleep", "600")
        self.ok("run", "-d", "--volumes-from", "dbdata", "--name", "db2", "training/postgres", "sleep", "600")
        self.ok("run", "-d", "--name", "db3", "--volumes-from", "db1", "training/postgres", "sleep", "600")
        self.ok("exec", "db1", "sh", "-c", "echo shared > /dbdata/f")
        for name in ("db2", "db3"):
            self.assertEqual("shared", self.ok("exec", name, "cat", "/dbdata/f"))
        self.ok("run", "--name", "other", "-v", "/more", "busybox", "touch", "/more/f")
        self.assertEqual("/dbdata/f\n/more/f", self.ok("run", "--rm", "--volumes-from", "dbdata:ro", "--volumes-from", "other", "busybox", "ls", "/dbdata/f", "/more/f"))
        # the volume goes with the last one that mounts it, and only by rm -v
        name = self.mounts("dbdata")["/dbdata"]["Name"]
        for last in ("dbdata", "db1", "db2"):
            self.ok("rm", "-f", "-v", last)
            self.assertIn(name, self.volumes())
        self.ok("rm", "-f", "-v", "db3")
        self.assertNotIn(name, self.volumes())

    def test_7_3_backup_restore_and_moving_to_another_engine(self):
        self.ok("run", "-v", "/dbdata", "--name", "dbdata", "ubuntu", "sh", "-c",
                "mkdir -p /dbdata/base; echo row > /dbdata/base/1; chown 70:70 /dbdata/base/1; chmod 600 /dbdata/base/1; ln -s base/1 /dbdata/link")
        self.assertIn("dbdata/base/1", self.ok("run", "--volumes-from", "dbdata", "-v", self.here + ":/backup", "ubuntu",
                                               "tar", "cvf", "/backup/backup.tar", "/dbdata"))
        self.assertTrue(os.path.exists(self.here + "/backup.tar"))
        self.ok("run", "-v", "/dbdata", "--name", "dbdata2", "ubuntu", "/bin/bash")
        self.assertIn("dbdata/base/1", self.ok("run", "--volumes-from", "dbdata2", "-v", self.here + ":/backup", "busybox",
                                               "tar", "xvf", "/backup/backup.tar"))
        look = ("sh", "-c", "cat /dbdata/link; stat -c '%u %g %a' /dbdata/base/1")
        self.assertEqual("row\n70 70 600", self.ok("run", "--rm", "--volumes-from", "dbdata2", "busybox", *look))

        # a volume is a directory: moved below another engine's data root it is that one's
        self.ok("run", "--rm", "--volumes-from", "dbdata", "-v", "moves:/to", "busybox", "cp", "-a", "/dbdata/.", "/to")
        second = Engine("second")
        second.up()
        self.addCleanup(second.destroy)
        place = second.ok("volume", "inspect", "-f", "{{.Mountpoint}}", second.ok("volume", "create", "moves"))
        second.ok("volume", "rm", "moves")
        target = os.path.dirname(place)
        source = os.path.dirname(self.ok("volume", "inspect", "-f", "{{.Mountpoint}}", "moves"))
        subprocess.run(["cp", "-a", source, target], check=True)
        self.assertEqual(["moves"], second.ok("volume", "ls", "-q").split())
        second.ok("pull", "-q", BUSYBOX)
        self.assertEqual("row\n70 70 600", second.ok("run", "--rm", "-v", "moves:/dbdata", BUSYBOX, *look))
        second.ok("volume", "rm", "moves")
        self.assertIn("moves", self.volumes())


if __name__ == "__main__":
    unittest.main()
