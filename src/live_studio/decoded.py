"""Series that were decoded before: a chart that is asked for again pays only for what is new.

Of a generation all slices are decoded, and the chunks of those series only that somebody asked for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from .chunks import BrokenChunk
from .series import Columns
from .store import Store
from .store.points import joined

POINTS_CACHED = 5_000_000
"""Kept decoded, at 30 bytes each (measured): 150 MB, which a shared server has to spare."""


class _Held:
    """What is known of one generation; of the `whole` series everything."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.packed = 0
        self.columns = Columns()
        self.whole: set[str] = set()

    @property
    def is_empty(self) -> bool:
        return not self.whole and not self.columns.last_slice


class Decoded:
    """The generations of a store that were asked for last. One thread at a time."""

    def __init__(self, store: Store) -> None:
        """Read from `store`; nothing is decoded before it is asked for."""
        self._store = store
        self._held: OrderedDict[int, _Held] = OrderedDict()
        self._openings = store.openings

    def columns(self, generation: int, *paths: str) -> Columns:
        """The columns of a generation, in which these series are whole and up to date."""
        if self._openings != self._store.openings:
            # The file was mended since: what was decoded may not be there any more.
            self._openings = self._store.openings
            self._held.clear()
        held = self._held.setdefault(generation, _Held())
        self._held.move_to_end(generation)
        try:
            self._renew(held, generation, paths)
        except BrokenChunk:
            # Its checksum tells: the file is damaged. What can be saved of it is read instead.
            self._store.suspect()
            held.forget()
            self._renew(held, generation, paths)
        while len(self._held) > 1 and self._points() > POINTS_CACHED:
            self._held.popitem(last=False)
        return held.columns

    def _renew(self, held: _Held, generation: int, paths: Sequence[str]) -> None:
        lacking = [path for path in paths if path not in held.whole]
        found = self._store.points(generation, lacking, (held.packed, held.columns.last_slice))
        if found.packed != held.packed and not held.is_empty:
            # Slices became chunks: of what was decoded nobody knows which is in those.
            held.forget()
            lacking = list(paths)
            found = self._store.points(generation, lacking, (0, 0))
        for slice_id, body, seq in found.slices:
            held.columns.feed(slice_id, body, seq)
        for path in lacking:
            if found.chunks[path]:
                held.columns.precede(path, joined(found.chunks[path]))
        held.packed = found.packed
        held.whole.update(paths)

    def _points(self) -> int:
        return sum(held.columns.size for held in self._held.values())
