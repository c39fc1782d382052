"""What every viewer gets of long params and metrics: the beginning of each value, and how long it is.

A prompt or a list of ten megabytes belongs to its run and not into every table; whoever looks at
that run may ask for all of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .events import Json

VALUE_MOST = 1_000
"""Characters of one value, as JSON writes it."""
SHOWN = 200
KIND_MOST = 500_000
"""Characters of all params, or of all metrics, of one run; what comes after them is left out."""
KNOWN_MOST = 1_024

Cut = list[list[str]]
"""Where something was cut: the kind, the file, and the names below it."""

_known: dict[tuple[str, int, int], tuple[str, Cut] | None] = {}
"""By length and hash, because a row with one long value is read each time any of it changes."""


def excerpt(kind: str, text: str) -> tuple[str, Cut]:
    """The JSON text of a row's params or metrics with nothing long in it, and where it was cut."""
    if len(text) <= VALUE_MOST:
        return text, []
    mark = (kind, len(text), hash(text))
    if mark not in _known:
        if len(_known) >= KNOWN_MOST:
            _known.clear()
        cut: Cut = []
        short = _Excerpt(cut).of(json.loads(text), [kind])
        written = json.dumps(short, separators=(",", ":"), ensure_ascii=False)
        _known[mark] = (written, cut) if cut else None
    return _known[mark] or (text, [])


class _Excerpt:
    """One walk through the files of a row."""

    def __init__(self, cut: Cut) -> None:
        """Note in `cut` where something is left out."""
        self._cut = cut
        self._room = KIND_MOST

    def of(self, value: Json, path: Sequence[str]) -> Json:
        """A value without what is long in it."""
        if not isinstance(value, dict):
            return self._leaf(value, path)
        kept: dict[str, Any] = {}
        for name, inner in value.items():
            self._room -= len(name)
            if self._room < 0:
                self._cut.append([*path])
                break
            kept[name] = self.of(inner, [*path, name])
        return kept

    def _leaf(self, value: Json, path: Sequence[str]) -> Json:
        written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if len(written) > VALUE_MOST:
            self._cut.append([*path])
            value = written = f"{written[:SHOWN]}… ({len(written):,} characters)"
        self._room -= len(written)
        return value
