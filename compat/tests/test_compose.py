"""docker compose: Debian's docker-compose 1.29, and compose 2 where the docker CLI has it as a plugin."""
import json
import os
import shutil
import subprocess
import unittest
import urllib.request

from engine import BUSYBOX, EngineTest, until

PROJECT = """
version: "3.7"
services:
  db:
    image: %(image)s
    command: sh -c 'touch /data/ready; trap "exit 0" TERM; while :; do echo tick; sleep 0.2; done'
    healthcheck: {test: ["CMD", "test", "-e", "/data/ready"], interval: 200ms, timeout: 5s, retries: 50}
    volumes: ["data:/data"]
    networks: {back: {aliases: [database]}}
  web:
    image: %(image)s
    command: sh -c 'echo "$$GREETING" >/www/index.html; exec httpd -f -p 80 -h /www'
    environment: {GREETING: hello}
    ports: ["127.0.0.1::80"]
    tmpfs: [/www]
    restart: unless-stopped
    stop_signal: KILL
    networks: [front, back]
    depends_on: %(depends)s
    secrets: [token]
    volumes: [{type: volume, source: data, target: /shared, read_only: true}]
%(more)s
networks: {front: {}, back: {internal: true}}
volumes: {data: {labels: {tier: db}}}
secrets: {token: {file: ./token.txt}}
"""

NEWER = """
    configs: [{source: inline, target: /run/inline}]
  once:
    image: %(image)s
    command: echo prepared
    network_mode: none
  tool:
    image: %(image)s
    profiles: [tools]
    network_mode: service:web
    command: wget -qO- http://127.0.0.1/
configs: {inline: {content: "from the file"}}
"""


def fetch(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return None


class Compose:
    """What both versions have; which one runs is the subclass's."""

    words = ()
    depends = "[db]"
    more = ""

    def setUp(self):
        self.place = self.engine.home + "/app"
        os.makedirs(self.place, exist_ok=True)
        with open(self.place + "/token.txt", "w") as file:
            file.write("sesame\n")
        text = PROJECT % {"image": BUSYBOX, "depends": self.depends, "more": self.more % {"image": BUSYBOX}}
        with open(self.place + "/docker-compose.yml", "w") as file:
            file.write(text)
        self.environment = {**os.environ, "DOCKER_HOST": "unix://" + self.engine.socket, "COMPOSE_PROJECT_NAME": "app"}

    def start_compose(self, *words):
        return subprocess.Popen(
            [*self.words, *words], cwd=self.place, env=self.environment, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def compose(self, *words, code=0):
        result = subprocess.run(
            [*self.words, *words], cwd=self.place, env=self.environment, text=True, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=120)
        self.assertEqual(code, result.returncode, f"{words}\n{result.stdout}{result.stderr}")
        return result.stdout

    def service(self, name):
        return self.compose("ps", "-q", name).split()

    def state(self, name):
        return [self.engine.inspect(one, "State.Status") for one in self.service(name)]

    def test_a_project_lives_its_life(self):
        self.compose("up", "-d")
        until(lambda: self.engine.inspect(self.service("db")[0], "State.Health.Status") == "healthy", "db is healthy")
        port = self.compose("port", "web", "80").strip()
        self.assertPattern(r"^127\.0\.0\.1:\d+$", port)
        self.assertEqual("hello\n", until(lambda: fetch("http://" + port), "web answers"))
        self.assertEqual("sesame\n", self.compose("exec", "-T", "web", "cat", "/run/secrets/token"))
        self.assertIn("ready", self.compose("exec", "-T", "web", "ls", "/shared"))
        self.compose("exec", "-T", "web", "touch", "/shared/no", code=1)
        self.compose("exec", "-T", "web", "ping", "-c1", "database")
        self.assertIn("tick", self.compose("logs", "db"))
        self.assertIn("httpd", self.compose("top", "web"))
        self.assertIn("ran\n", self.compose("run", "--rm", "-T", "web", "echo", "ran"))
        self.assertIn("X=1\n", self.compose("run", "--rm", "-T", "-e", "X=1", "db", "env"))
        self.follows_logs_and_events()
        self.compose("pause", "db")
        self.assertEqual(["paused"], self.state("db"))
        self.compose("unpause", "db")
        self.compose("restart", "-t", "1", "web")
        self.compose("stop")
        self.compose("start")
        self.assertEqual(["running"], self.state("web"))
        self.compose("up", "-d", "--scale", "db=2", "--no-recreate")
        self.assertEqual(["running"] * 2, self.state("db"))
        self.in_this_version()
        self.compose("kill", "db")
        self.compose("down", "-v")
        self.assertEqual("", self.ok("ps", "-aq"))
        self.assertEqual("", self.ok("volume", "ls", "-q"))
        self.assertEqual({"bridge", "host", "none"}, set(self.ok("network", "ls", "--format", "{{.Name}}").split()))

    def follows_logs_and_events(self):
        with self.start_compose("logs", "-f", "db") as logs, self.start_compose("events", "--json") as events:
            try:
                self.assertTrue(any("tick" in line for line in logs.stdout))
                # db tells a health check every 200 ms: what comes is an object a line, with the service's name.
                told = json.loads(events.stdout.readline())
                self.assertEqual(("container", "db"), (told["type"], told["service"]))
            finally:
                logs.terminate()
                events.terminate()

    def in_this_version(self):
        """What one of them has and the other not."""


@unittest.skipUnless(shutil.which("docker-compose"), "Debian's docker-compose is not installed")
class Compose1(Compose, EngineTest):
    words = ("docker-compose",)


@unittest.skipIf(subprocess.run(["docker", "compose", "version"], capture_output=True).returncode, "the docker CLI has no compose")
class Compose2(Compose, EngineTest):
    words = ("docker", "compose", "--ansi", "never")
    depends = "{db: {condition: service_healthy, restart: true}, once: {condition: service_completed_successfully}}"
    more = NEWER

    def in_this_version(self):
        self.assertEqual("from the file", self.compose("exec", "-T", "web", "cat", "/run/inline"))
        self.assertEqual("hello\n", self.compose("--profile", "tools", "run", "--rm", "tool"))
        self.compose("cp", "web:/run/secrets/token", "copied")
        with open(self.place + "/copied") as file:
            self.assertEqual("sesame\n", file.read())
        self.compose("cp", "copied", "web:/tmp/")
        self.assertEqual("sesame\n", self.compose("exec", "-T", "web", "cat", "/tmp/copied"))
        self.assertEqual("app", json.loads(self.compose("ls", "--format", "json"))[0]["Name"])
        self.compose("scale", "db=1")
        self.compose("up", "-d", "--wait", "--force-recreate", "web")
        self.assertIn("web", self.compose("stats", "--no-stream", "web"))
        self.compose("wait", "once", code=1)
