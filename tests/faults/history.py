"""What producers did, written down before and after each call, whatever kills them in between.

Each process writes one file of JSON lines through a shared mapping, so that a line is safe when its
writing returns. `invoke` stands before a call and `ok` behind it; `fail` says that it was refused,
and nothing at all that the process never learned. `checker.check` compares this with a store.

Producers import this module, so it is light: `env` lets a subprocess find it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import mmap
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from live_studio.errors import LiveStudioError

MOST = 32 << 20
"""Bytes of one process's history; sparse until written."""
ROOT = Path(__file__).parents[2]
SUFFIX = ".history"


def env(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment in which producers find this module."""
    return {**(os.environ if base is None else base), "PYTHONPATH": str(ROOT)}


class History:
    """What this process does."""

    def __init__(self, folder: Path) -> None:
        """Begin a file of this process's own in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self._at = 0
        self._prefix = f"{os.getpid()}-{time.monotonic_ns()}"
        path = folder / (self._prefix + SUFFIX)
        with path.open("xb+") as file:
            file.truncate(MOST)
            self._map = mmap.mmap(file.fileno(), MOST)

    def write(self, did: str, **said: Any) -> None:
        """Write a line down."""
        line = json.dumps({"did": did, "at": time.monotonic(), **said}).encode() + b"\n"
        with self._lock:
            # Reserved first: an interrupt in between leaves zeros, which readers skip.
            begin, self._at = self._at, self._at + len(line)
            self._map[begin : begin + len(line)] = line

    def label(self) -> str:
        """A name for a run that no other run of any history has."""
        return f"{self._prefix}/{next(self._numbers)}"

    @contextmanager
    def call(self, run: str, what: str, **said: Any) -> Iterator[dict[str, Any]]:
        """Write down that something is done to a run, and what came of it.

        What is put into the dictionary goes into the `ok` line.
        """
        number = self.label()
        self.write("invoke", n=number, run=run, what=what, **said)
        learned: dict[str, Any] = {}
        try:
            yield learned
        except LiveStudioError as error:
            self.write("fail", n=number, why=str(error))
            raise
        self.write("ok", n=number, **learned)

    def promise(
        self, run: str, status: str, detail: str | None = None, *, guess: bool = False
    ) -> None:
        """Write down how a run ends whatever happens from here on.

        A `guess` is what others take for its end: it counts until the run is logged to again.
        """
        with self.call(run, "end", status=status, detail=detail, guess=guess):
            pass


class Witnessed:
    """A `Live` whose every call is in the history."""

    def __init__(self, history: History, name: str, **how: Any) -> None:
        """Open an experiment."""
        from live_studio.live import Live

        self.history = history
        self.run = history.label()
        with history.call(
            self.run, "start", name=name, params=how.get("params") or {}, journal=True
        ) as said:
            self.live = Live(exp_name=name, **how)
            path = getattr(self.live._journal, "path", None)
            said["run_id"] = path.stem if path else None

    def metric(self, name: str, value: Any) -> None:
        """`log_metric`."""
        with self._call("points", step=self.live.step, values={name: value}):
            self.live.log_metric(name, value)

    def metrics(self, values: Mapping[str, Any]) -> None:
        """`log_metrics`."""
        with self._call("points", step=self.live.step, values=dict(values)):
            self.live.log_metrics(values)

    def params(self, values: Mapping[str, Any]) -> None:
        """`log_params`."""
        with self._call("params", values=dict(values)):
            self.live.log_params(values)

    def image(self, name: str, body: bytes) -> None:
        """`log_image` with the bytes of a file."""
        digest = hashlib.sha256(body).hexdigest()
        with self._call("image", name=name, step=self.live.step, digest=digest):
            self.live.log_image(name, body)

    def next_step(self) -> None:
        """`next_step`."""
        with self._call("step", step=self.live.step):
            self.live.next_step()

    def end(self) -> None:
        """`end`."""
        with self._call("end", status="completed", detail=None):
            self.live.end()

    def _call(self, what: str, **said: Any) -> Any:
        return self.history.call(self.run, what, **said)


@dataclass(slots=True)
class Event:
    """One call, as its producer saw it."""

    what: str
    said: dict[str, Any]
    invoked: float
    ok: float | None = None
    """When it returned; None: nobody knows whether it was done."""
    refused: bool = False


@dataclass(slots=True)
class Run:
    """The calls to one run, in order."""

    label: str
    events: list[Event] = field(default_factory=list)
    run_id: str | None = None

    def of(self, what: str) -> list[Event]:
        """The calls of one kind that were not refused."""
        return [event for event in self.events if event.what == what and not event.refused]

    @property
    def name(self) -> str:
        """What the experiment is called."""
        return str(self.of("start")[0].said["name"])


@dataclass(slots=True)
class Told:
    """All histories of a folder."""

    runs: dict[str, Run] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)
    """What somebody who looked saw of the statuses, in order."""


def read(folder: Path) -> Told:
    """Every process's history."""
    told = Told()
    for path in sorted(folder.glob("*" + SUFFIX)):
        calls: dict[str, Event] = {}
        for line in _lines(path):
            _take(line, told, calls)
    told.seen.sort(key=lambda line: line["at"])
    return told


def _take(line: dict[str, Any], told: Told, calls: dict[str, Event]) -> None:
    did, at = line.pop("did"), line.pop("at")
    if did == "seen":
        told.seen.append(line | {"at": at})
    elif did == "invoke":
        number, label, what = line.pop("n"), line.pop("run"), line.pop("what")
        calls[number] = Event(what, line, at)
        told.runs.setdefault(label, Run(label)).events.append(calls[number])
    else:
        event = calls[line.pop("n")]
        event.refused = did == "fail"
        event.ok = None if event.refused else at
        event.said |= line
    if did == "ok" and "run_id" in line:
        owner = next(run for run in told.runs.values() if event in run.events[:1])
        owner.run_id = line["run_id"]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    data = bytearray()
    with path.open("rb") as file:
        # Behind the last line the file is a hole.
        while (chunk := file.read(1 << 16)).strip(b"\0"):
            data += chunk
    for raw in data.replace(b"\0", b"").split(b"\n"):
        try:
            yield json.loads(raw)
        except ValueError:
            # Half a line: its process died or was interrupted while writing it.
            continue


class Watcher:
    """Writes down each status that a store shows, from a thread, until it is left."""

    def __init__(self, folder: Path, look: Callable[[], list[tuple[Any, ...]]]) -> None:
        """`look` gives the (generation, run, status, guessed) of every generation."""
        self._history = History(folder)
        self._look = look
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(60)

    def _watch(self) -> None:
        before: dict[Any, tuple[Any, ...]] = {}
        while not self._stopping.wait(0.01):
            for row in self._look():
                if before.get(row[0]) != row:
                    before[row[0]] = row
                    self._history.write("seen", row=row)
