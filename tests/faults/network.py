"""A real TCP server between a producer and its server, which breaks what a test asks for.

It passes bytes on as they come. Asked to, it answers itself, cuts, keeps silent or drips; what it
does is decided anew for each request, on connections that are kept too.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

PIECE = 1 << 16
SMALL = 300_000
"""Bytes of a body that a mean proxy lets through."""
ANSWERS = {
    "500": b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nOops",
    "503": b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n",
    "429": b"HTTP/1.1 429 Often\r\nContent-Length: 0\r\nretry-after: 1\r\n\r\n",
    "424": b"HTTP/1.1 424 Failed Dependency\r\nContent-Length: 23\r\n\r\n<html>not running</html",
    "hub": b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<html></html",
    "302": b"HTTP/1.1 302 Found\r\nLocation: /hub/login?next=%2F\r\nContent-Length: 0\r\n\r\n",
    "307": b"HTTP/1.1 307 Moved\r\nLocation: https://elsewhere.example/x/\r\nContent-Length: 0\r\n\r\n",
    "login page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<html></html",
    "nonsense": b"\x16\x03\x01 this is no HTTP\r\n\r\n",
    "endless": b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 200_000,
}


class Network:
    """Listens on a port of its own; `mode` says what happens to requests."""

    def __init__(self, port: int) -> None:
        """Stand before the server at `port`."""
        self.port = port
        self.mode = "fine"
        self.met: Counter[str] = Counter()
        """How many requests each mode has met."""
        self.connections = 0
        """How many were opened."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.own_port: int = self._listener.getsockname()[1]
        self._stopping = False
        self._tls: ssl.SSLContext | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def encrypt(self, certificate: Path, key: Path) -> None:
        """Show a certificate to whoever connects from now on."""
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)

    def stop(self) -> None:
        """Listen no more."""
        self._stopping = True
        self._listener.close()

    def breaks(self, mode: str) -> None:
        """Change what happens, which may be that nobody listens at the port any more."""
        before, self.mode = self.mode, mode
        if mode == "refused":
            # A thread that waits in `accept` keeps a closed socket listening; this wakes it.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        elif before == "refused":
            self._listener = socket.create_server(("127.0.0.1", self.own_port))

    def through(self, url: str) -> str:
        """A server's address by way of this."""
        return url.replace(f":{self.port}/", f":{self.own_port}/").replace("localhost", "127.0.0.1")

    def _accept(self) -> None:
        while not self._stopping:
            if self.mode == "refused":
                time.sleep(0.02)
                continue
            with suppress(OSError):
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, EOFError):
            if self._tls:
                client = self._tls.wrap_socket(client, server_side=True)
            while True:
                head, rest = _head(client)
                mode = self.mode
                self.met[mode] += 1
                self._treat(mode, client, head, rest)

    def _treat(self, mode: str, client: socket.socket, head: bytes, rest: bytes) -> None:
        if mode in ANSWERS:
            _body(client, head, rest)
            client.sendall(ANSWERS[mode])
            if mode in ("nonsense", "endless"):
                raise EOFError
        elif mode == "413" and _length(head) > SMALL:
            client.sendall(
                b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            _body(client, head, rest)
            raise EOFError
        elif mode in ("reset mid-body", "refused"):
            _reset(client)
        elif mode == "hang":
            time.sleep(0.2)
            while self.mode == "hang" and not self._stopping:
                time.sleep(0.05)
            raise EOFError
        elif mode == "drip":
            self._drip(client)
        else:
            body = _body(client, head, rest)
            answer = self._asked(head, body)
            if mode == "answer lost":
                _reset(client)
            client.sendall(answer)

    def _drip(self, client: socket.socket) -> None:
        """A byte now and then: no single wait is long."""
        client.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while self.mode == "drip" and not self._stopping:
            client.sendall(b"x")
            time.sleep(0.1)
        raise EOFError

    def _asked(self, head: bytes, body: bytes) -> bytes:
        """What the server itself answers, also to who takes this for a proxy."""
        head = head.replace(b"POST http://127.0.0.1:%d/" % self.port, b"POST /", 1)
        with socket.create_connection(("127.0.0.1", self.port), 30) as server:
            server.sendall(head + body)
            head, rest = _head(server)
            return head + _body(server, head, rest)


def _head(sock: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(PIECE)
        if not piece:
            raise EOFError
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _body(sock: socket.socket, head: bytes, rest: bytes) -> bytes:
    length = _length(head)
    while len(rest) < length:
        piece = sock.recv(PIECE)
        if not piece:
            raise EOFError
        rest += piece
    return rest


def _reset(sock: socket.socket) -> None:
    """Hang up without a goodbye."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    raise EOFError
