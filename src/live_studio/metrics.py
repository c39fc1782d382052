"""The numbers of a run. A call builds a record and stores it: about a microsecond, and safe from then on."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Mapping
from typing import Any

from . import records
from .errors import InvalidMetric
from .run import Run
from .values import NO_TEXT, check, fits, is_number, is_text, plain

Expected = tuple[list[str], list[type], records.Layout]
NAME_MOST = 500
"""Longest name, as everywhere."""
ROW_MOST = 4_000
"""Numbers that one record can hold with room to spare."""
_FLOAT, _POINT_LENGTH, _ROW = records.FLOAT, records.POINT_LENGTH, records.ROW
_pack_point = records.POINT.pack
_pack_whole = records.WHOLE.pack
_now = time.time


class Metrics(Run):
    """Logs numbers."""

    _ids: dict[str, int]
    _rows: dict[Any, records.Layout]
    _naming: threading.RLock
    _row: Expected
    """Names, types and layout of the last row. One value, so that a thread reads them together."""

    def _begin_metrics(self) -> None:
        self._ids = {}
        self._rows = {}
        self._naming = threading.RLock()
        self._row = ([], [], records.Layout.of(0, (), ""))

    def log_metric(
        self, name: str, val: float | str, timestamp: bool = False, plot: bool = True
    ) -> None:
        """Log one number at the current step.

        Args:
            name: The metric's name; slashes group.
            val: The number. NaN and infinities stay what they are.
            timestamp: Whether the metric's file has the time of each row; every point has its time here.
            plot: False keeps only the newest value, without a series.

        Raises:
            InvalidMetric: the value is not a number or text.
        """
        try:
            series = self._ids[name]
        except KeyError:
            series = self._name(name)
        if type(val) is float and plot and not timestamp:
            self._append(
                _pack_point(
                    records.POINT_LENGTH, records.FLOAT, series, self._step or 0, _now(), val
                )
            )
        else:
            self._log_other(name, series, val, plot=plot)
            if timestamp and self._keeper:
                self._keeper.stamp(name)

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Log several numbers at the current step as one record, the cheapest way there is.

        Raises:
            InvalidMetric: a value is not a number or text.
        """
        keys, values = [*metrics], [*metrics.values()]
        expected, types, row = self._row
        if keys != expected or [*map(type, values)] != types or not keys:
            turned = self._turn_to(metrics, values)
            if turned is None:
                return
            row, values = turned
        try:
            body = row.pack(row.length, _ROW, row.id, self._step or 0, _now(), *values)
        except struct.error:
            self._log_each(metrics, values)
        else:
            self._append(body)

    # slow paths

    def _name(self, name: Any) -> int:
        if not isinstance(name, str) or not name:
            raise InvalidMetric(
                f"{name!r} cannot be a metric's name; give a text such as 'train/loss'."
            )
        if not is_text(name):
            raise InvalidMetric(f"{name[:40]!a} cannot be a metric's name: {NO_TEXT}.")
        if len(name) > NAME_MOST:
            raise InvalidMetric(f"{name[:40]!r}... is too long for a name; at most {NAME_MOST}.")
        with self._naming:
            if name in self._ids:
                return self._ids[name]
            series = len(self._ids)
            said = {"id": series, "path": f"{self._plots}{name}.tsv", "name": name}
            # What it names is logged next; a stop that is wanted waits for that.
            self._journal.append(records.text(records.NAME, said))
            self._ids[name] = series
        return series

    def _turn_to(
        self, metrics: Mapping[str, Any], values: list[Any]
    ) -> tuple[records.Layout, list[Any]] | None:
        """The layout for these names and types, and the values as Python's own.

        None: they have no place in one row of columns, and have been logged otherwise.
        """
        if len(values) > ROW_MOST:
            self._log_parts(metrics)
        if not 0 < len(values) <= ROW_MOST:
            return None
        values = [plain(value) for value in values]
        types = [type(value) for value in values]
        key = (*metrics, *types)
        if key not in self._rows:
            for name, value in metrics.items():
                check(name, value)
            if any(kind not in (float, int) for kind in types):
                self._log_each(metrics, values)
                return None
            self._lay_out(key, metrics, types)
        self._row = ([*metrics], types, self._rows[key])
        return self._rows[key], values

    def _log_parts(self, metrics: Mapping[str, Any]) -> None:
        items = list(metrics.items())
        for begin in range(0, len(items), ROW_MOST):
            self.log_metrics(dict(items[begin : begin + ROW_MOST]))

    def _lay_out(self, key: Any, metrics: Mapping[str, Any], types: list[type]) -> None:
        with self._naming:
            if key in self._rows:
                return
            series = tuple(
                self._ids[name] if name in self._ids else self._name(name) for name in metrics
            )
            codes = "".join("d" if kind is float else "q" for kind in types)
            layout = records.Layout.of(len(self._rows), series, codes)
            said = {"id": layout.id, "series": series, "codes": codes}
            self._journal.append(records.text(records.LAYOUT, said))
            # Known to others only now: no row may stand before its layout.
            self._rows[key] = layout

    def _log_each(self, metrics: Mapping[str, Any], values: list[Any]) -> None:
        """Text, or a whole number of more than 64 bits."""
        for name, value in zip(metrics, values, strict=True):
            self.log_metric(name, value)

    def _log_other(self, name: str, series: int, val: Any, *, plot: bool) -> None:
        check(name, val)
        value = plain(val)
        step = self._step or 0
        if plot and type(value) is int and fits(value):
            self._append(
                _pack_whole(records.POINT_LENGTH, records.INT, series, step, _now(), value)
            )
        elif plot and type(value) is float:
            self._append(
                _pack_point(records.POINT_LENGTH, records.FLOAT, series, step, _now(), value)
            )
        else:
            said = {"name": name, "value": value, "step": step, "time": _now()}
            if plot and is_number(value):
                said["id"] = series
            self._journal.tell(records.VALUE, said)
            self._obey()
