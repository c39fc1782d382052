"""Writes down what reaches a store without a `Live`: what a test records itself, and requests.

A `Witness` stands at the door: what is asked of it, and what comes of it, goes into a history.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from live_studio import wire
from live_studio.errors import StoreFull, StoreReadOnly
from live_studio.events import Data, Done, Event, Key, Start, metric_name
from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import History
from tests.servers import Server

REFUSED = (400, 401, 403, 413, 415, 422, 429, 507)
"""Answers after which nothing is stored. After any other but 200, nobody knows."""


class Witness:
    """Stands beside everything that this process records, or posts through it."""

    def __init__(self, folder: Path) -> None:
        """Begin a history in `folder`."""
        self.folder = folder
        self._history = History(folder)
        self._runs: dict[Key, str] = {}

    @contextmanager
    def beside(self) -> Iterator[Witness]:
        """Write down what any Studio of this process records meanwhile."""
        genuine = Studio.record

        def record(studio: Studio, events: Sequence[Event], *, durable: bool = False) -> list[bool]:
            numbers = [self._invoke(event) for event in events]
            try:
                taken = genuine(studio, events, durable=durable)
            except (StoreFull, StoreReadOnly) as error:
                self._tell("fail", numbers, why=str(error))
                raise
            self._tell("ok", numbers)
            return taken

        Studio.record = record  # type: ignore[method-assign]
        try:
            yield self
        finally:
            Studio.record = genuine  # type: ignore[method-assign]

    def post(self, server: Server, body: dict[str, Any], token: str) -> requests.Response:
        """Send what a stock client sends; ask again with the same, and it is another call."""
        number = self._invoke(wire.parse(json.dumps(body).encode()))
        answer = server.post(body, token)
        if answer.status_code == 200:
            self._tell("ok", [number])
        elif answer.status_code in REFUSED:
            self._tell("fail", [number], why=answer.text)
        return answer

    def wrong(self, store: Path, **how: bool) -> list[str]:
        """What the judge finds wrong in a store."""
        return check(self.folder, store, **how)

    def _invoke(self, event: Event) -> str | None:
        """Write a call down; None: it adds nothing that is judged."""
        what = _said(event)
        if what is None:
            return None
        kind, said = what
        key = event.key  # type: ignore[union-attr]
        if kind == "start":
            self._runs[key] = self._history.label()
        number = self._history.label()
        self._history.write("invoke", n=number, run=self._runs[key], what=kind, **said)
        return number

    def _tell(self, did: str, numbers: Sequence[str | None], **said: Any) -> None:
        for number in filter(None, numbers):
            self._history.write(did, n=number, **said)


def _said(event: Event) -> tuple[str, dict[str, Any]] | None:
    match event:
        case Start():
            return "start", {"name": event.key.name, "params": {}}
        case Done():
            return "end", {"status": event.status, "detail": event.detail}
        case Data() if event.points:
            (step,) = {point.step for rows in event.points.values() for point in rows}
            values = {metric_name(path): rows[0].value for path, rows in event.points.items()}
            return "points", {"step": step, "values": values}
    return None
