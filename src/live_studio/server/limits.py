"""How much one token, one address and all requests together may ask of the server."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

NAMES_KEPT = 10_000
BURST_SECONDS = 10.0
"""A producer that was away brings what waited at once; that is no flood."""
SMALL_SHARE = 0.25
"""The part of the room that large bodies leave to small ones."""
SMALL = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """What producers may ask for. Far above what DVCLive does, far below what hurts."""

    body_bytes: int = 30_000_000
    """Largest body, inflated. DVCLive sends 29,000,000 at most."""
    body_seconds: float = 30.0
    """From the headers to the last byte of the body."""
    waiting_bytes: int = 256_000_000
    """All bodies together that have arrived and are not recorded yet."""
    requests_per_second: float = 2_000.0
    """Of one token."""
    refusals_per_second: float = 20.0
    """Of one address: wrong tokens and wrong bodies."""


class Pace:
    """So many a second for each name, and `BURST_SECONDS` of them at once."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Nobody has asked yet."""
        self._rate = rate
        self._clock = clock
        self._full = max(1.0, rate * BURST_SECONDS)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str) -> int:
        """Count one of `name`: 0 if it may pass, else the whole seconds after which one may."""
        now = self._clock()
        left, then = self._left.get(name, (self._full, now))
        left = min(self._full, left + (now - then) * self._rate)
        passes = left >= 1.0
        self._left[name] = (left - 1.0 if passes else left, now)
        self._left.move_to_end(name)
        if len(self._left) > NAMES_KEPT:
            self._left.popitem(last=False)
        return 0 if passes else math.ceil((1.0 - left) / self._rate)


class Room:
    """The memory that bodies may fill together. Small ones find room longer than large ones."""

    def __init__(self, size: int) -> None:
        """All of it is free."""
        self._size = size
        self.taken = 0

    def take(self, size: int, body: int) -> bool:
        """Take room for `size` more bytes of a body that has `body` then; False: there is none."""
        most = self._size if body <= SMALL else self._size * (1 - SMALL_SHARE)
        if self.taken + size > most:
            return False
        self.taken += size
        return True

    def give(self, size: int) -> None:
        """Give room back."""
        self.taken -= size
