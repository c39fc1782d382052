"""A reverse proxy in front of a server, in a process of its own, as people put one before Jupyter.

It ends TLS, says in `X-Forwarded-Proto` how it was asked, hands on the Host it was called by, keeps
or strips a prefix, and passes WebSockets. Its first line on stdout is its port.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tornado import httpclient, httpserver, netutil, web, websocket

HOP = {
    "connection",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "keep-alive",
    "upgrade",
}
MOST = 100_000_000


@dataclass(frozen=True)
class Way:
    """Where everything goes, and how it arrives there."""

    target: str
    """Scheme, host and port of the server."""
    strip: str
    """The prefix that the server does not hear of."""
    scheme: str

    def path(self, uri: str) -> str:
        return uri.removeprefix(self.strip)

    def headers(self, handler: web.RequestHandler) -> dict[str, str]:
        said = handler.request.headers
        kept = {
            k: v
            for k, v in said.items()
            if k.lower() not in HOP and not k.startswith("Sec-Websocket")
        }
        return kept | {"Host": handler.request.host, "X-Forwarded-Proto": self.scheme}


class Hand(web.RequestHandler):
    """Hands on a request and its answer."""

    def initialize(self, way: Way) -> None:
        self.way = way

    def check_xsrf_cookie(self) -> None:
        """The server's to check."""

    async def _pass(self) -> None:
        asked = self.request
        body = asked.body if asked.method in ("POST", "PUT", "PATCH") else asked.body or None
        answer = await httpclient.AsyncHTTPClient().fetch(
            self.way.target + self.way.path(asked.uri or "/"),
            method=asked.method or "GET",
            headers=self.way.headers(self),
            body=body,
            follow_redirects=False,
            raise_error=False,
            allow_nonstandard_methods=True,
            decompress_response=True,
            request_timeout=120,
        )
        self.set_status(answer.code if answer.code != 599 else 502)
        self.clear()
        self.set_status(answer.code if answer.code != 599 else 502)
        for name, value in answer.headers.get_all():
            if name.lower() not in HOP:
                (self.add_header if name == "Set-Cookie" else self.set_header)(name, value)
        if answer.code not in (204, 304):
            self.write(answer.body or b"")

    get = post = put = patch = delete = head = options = _pass


class Wire(websocket.WebSocketHandler):
    """Passes a WebSocket's messages both ways."""

    def initialize(self, way: Way) -> None:
        self.way = way
        self.far: websocket.WebSocketClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None

    def check_origin(self, origin: str) -> bool:
        return True  # the server's to check

    async def get(self, *arguments: str) -> None:
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            hand = Hand(self.application, self.request, way=self.way)
            hand._transforms = []
            await hand._execute([])
            return
        asked = httpclient.HTTPRequest(
            self.way.target.replace("http", "ws", 1) + self.way.path(self.request.uri or "/"),
            headers=self.way.headers(self),
        )
        said = self.request.headers.get("Sec-Websocket-Protocol")
        self.far = await websocket.websocket_connect(
            asked, subprotocols=said.split(", ") if said else None, max_message_size=MOST
        )
        await super().get(*arguments)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return self.far.selected_subprotocol if self.far else None

    async def open(self, *_: str) -> None:
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.far
        while (message := await self.far.read_message()) is not None:
            await self.write_message(message, binary=isinstance(message, bytes))
        self.close()

    async def on_message(self, message: str | bytes) -> None:
        if self.far:
            await self.far.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        if self.far:
            self.far.close()


async def serve(given: argparse.Namespace) -> None:
    """Serve until somebody ends the process."""
    way = Way(given.target, given.strip, "https" if given.certificate else "http")
    context = None
    if given.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(given.certificate)
    routes = [
        (
            r".*/(?:api/stream|api/kernels/[^/]+/channels|api/events/subscribe).*",
            Wire,
            {"way": way},
        ),
        (r".*", Hand, {"way": way}),
    ]
    server = httpserver.HTTPServer(
        web.Application(routes), ssl_options=context, max_buffer_size=MOST
    )
    (socket,) = netutil.bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    print(socket.getsockname()[1], flush=True)  # noqa: T201  # whoever started it reads this
    await asyncio.Event().wait()


@contextmanager
def proxied(target: str, *, strip: str = "", certificate: Path | None = None) -> Iterator[str]:
    """Start one; gives its scheme, host and port."""
    arguments = ["--target", target, "--strip", strip]
    if certificate:
        arguments += ["--certificate", str(certificate)]
    with subprocess.Popen(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            port = process.stdout.readline().strip()
            assert port.isdigit()
            yield f"{'https' if certificate else 'http'}://localhost:{port}"
        finally:
            process.kill()


def certificate(folder: Path) -> Path:
    """A certificate for `localhost`, and its key behind it, in one file."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(key), "-out", str(cert), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    cert.write_text(cert.read_text() + key.read_text())
    return cert


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("--target", "--strip", "--certificate"):
        parser.add_argument(name, default="")
    asyncio.run(serve(parser.parse_args()))
