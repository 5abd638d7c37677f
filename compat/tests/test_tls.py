"""The API on a TCP port: with TLS for those who show a certificate, and never beyond loopback without."""
import os
import socket
import ssl
import subprocess
import tempfile

from engine import BUSYBOX, PATIENCE, WORK, EngineTest


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
            "-keyout", f"{folder}/{name}-key.pem", "-out", f"{folder}/{name}.pem")


def certificate(folder, by, name, *extensions):
    with open(f"{folder}/{name}.ext", "w") as file:
        file.write("\n".join(extensions))
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
            "-keyout", f"{folder}/{name}-key.pem", "-out", f"{folder}/{name}.csr")
    openssl("x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/{by}.pem", "-CAkey", f"{folder}/{by}-key.pem", "-CAcreateserial",
            "-days", "2", "-extfile", f"{folder}/{name}.ext", "-out", f"{folder}/{name}.pem")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


class Tls(EngineTest):
    @classmethod
    def setUpClass(cls):
        cls.conf = tempfile.mkdtemp(prefix="tls-", dir=WORK)
        cls.port = free_port()
        authority(cls.conf, "ca")
        authority(cls.conf, "other")
        certificate(cls.conf, "ca", "server", "subjectAltName=IP:127.0.0.1", "extendedKeyUsage=serverAuth")
        certificate(cls.conf, "ca", "client", "extendedKeyUsage=clientAuth")
        certificate(cls.conf, "other", "stranger", "extendedKeyUsage=clientAuth")
        with open(cls.conf + "/dev.felucca.rest.cfg", "w") as file:
            file.write(f"tcp = 0.0.0.0:{cls.port}\ntlsCa = {cls.conf}/ca.pem\ntlsCert = {cls.conf}/server.pem\ntlsKey = {cls.conf}/server-key.pem\n")
        super().setUpClass()

    def words(self, who, *words):
        return ["docker", "--tlsverify", "--tlscacert", self.conf + "/ca.pem", "--tlscert", f"{self.conf}/{who}.pem",
                "--tlskey", f"{self.conf}/{who}-key.pem", "-H", f"tcp://127.0.0.1:{self.port}", *words]

    def over(self, *words, who="client", **options):
        return subprocess.run(self.words(who, *words), capture_output=True, timeout=60 * PATIENCE, **options)

    def prints(self, expected, *words, **options):
        result = self.over(*words, **options)
        self.assertEqual((0, b""), (result.returncode, result.stderr), words)
        self.assertEqual(expected, result.stdout, words)

    def test_the_stock_client_does_all_over_it(self):
        self.assertIn(b"Felucca", self.over("version").stdout)
        # Its end of input is TLS's close: the output still comes.
        self.prints(b"words\n", "run", "-i", "--rm", BUSYBOX, "sh", "-c", "cat; sleep 0.3", input=b"words\n")
        self.ok("run", "-d", "--name", "cc", BUSYBOX, "sleep", "1000")
        self.prints(b"in\n", "exec", "-i", "cc", "cat", input=b"in\n")
        big = os.urandom(8 << 20)
        self.prints(b"", "exec", "-i", "cc", "sh", "-c", "cat >/big", input=big)
        self.prints(big, "exec", "cc", "cat", "/big")
        with subprocess.Popen(self.words("client", "logs", "-f", "cc"), stdout=subprocess.PIPE) as follows:
            self.prints(b"cc\n", "rm", "-f", "cc")
            self.assertEqual(0, follows.wait(20 * PATIENCE))

    def test_strangers_are_not_spoken_to(self):
        for who in ("stranger", "server"):                   # of another authority; of ours, but for servers
            refused = self.over("version", who=who)
            self.assertNotEqual(0, refused.returncode, who)
            self.assertIn(b"certificate", refused.stderr)
        no_certificate = subprocess.run(["docker", "--tlsverify", "--tlscacert", self.conf + "/ca.pem", "-H", f"tcp://127.0.0.1:{self.port}", "ps"],
                                        capture_output=True, timeout=60)
        self.assertNotEqual(0, no_certificate.returncode)
        with socket.create_connection(("127.0.0.1", self.port), 10) as plain:
            plain.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = plain.recv(4096)
        self.assertNotIn(b"HTTP/1.1 200", answer)
        log = self.engine.data + "/log/felucca.log"
        with open(log) as file:
            text = file.read()
        self.assertIn("a client is refused", text)
        self.assertNotIn("\tat ", text)

    def test_web_pages_are_refused_and_any_name_is_served(self):
        context = ssl.create_default_context(cafile=self.conf + "/ca.pem")
        context.load_cert_chain(self.conf + "/client.pem", self.conf + "/client-key.pem")

        def ask(*heads):
            with socket.create_connection(("127.0.0.1", self.port), 10) as one:
                with context.wrap_socket(one, server_hostname="127.0.0.1") as tls:
                    tls.sendall("\r\n".join(["GET /_ping HTTP/1.1", "Connection: close", *heads, "", ""]).encode())
                    return tls.recv(4096).split(b"\r\n")[0]
        self.assertIn(b"200", ask("Host: engine.example:2376"))
        self.assertIn(b"200", ask("Host: engine.example:2376", "Origin: https://engine.example:2376"))
        self.assertIn(b"403", ask("Host: engine.example:2376", "Origin: https://elsewhere.example"))
