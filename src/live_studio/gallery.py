"""Pictures on their way through a comm: in pieces, what was asked for last first.

A kernel has no other way to a page that is not beside a server of ours, and Jupyter drops whatever
a kernel says beyond a megabyte a second, prints of the running cell too. So one small piece goes
at a time, and who lets them go says how often.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from .events import Json
from .studio import Studio

PIECE = 48_000
"""Bytes of a picture in one message."""
LARGEST = 8_000_000
"""A picture of more bytes is only told of."""
UNASKED_MOST = 1_000_000
"""And one that nobody has asked for is not sent."""
WAITING_MOST = 50
"""What was asked for before these has been scrolled past; a page asks again for what it still shows."""


@dataclass
class _Picture:
    experiment: int
    digest: str
    kind: str | None = None
    body: bytes | None = None
    at: int = 0
    most: int = LARGEST

    @property
    def place(self) -> tuple[int, str]:
        return self.experiment, self.digest


class Gallery:
    """The pictures that a page waits for."""

    def __init__(self, studio: Studio) -> None:
        """Pictures of `studio`'s experiments."""
        self._studio = studio
        self._lock = threading.Lock()
        self._waiting: deque[_Picture] = deque()

    @property
    def waiting(self) -> bool:
        """Whether there is something to send."""
        return bool(self._waiting)

    def ask(self, experiment: int, digest: str) -> None:
        """Send this picture next, from its beginning: who asks has none of it."""
        with self._lock:
            others = [one for one in self._waiting if one.place != (experiment, digest)]
            for one in others:
                # It is read again when its turn comes: nobody holds the bytes of many.
                one.body = None
            self._waiting = deque([_Picture(experiment, digest), *others][:WAITING_MOST])

    def offer(self, experiment: int, digest: str) -> bool:
        """Send this picture, which nobody has asked for, after all others, unless it is large.

        Returns:
            Whether there was room for it.
        """
        with self._lock:
            room = len(self._waiting) < WAITING_MOST
            if room:
                self._waiting.append(_Picture(experiment, digest, most=UNASKED_MOST))
            return room

    def holds(self, experiment: int, digest: str) -> bool:
        """Whether this picture still waits, or has gone only in part."""
        with self._lock:
            return any(one.place == (experiment, digest) for one in self._waiting)

    def piece(self) -> tuple[dict[str, Json], bytes] | None:
        """The next piece and what it is a piece of, or None when nobody waits.

        A picture that is not there, or too large, has one empty piece: `kind` is null, `size` says
        which of the two it is.
        """
        with self._lock:
            while self._waiting:
                picture = self._waiting[0]
                if picture.body is None:
                    picture.kind, picture.body = self._studio.image(*picture.place) or (None, b"")
                size = len(picture.body)
                if size > picture.most and picture.most < LARGEST:
                    self._waiting.popleft()
                    continue
                if size > LARGEST:
                    picture.kind, picture.body = None, b""
                return self._cut(picture, size)
            return None

    def _cut(self, picture: _Picture, size: int) -> tuple[dict[str, Json], bytes]:
        at, picture.at = picture.at, picture.at + PIECE
        body = (picture.body or b"")[at : picture.at]
        if picture.at >= len(picture.body or b""):
            self._waiting.popleft()
        said = {"digest": picture.digest, "kind": picture.kind, "size": size, "at": at}
        return {"experiment": str(picture.experiment), **said}, body
