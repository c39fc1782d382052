"""What a run has logged so far, read back from its own journal.

Nothing is kept while logging, so a summary costs the training loop nothing until somebody asks.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING

from .gist import Reader
from .journal import Journal, beside
from .nesting import leaves, nest
from .silence import Silence

if TYPE_CHECKING:
    from .events import Facts, Json

PART = 1 << 24
"""Bytes read at once."""


class Account:
    """Follows the journal of one `Live`."""

    def __init__(
        self, journal: Journal | Silence, earlier: Mapping[str, Json] | None = None
    ) -> None:
        """Follow `journal` from its beginning; nothing is read yet.

        `earlier` is the summary of the run that this one goes on with.
        """
        self._journal = journal
        self._reader = Reader(self._beside)
        self._read = 0
        self._lock = threading.Lock()
        self._logged: dict[str, Json] = deepcopy(dict(earlier or {}))
        self._summary: dict[str, Json] = deepcopy(self._logged)

    @property
    def summary(self) -> dict[str, Json]:
        """The newest value of each metric, nested by the slashes of their names; yours to add to."""
        with self._lock:
            for facts in self._fresh():
                said = dict(facts.metrics)
                if facts.step_ended is not None:
                    said["step"] = facts.step_ended
                values = {name: _finite(value) for name, value in said.items()}
                nest(self._logged, values)
                nest(self._summary, values)
        return self._summary

    def added(self) -> dict[str, Json]:
        """What somebody wrote into the summary by hand and nobody has logged."""
        summary, logged = dict(leaves(self.summary)), dict(leaves(self._logged))
        return {
            name: value
            for name, value in summary.items()
            if name != "step" and (name not in logged or value is not logged[name])
        }

    def _fresh(self) -> Iterator[Facts]:
        while data := self._journal.read(self._read, PART):
            facts = self._reader.facts(data)
            if not facts.end:
                return
            self._read += facts.end
            yield facts

    def _beside(self, digest: str) -> bytes | None:
        path = beside(self._journal.path, digest) if isinstance(self._journal, Journal) else None
        return path.read_bytes() if path and path.exists() else None


def _finite(value: Json) -> Json:
    """A number as DVCLive's summary holds it: those that JSON does not know are text."""
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)
