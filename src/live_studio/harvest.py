"""What a run's journal holds, read once at its end: numbers into tables of DVCLive's form, the rest into memory."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import records
from .blocks import Block, walk
from .events import Json
from .journal import Journal
from .names import plain_path
from .reading import attached
from .records import Names

PART = 1 << 24
"""Bytes of a journal read at once."""
ROWS_HELD = 50_000
"""Rows of all tables that wait in memory until they are written."""


@dataclass(slots=True)
class Kept:
    """What a run has logged beside its points."""

    params: dict[str, Json] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    """Digests by the path below the run's folder."""
    plots: dict[str, tuple[Mapping[str, Json], str]] = field(default_factory=dict)
    """Properties and digests, likewise."""


def harvest(journal: Journal, key: str, tables: Tables) -> Kept:
    """Walk through a journal: its numbers go into `tables`; returns what else there is below the folder `key`."""
    return _Harvest(journal, key, tables).all()


class _Harvest:
    """One walk through a journal: numbers into their tables, the rest into `kept`."""

    def __init__(self, journal: Journal, key: str, tables: Tables) -> None:
        self.kept = Kept()
        self._journal = journal
        self._key = key
        self._tables = tables
        self._names = Names()

    def all(self) -> Kept:
        at = 0
        while data := self._journal.read(at, PART):
            end = self._part(data)
            if not end:
                break
            at += end
        self._tables.flush()
        return self.kept

    def _part(self, data: bytes) -> int:
        """Where the whole records of `data` end."""
        end = 0
        for item in walk(data):
            if isinstance(item, Block):
                for number in range(item.count):
                    for kind, start, _ in item.records(number):
                        self._points(data, kind, start)
                end = item.end
            else:
                kind, start, end = item
                if not self._points(data, kind, start):
                    self._said(kind, records.payload(data, start, end))
        return end

    def _points(self, data: bytes, kind: int, start: int) -> bool:
        """Whether this is no text; the numbers in it are in their tables."""
        if kind in (records.FLOAT, records.INT):
            struct = records.WHOLE if kind == records.INT else records.POINT
            _, _, series, step, time, value = struct.unpack_from(data, start)
            self._tables.add(self._names.metrics[series], step, time, value)
        elif kind == records.ROW:
            layout = self._names.layout(data, start)
            _, _, _, step, time, *values = layout.struct.unpack_from(data, start)
            for series, value in zip(layout.series, values, strict=True):
                self._tables.add(self._names.metrics[series], step, time, value)
        else:
            return kind in (records.STEP, records.BEAT)
        return True

    def _said(self, kind: int, said: Any) -> None:
        if kind == records.LARGE:
            body = attached(self._journal.path, said["digest"])
            if body is None:
                return
            kind, said = said["kind"], json.loads(body)
        if kind in (records.NAME, records.LAYOUT):
            self._names.learn(kind, said)
        elif kind == records.VALUE and "id" in said:
            self._tables.add(said["name"], said["step"], said["time"], said["value"])
        elif kind == records.PARAMS:
            self.kept.params.update(said)
        elif kind == records.IMAGE:
            self.kept.images[self._below(said)] = said["digest"]
        elif kind == records.PLOT:
            self.kept.plots[self._below(said)] = (said["props"], said["digest"])

    def _below(self, said: Mapping[str, str]) -> str:
        return said["path"].removeprefix(f"{self._key}/")


class Tables:
    """One table of points for each metric; rows wait until there are enough of them."""

    def __init__(self, folder: Path, stamped: Collection[str]) -> None:
        """Write tables below `folder`; the rows of `stamped` metrics have a time."""
        self._folder = folder
        self._stamped = stamped
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._timed: dict[str, bool] = {}
        self._held = 0

    def add(self, name: str, step: int, time: float, value: Json) -> None:
        """Take a point."""
        row = (int(time * 1000), step, value) if self._has_times(name) else (step, value)
        self._rows.setdefault(name, []).append(row)
        self._held += 1
        if self._held >= ROWS_HELD:
            self.flush()

    def _has_times(self, name: str) -> bool:
        """Whether the rows of a metric have a time; those that go on as the rows before them."""
        if name not in self._timed:
            self._timed[name] = name in self._stamped
            path = plain_path(self._folder, f"{name}.tsv")
            if path is not None and path.exists():
                with path.open(encoding="utf-8") as held:
                    self._timed[name] = held.readline().startswith("timestamp\t")
        return self._timed[name]

    def flush(self) -> None:
        """Write the rows that wait."""
        for name, rows in self._rows.items():
            path = plain_path(self._folder, f"{name}.tsv")
            if path is None:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists()
            with path.open("a", encoding="utf-8", newline="") as out:
                table = csv.writer(out, delimiter="\t", lineterminator=os.linesep)
                if is_new:
                    head = ["timestamp"] if self._has_times(name) else []
                    table.writerow([*head, "step", os.path.basename(name)])
                table.writerows(rows)
        self._rows.clear()
        self._held = 0
