"""Bundles of a running engine, stopped, exchanged and dropped in as a person does it in the Gogo shell."""
import glob
import os
import shutil
import subprocess
import tempfile

from engine import TOP, until


class Bundles:
    """Of an EngineTest."""

    def bundle(self, symbolic_name):
        """The id of an installed bundle."""
        for line in self.engine.shell("felix:lb -s").splitlines():
            if symbolic_name in line:
                return line.split("|")[0].strip()
        raise AssertionError(symbolic_name + " is not installed")

    def distribution(self):
        with open(f"/proc/{self.engine.pid()}/cmdline", "rb") as file:
            words = file.read().decode().split("\0")
        return words[words.index("--home") + 1]

    def jars(self, name="*"):
        return glob.glob(f"{self.distribution()}/bundles/**/{name}*.jar", recursive=True)

    def available(self, name):
        """The jar of a driver that is shipped and not started."""
        return glob.glob(f"{self.distribution()}/bundles-available/*{name}*.jar")[0]

    def stop(self, bundle):
        """It is started again at the end of the test, whatever comes between."""
        self.addCleanup(self.engine.shell, f"felix:start {bundle}")
        self.engine.shell(f"felix:stop {bundle}")

    def update(self, symbolic_name):
        """To another build of the same."""
        copy = f"{self.engine.home}/{symbolic_name}-newer.jar"
        shutil.copy(self.jars(symbolic_name)[0], copy)
        self.engine.shell(f"felix:update {self.bundle(symbolic_name)} file:{copy}")

    def made(self, name, activator, sources, imports, classes_of=()):
        """A bundle made of sources below the top, and of classes of shipped ones."""
        work = tempfile.mkdtemp(dir=self.engine.home)
        path = ":".join(self.jars() + glob.glob(self.distribution() + "/bin/*.jar"))
        subprocess.run(["javac", "--release", "17", "-nowarn", "-proc:none", "-d", work + "/classes", "-cp", path,
                        *(f"{TOP}/{source}" for source in sources)], check=True, capture_output=True)
        for jar in classes_of:
            subprocess.run(["unzip", "-qn", self.jars(jar)[0], "*.class", "-d", work + "/classes"], check=True)
        with open(work + "/manifest", "w") as file:
            file.write(f"Bundle-ManifestVersion: 2\nBundle-SymbolicName: {name}\nBundle-Version: 1.0.0\nBundle-Activator: {activator}\n"
                       "Import-Package: org.osgi.framework" + "".join(f",\n {one}" for one in imports) + "\n")
        subprocess.run(["jar", "--create", "--file", work + "/made.jar", "--manifest", work + "/manifest", "-C", work + "/classes", "."],
                       check=True, capture_output=True)
        return work + "/made.jar"

    def drop(self, jar, driver):
        """Into the deploy folder: fileinstall sees the whole file or none of it."""
        shutil.copy(jar, self.engine.data + "/next")
        os.rename(self.engine.data + "/next", f"{self.engine.data}/deploy/{driver}.jar")
        until(lambda: driver in self.drivers(), f"{driver} is there")

    def take_away(self, driver):
        os.remove(f"{self.engine.data}/deploy/{driver}.jar")
        until(lambda: driver not in self.drivers(), f"{driver} is gone")

    def drivers(self):
        return self.engine.shell("felucca:driver list").split()
