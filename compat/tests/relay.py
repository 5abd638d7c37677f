"""What stands before a registry, or in its place: proxies, mirrors, an index."""
import contextlib
import http.client
import http.server
import json
import re
import socket
import threading

from engine import REGISTRY


class Relay:
    """Passes requests on to a registry, under another name, and keeps book; `before` may hold or answer each of them."""

    def __init__(self, to=REGISTRY, name=None, before=None):
        self.to = to
        self.before = before or (lambda handler: False)
        self.seen = []
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def relayed(self):
                relay.seen.append((self.command, self.path, dict(self.headers)))
                if relay.before(self):
                    return
                upstream = http.client.HTTPConnection(relay.to)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "connection", "content-length")}
                # A proxy is asked for whole addresses.
                path = re.sub("^http://[^/]*", "", self.path)
                upstream.request(self.command, path, body=body or None, headers={**headers, "Content-Length": str(len(body))} if body or self.command in ("POST", "PUT", "PATCH") else headers)
                answer = upstream.getresponse()
                self.send_response(answer.status)
                for key, value in answer.getheaders():
                    if key.lower() not in ("server", "date", "connection"):
                        self.send_header(key, value.replace(relay.to, relay.name))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    while self.command != "HEAD":
                        block = answer.read(65536)
                        if not block:
                            break
                        self.wfile.write(block)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = relayed

            def do_CONNECT(self):
                relay.seen.append((self.command, self.path, dict(self.headers)))
                host, _, port = self.path.rpartition(":")
                with socket.create_connection((host, int(port))) as far:
                    self.send_response(200)
                    self.end_headers()
                    back = threading.Thread(target=pump, args=(far, self.connection), daemon=True)
                    back.start()
                    pump(self.connection, far)
                    back.join(10)
                self.close_connection = True

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.address = f"127.0.0.1:{self.port}"
        self.name = name or self.address
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def asked(self, command, part):
        return [path for how, path, _ in list(self.seen) if how == command and part in path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def pump(source, target):
    """Until one side has no more to say."""
    with contextlib.suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Index:
    """An index of version 1, as `search` asks one."""

    def __init__(self, results):
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                index.asked.append(self.path)
                body = json.dumps({"results": results} if self.path.startswith("/v1/search") else {}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.asked = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def listens(address, port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0
