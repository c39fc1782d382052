"""The catalogue of hostile requests: what each case sends, and what may come back."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.servers import Server

Case = dict[str, Any]
Said = dict[str, Any]

CATALOGUE = Path(__file__).parent.parent / "fixtures" / "bad_inputs.json"
CASES: list[Case] = json.loads(CATALOGUE.read_text())
REQUESTS = [case for case in CASES if case["method"] is not None]

CLOSED = "closed"
OPAQUE = "a file's key is opaque text and opens no path: DVCLive outside Git sends such keys"
TORN = "DVCLive reads pictures while they are written anew: the points beside one must not be lost"
DIFFERENT: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("PATH-001", "PATH-003", "PATH-004", "PATH-008", "PATH-013"), (200, OPAQUE)),
    **dict.fromkeys(("IMG-004", "IMG-005"), (200, TORN)),
}
"""Where this product decides otherwise than the catalogue: the status, and why."""

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def generated(how: Said) -> bytes:
    """A body that is too long to be written down."""
    return GENERATORS[how["kind"]](how)


def _data(**fields: Any) -> bytes:
    who = {
        "repo_url": "https://github.com/o/generated",
        "baseline_sha": "c0ffee01" * 5,
        "name": "generated",
        "client": "dvclive",
    }
    return json.dumps({"type": "data", "step": 1, **who, **fields}).encode()


def _gzip_zeros(how: Said) -> bytes:
    once = b"".join([gzip.compress(bytes(1 << 28), 1)] * (how["size"] >> 28))
    return gzip.compress(once) if how.get("twice") else once


def _replaced(how: Said) -> bytes:
    text = how["unit"] * how["count"]
    return (
        json.dumps(how["body"])
        .replace(how["find"], f'"{text}"' if how.get("quote") else text)
        .encode()
    )


def _nested(how: Said) -> bytes:
    deep = how["open"] * how["count"] + how["leaf"] + how["close"] * how["count"]
    return json.dumps(how["body"]).replace(how["find"], deep).encode()


def _points(how: Said) -> bytes:
    padding = {"tag": "x" * how["pad_point"]} if how.get("pad_point") else {}
    count = how.get("points") or how["max_points"]
    return _data(
        plots={
            f"dvclive/plots/metrics/m{plot}.tsv": {
                "data": [{"step": step, f"m{plot}": step * 0.1, **padding} for step in range(count)]
            }
            for plot in range(how["plots"])
        }
    )


GENERATORS: dict[str, Callable[[Said], bytes]] = {
    "gzip_zeros": _gzip_zeros,
    "json_replace": _replaced,
    "json_nest": _nested,
    "points": _points,
    "keys": lambda how: _data(params={"p.yaml": {f"k{n}": n for n in range(how["count"])}}),
    "metrics": lambda how: _data(
        metrics={"m.json": {"data": {f"m{n}": n * 0.1 for n in range(how["count"])}}}
    ),
    "images": lambda how: _data(
        plots={f"i/{n}.png": {"image": base64.b64encode(PNG).decode()} for n in range(how["count"])}
    ),
    "pad": lambda how: json.dumps(how["body"]).encode().ljust(how["size"]),
    "chunked_zeros": lambda how: (
        (b"F4240\r\n%s\r\n" % (b" " * 1_000_000)) * (how["size"] // 1_000_000) + b"0\r\n\r\n"
    ),
}


@dataclass(frozen=True)
class Answer:
    """What came back; a status of `CLOSED` is a connection that ended without one."""

    status: int | str
    headers: dict[str, str]
    text: str


class Sender:
    """Sends cases to a server, byte by byte as they are written down."""

    def __init__(self, server: Server, tokens: dict[str, str]) -> None:
        self._own = urlsplit(server.url)
        token = tokens["token"]
        self._words = {
            **tokens,
            "host": self._own.netloc,
            "token_prefix12": token[:12],
            "token_lastchar": token[:-1] + ("1" if token[-1] != "1" else "2"),
            "token_upper": token.upper(),
        }

    def send(self, case: Case) -> list[Answer]:
        """Every answer to a case, in order."""
        if "sequence" in case:
            posts = [case | {"body": body} for body in case["sequence"]]
            with ThreadPoolExecutor(len(posts) if case.get("parallel") else 1) as pool:
                return list(pool.map(self._request, posts))
        if "raw" in case:
            path = self._own.path.rstrip("/") + case["path"]
            words = {**self._words, "path": path}
            return [self._exchange(_filled("\r\n".join(case["raw"]), words).encode(), case)]
        return [self._request(case) for _ in range(case.get("repeat", 1))]

    def _request(self, case: Case) -> Answer:
        body = self._body(case)
        path = self._own.path.rstrip("/") + _filled(case["path"], self._words)
        headers = {"Host": self._own.netloc}
        headers |= {name: _filled(value, self._words) for name, value in case["headers"].items()}
        headers["Connection"] = "close"
        if case.get("body_generator", {}).get("kind") == "chunked_zeros":
            headers["Transfer-Encoding"] = "chunked"
        elif body is not None:
            headers["Content-Length"] = str(len(body))
        lines = [f"{case['method']} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return self._exchange("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""), case)

    def _body(self, case: Case) -> bytes | None:
        if "body_generator" in case:
            return generated(case["body_generator"])
        if "body" in case:
            return json.dumps(case["body"]).replace("{token}", self._words["token"]).encode()
        if "body_b64" in case:
            return base64.b64decode(case["body_b64"])
        return case["body_text"].encode() if "body_text" in case else None

    def _exchange(self, sent: bytes, case: Case) -> Answer:
        assert self._own.hostname is not None
        received = b""
        with socket.create_connection((self._own.hostname, self._own.port), timeout=60) as wire:
            try:
                wire.sendall(sent)
                if case.get("half_close"):
                    wire.shutdown(socket.SHUT_WR)
                while more := wire.recv(65_536):
                    received += more
            except (BrokenPipeError, ConnectionResetError):
                # Hung up on while it still spoke; an answer may lie there all the same.
                received += _left(wire)
        return _read(received)


def _left(wire: socket.socket) -> bytes:
    try:
        return wire.recv(65_536)
    except OSError:
        return b""


def _filled(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace("{" + name + "}", word)
    return text


def _read(received: bytes) -> Answer:
    if not received:
        return Answer(CLOSED, {}, "")
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Answer(int(first.split()[1]), headers, body.decode())
