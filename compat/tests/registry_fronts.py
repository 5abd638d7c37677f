"""What registries of tests stand behind: a server of tokens, and one that sends for blobs elsewhere."""
import base64
import http.client
import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading
import time
import urllib.parse


class TokenServer:
    """Gives tokens as the distribution project's documents describe them, signed with token.key."""

    def __init__(self, address, home):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                authorization = self.headers.get("Authorization")
                right = "Basic " + base64.b64encode(b"jo:right-password").decode()
                if authorization is not None and authorization != right:
                    self.answer(401, {"details": "incorrect username or password"})
                    return
                query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
                access = []
                for scope in query.get("scope", []):
                    kind, name, actions = scope.split(":")
                    if authorization == right:
                        access.append({"type": kind, "name": name, "actions": actions.split(",")})
                self.answer(200, {"token": server.token(access), "expires_in": 60})

            def answer(self, status, body):
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *words):
                pass

        self.home = home
        self.life = 120
        self.given = 0
        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(home + "/tls.crt", home + "/tls.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.realm = f"https://{address}:{self.server.server_address[1]}/token"
        port = self.server.server_address[1]
        os.makedirs(f"{home}/certs.d/{address}:{port}")
        shutil.copy(home + "/ca.crt", f"{home}/certs.d/{address}:{port}")
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def token(self, access):
        with open(self.home + "/token.crt") as file:
            certificate = "".join(line.strip() for line in file if "-----" not in line)
        now = int(time.time())
        self.given += 1
        head = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
        claims = {"iss": "tests", "sub": "jo", "aud": "test", "exp": now + self.life, "nbf": now - 200, "iat": now,
                  "jti": str(now), "access": access}
        signed = ".".join(encode(json.dumps(part).encode()) for part in (head, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.home + "/token.key"],
                                   input=signed.encode(), capture_output=True, check=True).stdout
        return signed + "." + encode(signature)


def encode(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Redirecting:
    """Passes requests on to a registry, but sends whoever wants a blob to another address, which notes what it is shown."""

    def __init__(self, test, registry):
        self.registry = registry
        self.seen = []
        front = self
        trusted = ssl.create_default_context(cafile=test.home + "/ca.crt")
        right = "Basic " + base64.b64encode(b"jo:right-password").decode()

        def upstream(handler, headers):
            connection = http.client.HTTPSConnection(registry, context=trusted)
            connection.request(handler.command, handler.path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            handler.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in ("server", "date", "connection", "transfer-encoding"):
                    handler.send_header(key, value)
            handler.end_headers()
            handler.wfile.write(body)

        class Quiet(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                self.do_GET()

            def log_message(self, *words):
                pass

        class Front(Quiet):
            def do_GET(self):
                if "/blobs/" in self.path and self.headers.get("Authorization") == right:
                    self.send_response(307)
                    self.send_header("Location", f"https://{front.storage}{self.path}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                upstream(self, {key: value for key, value in self.headers.items() if key.lower() in ("accept", "authorization")})

        class Storage(Quiet):
            def do_GET(self):
                front.seen.append(self.headers.get("Authorization"))
                upstream(self, {"Authorization": right})

        self.servers = [server(test, Front), server(test, Storage)]
        self.address, self.storage = (f"{test.address}:{each.server_address[1]}" for each in self.servers)

    def __enter__(self):
        for each in self.servers:
            threading.Thread(target=each.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure):
        for each in self.servers:
            each.shutdown()
            each.server_close()


def server(test, handler):
    found = http.server.ThreadingHTTPServer((test.address, 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(test.home + "/tls.crt", test.home + "/tls.key")
    found.socket = context.wrap_socket(found.socket, server_side=True)
    return found
