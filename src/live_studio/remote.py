"""A Studio far away, as far as journals are concerned: the courier carries to it as to one at home.

The journal is the spool. While the server is away the run goes on and its journal grows; what the
server has is asked of the server, never remembered here, so nothing counts twice whoever dies.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from . import journal, parcels, reading
from .errors import Unreachable, Withheld
from .events import Event, Lost, Slice, Standing
from .host import PATIENCE_MOST, Host
from .parcels import Skimmer
from .post import Answer

ROUND_BYTES = 512 * 1024
LEAST_ROOM = 256 * 1024
"""Bytes of a body below which a server's refusal is no matter of size any more."""


class Remote:
    """Delivers journals to the server at one address. For one thread."""

    far = True
    watched = False

    def __init__(self, url: str, folder: Path, token: str | None = None) -> None:
        """Deliver to `url`, which ends with a slash, what lies in `folder`.

        Without a `token` the environment is asked for one each time.
        """
        self.url = url
        self.journals = folder
        self._host = Host(url, token)
        self._known: dict[str, Standing] = {}
        self._withheld: dict[str, float] = {}
        self._room = parcels.FILE_MOST

    def close(self) -> None:
        """Hang up."""
        self._host.close()

    def __repr__(self) -> str:
        """Without the token."""
        return f"Remote({self.url!r})"

    def use(self, token: str) -> None:
        """Take another token from now on, and try again at once."""
        if self._host.use(token):
            self._withheld.clear()

    @property
    def openings(self) -> int:
        """Moves whenever the server was away: it may have come back with less than it had."""
        return self._host.times_away

    @property
    def ready(self) -> bool:
        """Whether it is time to try."""
        return self.wait == 0

    @property
    def wait(self) -> float:
        """Seconds until the next try."""
        return self._host.wait

    @property
    def withholds(self) -> bool:
        """Whether the server has not taken some run."""
        return bool(self._withheld)

    @property
    def round_bytes(self) -> int:
        """How much of a journal goes into one request."""
        return min(ROUND_BYTES, self._room // 2)

    def reader(self, path: Path) -> Skimmer:
        """What reads the journal at `path`."""
        return Skimmer(partial(self._size_of, path), self._room_of_files)

    def standing(self, run: str) -> Standing:
        """How a run stood there when the server answered last.

        Raises:
            Unreachable: it does not say so now.
            Withheld: it does not take this run now.
        """
        if run not in self._known:
            self._deliver(run, *parcels.packed(run, 0))
        return self._known[run]

    def record(self, events: Sequence[Event]) -> list[bool]:
        """Deliver parts of journals, and what became of runs; says of each whether the server has it.

        Raises:
            Unreachable: not now; a part that got there is known there.
            Withheld: one of the runs is not taken now.
            Rejected: one of the runs is never taken.
        """
        return [
            self._slice(event) if isinstance(event, Slice) else self._lost(event)
            for event in events
        ]

    def _slice(self, piece: Slice) -> bool:
        # A refusal may not wait for a body: whoever was turned away asks first.
        end = self.standing(piece.run).end
        if end == piece.start:
            files = self._files(piece)
            headers, body = parcels.packed(piece.run, piece.start, piece.body, files)
            self._deliver(piece.run, headers, body)
            end = self._known[piece.run].end
        return end == piece.end

    def _lost(self, event: Event) -> bool:
        if not isinstance(event, Lost):
            raise TypeError(f"a {type(event).__name__} is not told to a server far away")
        end = self.standing(event.run).end
        self._deliver(event.run, *parcels.packed(event.run, end, lost=event))
        return True

    # files

    def _size_of(self, path: Path, digest: str) -> int:
        try:
            size = journal.beside(path, digest).stat().st_size
        except OSError:
            return 0
        return size if self._fits(size) else 0

    def _fits(self, size: int) -> bool:
        return size <= self._room_of_files()

    def _room_of_files(self) -> int:
        return self._room - self.round_bytes // 2

    def _files(self, piece: Slice) -> list[bytes]:
        path = self.journals / (piece.run + journal.SUFFIX)
        files = []
        for digest in dict.fromkeys(piece.facts.digests):
            body = reading.attached(path, digest)
            if body is not None and self._fits(len(body)):
                files.append(body)
            elif body is not None:
                self._host.say("size", f"A picture or parameter of {len(body):,} bytes is too large for"
                               f" {self._host.name} and is left out.")  # fmt: skip
        return files

    # requests

    def _deliver(self, run: str, headers: dict[str, str], body: bytes) -> None:
        """Send, and learn how the run stands there."""
        if self._withheld.get(run, 0.0) > time.monotonic() and self.ready:
            raise Withheld(f"{self._host.name} does not take this run now")
        try:
            answer = self._host.ask(headers, body)
            if answer.status == 413 and len(body) > LEAST_ROOM:
                # A proxy on the way takes less than the server itself.
                self._room = max(len(body) * 3 // 4, LEAST_ROOM)
                return
            known = _standing(answer)
            if known is None:
                self._host.refused(run, answer)
        except Unreachable:
            self._known.clear()
            raise
        except Withheld:
            self._withheld[run] = time.monotonic() + PATIENCE_MOST
            raise
        self._known[run] = known
        self._withheld.pop(run, None)
        self._host.answered()


def _standing(answer: Answer) -> Standing | None:
    """What a right answer says."""
    if answer.status != 200:
        return None
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    end = said.get("end") if isinstance(said, dict) else None
    if type(end) is not int or not 0 <= end <= parcels.OFFSET_MOST:
        return None
    return Standing(end, said.get("stop") is True)
