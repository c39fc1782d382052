"""Rows as they were read last: whoever opens a page gets all of them, and nearly none has changed."""

from __future__ import annotations

from collections import OrderedDict

from ..changes import Row

BYTES_MOST = 32_000_000


class Shown:
    """Experiments of one file, by their seq: nothing of a row changes without another.

    Not safe to use from several threads at once.
    """

    def __init__(self, most: int = BYTES_MOST) -> None:
        """Know none; keep at most so many bytes of them."""
        self._most = most
        self._held = 0
        self._rows: OrderedDict[int, tuple[Row, int]] = OrderedDict()

    def get(self, experiment: int, seq: int) -> tuple[Row, int] | None:
        """The row of an experiment as of `seq`, and about how many bytes it has."""
        known = self._rows.get(experiment)
        if known is None or known[0].seq != seq:
            return None
        self._rows.move_to_end(experiment)
        return known

    def keep(self, row: Row, size: int) -> None:
        """Remember a row, and let go of those that nobody has asked for longest."""
        before = self._rows.pop(row.id, None)
        # Twice: a row holds its texts, and what was written of them.
        self._held += 2 * (size - (before[1] if before else 0))
        self._rows[row.id] = row, size
        while self._held > self._most:
            _, (_, gone) = self._rows.popitem(last=False)
            self._held -= 2 * gone
