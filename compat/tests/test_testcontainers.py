"""Testcontainers for Java, and docker-java by both of its usual transports; from Maven Central, so skipped where that is out of reach."""
import os
import shutil
import subprocess
import unittest

from engine import BUSYBOX, TOP, EngineTest

PROJECT = TOP + "/compat/testcontainers"


@unittest.skipUnless(shutil.which("mvn") and shutil.which("javac"), "Maven and a JDK are needed")
class Testcontainers(EngineTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.classes = cls.engine.home + "/classes"
        listed = cls.engine.home + "/classpath"
        # Our namespace has no way out: Maven has to be outside of it.
        outside = ["nsenter", "--net=/proc/1/ns/net"]
        resolve = ["mvn", "-q", "-B", "-f", PROJECT + "/pom.xml", "dependency:build-classpath", "-Dmdep.outputFile=" + listed]
        if subprocess.run([*resolve, "-o"], capture_output=True).returncode:
            result = subprocess.run(outside + resolve, capture_output=True, text=True)
            if result.returncode:
                raise unittest.SkipTest("Maven Central is out of reach: " + result.stdout[-300:])
        with open(listed) as file:
            cls.path = file.read().strip()
        subprocess.run(["javac", "-nowarn", "-cp", cls.path, "-d", cls.classes, PROJECT + "/Program.java"], check=True)

    def runs(self, what):
        result = subprocess.run(
            ["java", "-XX:TieredStopAtLevel=1", "-Duser.home=" + self.engine.home, "-cp", self.classes + ":" + self.path,
             "Program", BUSYBOX, what],
            env={**os.environ, "DOCKER_HOST": "unix://" + self.engine.socket, "TESTCONTAINERS_RYUK_DISABLED": "true",
                 "TESTCONTAINERS_REUSE_ENABLE": "true", "TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1"},
            capture_output=True, text=True, timeout=180)
        self.assertEqual((0, "all of it"), (result.returncode, result.stdout.strip().rpartition("\n")[2]), result.stdout + result.stderr)

    def test_testcontainers(self):
        # For its checks of the engine, which run df in a container.
        self.ok("tag", BUSYBOX, "alpine:3.17")
        self.runs("testcontainers")

    def test_docker_java_by_httpclient5(self):
        self.runs("httpclient5")

    def test_docker_java_by_zerodep(self):
        self.runs("zerodep")
