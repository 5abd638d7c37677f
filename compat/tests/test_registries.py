"""Registries that want to know who is there: basic credentials and tokens over TLS, with an authority of our own."""
import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from engine import BUSYBOX, TOP, WORK, Engine, until
from registry_fronts import Redirecting, TokenServer
from relay import Relay, listens
from test_images import ImageTest
from test_terminal import Tmux

# htpasswd's form of jo:right-password
HTPASSWD = "jo:$2y$05$abcdefghijklmnopqrstuuBO.kmgTJhdt40M5ZyHgFmcpBdUb9aS."
SECRETS = ("right-password", base64.b64encode(b"jo:right-password").decode())


class Guarded(ImageTest):
    """Registries that ask who is there, over TLS with an authority of their own, on an address that is not loopback."""

    address = "10.77.0.1"
    images = ()

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(dir=WORK)
        cls.addClassCleanup(shutil.rmtree, cls.home, True)
        cls.program = subprocess.run([TOP + "/compat/images/registry", "program", cls.home], check=True, capture_output=True,
                                     text=True).stdout.strip()
        subprocess.run(["ip", "address", "add", cls.address + "/32", "dev", "lo"], check=True)
        cls.addClassCleanup(subprocess.run, ["ip", "address", "del", cls.address + "/32", "dev", "lo"], check=True)
        cls.certificate()
        cls.basic = cls.registry(5443, "htpasswd: {realm: test, path: %s/htpasswd}" % cls.home)
        cls.tokens = TokenServer(cls.address, cls.home)
        cls.addClassCleanup(cls.tokens.close)
        cls.bearer = cls.registry(5444, "token: {realm: \"%s\", service: test, issuer: tests, rootcertbundle: %s/token.crt}"
                                  % (cls.tokens.realm, cls.home))
        os.makedirs(cls.home + "/conf")
        for file in os.listdir(TOP + "/distro/src/main/dist/conf"):
            shutil.copy(TOP + "/distro/src/main/dist/conf/" + file, cls.home + "/conf")
        with open(cls.home + "/conf/transport.registry.cfg", "w") as file:
            file.write(f"certificates = {cls.home}/certs.d\n")
        cls.conf = cls.home + "/conf"
        super().setUpClass()

    @classmethod
    def openssl(cls, *words):
        subprocess.run(["openssl", *words], cwd=cls.home, check=True, capture_output=True)

    @classmethod
    def certificate(cls):
        cls.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt", "-days", "2",
                    "-subj", "/CN=tests")
        cls.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=registry")
        with open(cls.home + "/ext", "w") as file:
            file.write(f"subjectAltName=IP:{cls.address}\n")
        cls.openssl("x509", "-req", "-in", "tls.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                    "tls.crt", "-days", "2", "-extfile", "ext")
        cls.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "token.key", "-out", "token.crt", "-days",
                    "2", "-subj", "/CN=tokens")
        with open(cls.home + "/htpasswd", "w") as file:
            file.write(HTPASSWD + "\n")

    @classmethod
    def registry(cls, port, auth):
        config = f"{cls.home}/{port}.yml"
        with open(config, "w") as file:
            file.write(f"""version: 0.1
log: {{level: error}}
storage:
  filesystem: {{rootdirectory: {cls.home}/{port}}}
http:
  addr: "{cls.address}:{port}"
  tls: {{certificate: {cls.home}/tls.crt, key: {cls.home}/tls.key}}
auth: {{{auth}}}
""")
        log = open(f"{cls.home}/{port}.log", "wb")
        process = subprocess.Popen([cls.program, "serve", config], stdout=log, stderr=log)
        cls.addClassCleanup(log.close)
        cls.addClassCleanup(process.wait, 20)
        cls.addClassCleanup(process.terminate)
        until(lambda: listens(cls.address, port), f"registry on {port}")
        return f"{cls.address}:{port}"

    def setUp(self):
        super().setUp()
        self.config = self.path("docker")
        for registry in (self.basic, self.bearer):
            self.trust(registry)
        self.tokens.life = 120
        self.pull(BUSYBOX)

    def trust(self, registry):
        directory = f"{self.home}/certs.d/{registry}"
        os.makedirs(directory, exist_ok=True)
        shutil.copy(self.home + "/ca.crt", directory)

    def with_login(self, *words, **options):
        return subprocess.run(
            ["docker", "--config", self.config, "-H", "unix://" + self.engine.socket, *words],
            capture_output=True, text=True, timeout=60, **options)

    def login(self, registry, password="right-password"):
        return self.with_login("login", "-u", "jo", "--password-stdin", registry, input=password)

    def good(self, *words, **options):
        result = self.with_login(*words, **options)
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        return result.stdout

    def round_trip(self, registry):
        image = f"{registry}/app/busybox:v1"
        with self.watched_events():
            self.ok("tag", BUSYBOX, image)
            self.good("push", image)
            self.ok("rmi", image)
            self.good("pull", image)
            # Without a login it is somebody else's.
            self.refused("push", image, says="")
            self.refused("pull", f"{registry}/app/busybox:v2", says="")
            self.ok("rmi", image)
            self.refused("pull", image, says="")
            self.good("pull", image)
            self.secret_is_not_in(self.ok("inspect", image) + self.ok("info") + self.ok("history", "--no-trunc", image))
            self.good("logout", registry)
            with open(self.config + "/config.json") as file:
                self.assertNotIn(registry, json.load(file).get("auths", {}))
            self.assertNotEqual(0, self.with_login("push", image).returncode)
        self.secret_is_nowhere()

    def secret_is_not_in(self, text):
        for secret in SECRETS:
            self.assertNotIn(secret, text)

    @contextlib.contextmanager
    def watched_events(self):
        """No secret is in any event of the block."""
        begin = time.time()
        yield
        self.secret_is_not_in(self.ok("events", "--since", f"{begin:.3f}", "--until", f"{time.time():.3f}", "--format", "{{json .}}"))

    def secret_is_nowhere(self):
        for directory in (self.engine.data, self.engine.run):
            for secret in SECRETS:
                found = subprocess.run(["grep", "-rl", secret, directory], capture_output=True, text=True).stdout
                self.assertEqual("", found)

    def test_basic_credentials_over_tls(self):
        result = self.login(self.basic, "wrong-password")
        self.assertEqual(1, result.returncode)
        self.assertIn("401 Unauthorized", result.stderr)
        result = self.login(self.basic)
        self.assertIn("Login Succeeded", result.stdout, result.stderr)
        self.round_trip(self.basic)

    def test_http2_is_spoken_where_it_is_offered(self):
        self.login(self.basic)
        image = f"{self.basic}/http2/busybox:v1"
        self.ok("tag", BUSYBOX, image)
        self.good("push", image)
        self.ok("rmi", image, BUSYBOX)
        self.good("pull", image)
        with open(self.home + "/5443.log") as log:
            asked = re.findall(r'"([A-Z]+) /v2/http2/busybox/(\w+)\S* HTTP/(\S+)" 20', log.read())
        for what in (("PUT", "manifests"), ("PUT", "blobs"), ("GET", "manifests"), ("GET", "blobs")):
            self.assertEqual({"2.0"}, {version for method, kind, version in asked if (method, kind) == what}, what)

    def test_a_token_service(self):
        result = self.login(self.bearer, "wrong-password")
        self.assertEqual(1, result.returncode)
        self.assertIn("unauthorized", result.stderr)
        result = self.login(self.bearer)
        self.assertIn("Login Succeeded", result.stdout, result.stderr)
        self.round_trip(self.bearer)

    def test_a_token_that_expired_is_asked_for_anew(self):
        self.login(self.bearer)
        image = f"{self.bearer}/expires/busybox:v1"
        self.ok("tag", BUSYBOX, image)
        # The service says a minute, the token itself that it is over: the registry's word counts.
        self.tokens.life = -70
        result = self.with_login("push", image)
        self.assertNotEqual(0, result.returncode)
        self.assertIn("unauthorized", (result.stdout + result.stderr).lower())
        self.tokens.life = 120
        given = self.tokens.given
        self.good("push", image)
        self.assertGreater(self.tokens.given, given)

    def test_a_password_that_is_not_right_any_more(self):
        self.login(self.bearer)
        with open(self.config + "/config.json") as file:
            config = json.load(file)
        config["auths"][self.bearer]["auth"] = base64.b64encode(b"jo:old-password").decode()
        with open(self.config + "/config.json", "w") as file:
            json.dump(config, file)
        self.ok("tag", BUSYBOX, f"{self.bearer}/old/busybox:v1")
        result = self.with_login("push", f"{self.bearer}/old/busybox:v1")
        self.assertEqual(1, result.returncode)
        self.assertIn("incorrect username or password", result.stderr)

    def test_credentials_do_not_follow_a_redirect_to_another_host(self):
        self.login(self.basic)
        image = f"{self.basic}/moved/busybox:v1"
        self.ok("tag", BUSYBOX, image)
        self.good("push", image)
        ids = self.engine.inspect(image, "Id")
        with Redirecting(self, self.basic) as front:
            self.trust(front.address)
            self.trust(front.storage)
            self.login(front.address)
            moved = image.replace(self.basic, front.address)
            self.ok("rmi", "-f", *set(self.ok("images", "-aq", "--no-trunc").split()))
            self.good("pull", moved)
            self.assertEqual(ids, self.engine.inspect(moved, "Id"))
            self.assertTrue(front.seen, "nothing was sent elsewhere")
            self.assertEqual([None] * len(front.seen), front.seen)

    def test_an_unknown_authority_is_refused(self):
        shutil.rmtree(f"{self.home}/certs.d/{self.basic}")
        result = self.login(self.basic)
        self.assertEqual(1, result.returncode)
        self.assertIn("certificate signed by unknown authority", result.stderr)

    def near(self, script, home=None, text=None):
        """What the shell prints, typed by somebody with a home of their own."""
        environment = {**os.environ, "HOME": home or self.path("home"), "PATH": self.path("bin") + ":" + os.environ["PATH"]}
        environment.pop("DOCKER_CONFIG", None)
        words = [TOP + "/felucca", "shell", "--data-root", self.engine.data, "--run-dir", self.engine.run, script]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment, input=text or "")

    def test_the_shell_logs_in_where_docker_does(self):
        os.mkdir(self.path("home"))
        image = f"{self.basic}/shell/busybox:v1"
        self.ok("tag", BUSYBOX, image)
        result = self.near(f"login -u jo --password-stdin {self.basic}", text="wrong-password\n")
        self.assertIn("401 Unauthorized", result.stdout + result.stderr)
        self.assertNotEqual(0, result.returncode)
        self.assertNotEqual(0, self.near(f"push {image}").returncode)
        result = self.near(f"login -u jo --password-stdin {self.basic}", text="right-password\n")
        self.assertIn("Login Succeeded", result.stdout, result.stderr)
        kept = self.path("home/.docker/config.json")
        self.assertEqual(0o600, os.stat(kept).st_mode & 0o777)
        with open(kept) as file:
            self.assertEqual(base64.b64encode(b"jo:right-password").decode(), json.load(file)["auths"][self.basic]["auth"])
        result = self.near(f"push {image}")
        self.assertEqual(0, result.returncode, result.stdout)
        # The stock client reads what the shell has kept.
        pulled = subprocess.run(["docker", "--config", self.path("home/.docker"), "-H", "unix://" + self.engine.socket, "pull", image],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(0, pulled.returncode, pulled.stderr)
        self.assertIn("Removing login credentials", self.near(f"logout {self.basic}").stdout)
        with open(kept) as file:
            self.assertEqual({}, json.load(file)["auths"])
        self.assertNotEqual(0, self.near(f"pull {image}").returncode)
        # As clients before 1.7 kept it.
        with open(self.path("home/.dockercfg"), "w") as file:
            json.dump({"https://" + self.basic + "/v1/": {"auth": base64.b64encode(b"jo:right-password").decode(), "email": "x"}}, file)
        result = self.near(f"pull {image}")
        self.assertEqual(0, result.returncode, result.stdout)
        self.secret_is_nowhere()

    def test_a_password_is_asked_for_and_not_shown(self):
        """By the stock client and by the shell, at a terminal."""
        os.mkdir(self.path("home"))
        tmux = Tmux()
        self.addCleanup(tmux.end)
        tmux.type(f"export HOME={self.path('home')}; unset DOCKER_CONFIG; PS1='host> '; clear")
        shell = f"{TOP}/felucca shell --data-root {self.engine.data} --run-dir {self.engine.run}"
        for command in (f"docker -H unix://{self.engine.socket} login {self.basic}", shell):
            if command == shell:
                tmux.type(command)
                tmux.shows("felucca>")
            prompted = f"login {self.basic}" if command == shell else command
            for password, says in (("wrong-password", "401 Unauthorized"), ("right-password", "Login Succeeded")):
                tmux.type(prompted)
                tmux.shows("Username:")
                tmux.type("jo")
                tmux.shows("Password:")
                tmux.type(password)
                tmux.shows(says)
                self.assertIn("jo", tmux.screen())
                self.assertNotIn(password, tmux.screen())
                tmux("send-keys", "-R")
            with open(self.path("home/.docker/config.json")) as file:
                self.assertEqual(base64.b64encode(b"jo:right-password").decode(), json.load(file)["auths"][self.basic]["auth"])
            os.remove(self.path("home/.docker/config.json"))
            if command == shell:
                until(lambda: tmux.key("Enter") or "felucca>" in tmux.screen(), "the shell's prompt")
                tmux.key("C-d")
                tmux.prompts()
        self.secret_is_nowhere()

    def test_registries_over_tls_are_reached_through_a_proxy(self):
        relay = Relay()
        self.addCleanup(relay.close)
        self.login(self.basic)
        image = f"{self.basic}/tunnel/busybox:v1"
        self.ok("tag", BUSYBOX, image)
        self.good("push", image)
        engine = Engine("tunnel", self.conf)
        os.environ["HTTPS_PROXY"] = relay.address
        try:
            engine.up()
        finally:
            del os.environ["HTTPS_PROXY"]
        self.addCleanup(engine.destroy)
        pulled = subprocess.run(["docker", "--config", self.config, "-H", "unix://" + engine.socket, "pull", image], capture_output=True, text=True, timeout=60)
        self.assertEqual(0, pulled.returncode, pulled.stderr)
        self.assertEqual({("CONNECT", self.basic)}, {(how, path) for how, path, _ in relay.seen})
        self.assertFalse([headers for _, _, headers in relay.seen if "Authorization" in headers or "Proxy-Authorization" in headers])

    def test_credential_helpers_are_run_by_whoever_types(self):
        os.makedirs(self.path("home/.docker"))
        os.mkdir(self.path("bin"))
        helper = self.path("bin/docker-credential-test")
        with open(helper, "w") as file:
            file.write(f"""#!/bin/sh
echo "$1 $PPID" >>{self.path('calls')}
case $1 in
get) read -r server; cat "{self.path('kept')}" 2>/dev/null || {{ echo "credentials not found in native keychain"; exit 1; }} ;;
store) cat >"{self.path('kept')}" ;;
erase) rm -f "{self.path('kept')}" ;;
esac
""")
        os.chmod(helper, 0o755)
        image = f"{self.bearer}/helped/busybox:v1"
        self.ok("tag", BUSYBOX, image)
        for config in ({"credHelpers": {self.bearer: "test"}, "later": [1]}, {"credsStore": "test"}):
            with open(self.path("home/.docker/config.json"), "w") as file:
                json.dump(config, file)
            self.assertNotEqual(0, self.near(f"push {image}").returncode)
            result = self.near(f"login -u jo --password-stdin {self.bearer}", text="right-password\n")
            self.assertIn("Login Succeeded", result.stdout, result.stderr)
            with open(self.path("home/.docker/config.json")) as file:
                written = file.read()
            self.secret_is_not_in(written)
            self.assertEqual(config.get("later"), json.loads(written).get("later"))
            result = self.near(f"push {image}")
            self.assertEqual(0, result.returncode, result.stdout)
            self.near(f"logout {self.bearer}")
            self.assertFalse(os.path.exists(self.path("kept")))
        with open(self.path("calls")) as file:
            calls = [line.split() for line in file]
        self.assertEqual({"get", "store", "erase"}, {words[0] for words in calls})
        # Never a child of the engine's.
        self.assertNotIn(str(self.engine.pid()), {words[1] for words in calls})
        self.secret_is_nowhere()
