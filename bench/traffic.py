"""Bytes and connections between two network namespaces: traffic.py serve PORT | bulk HOST PORT SECONDS | connect HOST PORT COUNT."""
import socket
import sys
import threading
import time


def serve(port):
    with socket.create_server(("0.0.0.0", port), backlog=512) as server:
        print("ready", flush=True)
        while True:
            peer, _ = server.accept()
            threading.Thread(target=drain, args=(peer,), daemon=True).start()


def drain(peer):
    buffer = bytearray(1 << 20)
    with peer:
        while peer.recv_into(buffer):
            pass
        peer.send(b".")


def bulk(host, port, seconds):
    block = bytes(1 << 20)
    sent = 0
    with socket.create_connection((host, port)) as peer:
        begin = time.perf_counter()
        while time.perf_counter() - begin < seconds:
            sent += peer.send(block)
        peer.shutdown(socket.SHUT_WR)
        peer.recv(1)
        print(sent * 8 / (time.perf_counter() - begin) / 1e9)


def connect(host, port, count):
    begin = time.perf_counter()
    for _ in range(int(count)):
        with socket.create_connection((host, port)) as peer:
            peer.shutdown(socket.SHUT_WR)
            peer.recv(1)
    print(count / (time.perf_counter() - begin))


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "serve":
        serve(int(words[0]))
    else:
        {"bulk": bulk, "connect": connect}[what](words[0], int(words[1]), float(words[2]))
