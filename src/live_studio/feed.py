"""Tells a page through its widget's comm what has changed, from a thread of its own and unasked.

A kernel that runs a cell answers nobody, so what a page is sure to want is sent when there is
something new: rows, lines of the running experiments, their plots and pictures.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
import weakref
from typing import Any, Protocol

from .changes import Row, Trouble
from .curves import Question
from .events import metric_name
from .gallery import Gallery
from .studio import Studio

log = logging.getLogger("live_studio")

UNASKED_MOST = 200_000
"""Bytes of a plot that are sent before anybody asks for them."""
CHANGES_EVERY, SERIES_EVERY = 0.1, 0.5
SHOWN, METRICS_MOST, PLOTS_MOST, PICTURES_MOST, POINTS = 7, 20, 10, 5, 300
_NUMBERED = re.compile(r"^(.*)/\d{1,9}\.(\w+)$")


class Teller(Protocol):
    """The widget, as far as it is fed."""

    comm: Any

    def send(self, content: Any, buffers: Any = None) -> None:
        """Send one message."""

    def send_series(self, question: Question) -> None:
        """Send one chart's lines."""

    def send_groups(self, asked: dict[str, Any]) -> None:
        """Send the means and bands of one chart."""

    def send_plot(self, experiment: int, digest: str, most: int | None = None) -> None:
        """Send the body of a plot."""

    def send_plotly(self) -> None:
        """Send what draws charts."""


class Feed:
    """Sends what changed through a widget's comm, from a thread of its own."""

    def __init__(self, widget: Teller, studio: Studio) -> None:
        """Feed `widget` with what `studio` knows, until it is gone."""
        self._widget = weakref.ref(widget)
        self._studio = studio
        self._gallery = Gallery(studio)
        self._since = self._studio.store.seq()
        self._lock = threading.Lock()
        self._moved = True
        self._trouble: Trouble | None = None
        self._wake = threading.Event()
        self._counts: dict[tuple[int, str], int] = {}
        self._grouped: dict[str, tuple[int, dict[str, Any]]] = {}
        self._plots: dict[tuple[int, str], str] = {}
        self._pictures: dict[tuple[int, str], str] = {}
        self._leave = self._studio.subscribe(self._wake.set)
        self._pushed_plotly = 0
        self._began = time.monotonic()

    def start(self) -> Feed:
        """Begin."""
        threading.Thread(target=self._run, name="live_studio-feed", daemon=True).start()
        return self

    def again(self, since: int) -> None:
        """A page stands at `since`: send from there."""
        with self._lock:
            self._since = min(self._since, since)
        self._counts.clear()
        self._plots.clear()
        self._pictures.clear()
        self._moved = True
        self._wake.set()

    def follow(self, asked: dict[str, Any]) -> None:
        """Send these means again whenever there is more to say: a busy kernel is not asked twice."""
        self._grouped[asked["metric"]] = (0, asked)

    def show(self, experiment: int, digest: str) -> None:
        """Send a picture, in pieces."""
        self._gallery.ask(experiment, digest)
        self._wake.set()

    def _run(self) -> None:
        next_series = 0.0
        while True:
            self._wake.wait(0 if self._gallery.waiting else SERIES_EVERY)
            self._wake.clear()
            widget = self._widget()
            if widget is None or widget.comm is None:
                self._leave()
                return
            try:
                self._send_changes(widget)
                if time.monotonic() >= next_series:
                    next_series = time.monotonic() + SERIES_EVERY
                    self._send_plotly(widget)
                    self._send_series(widget)
                self._send_picture(widget)
            except Exception as error:  # noqa: BLE001  # a busy store; the next round tries again
                log.warning("live_studio: a dashboard missed a round: %r", error)
            del widget
            time.sleep(CHANGES_EVERY)

    def _send_changes(self, widget: Teller) -> None:
        more = True
        while more:
            since = self._since
            changes = self._studio.changes(since)
            if changes.seq == since and changes.empty and changes.trouble == self._trouble:
                return
            self._trouble = changes.trouble
            widget.send({"type": "changes", "since": since, "changes": changes.value})
            self._moved = True
            with self._lock:
                # A page may have asked for more from the past meanwhile.
                if self._since == since:
                    self._since = changes.seq
            more = changes.more

    def _send_plotly(self, widget: Teller) -> None:
        # Twice, because the first message after a display can arrive before anybody listens.
        due = (0.3, 2.0)
        if (
            self._pushed_plotly < len(due)
            and time.monotonic() - self._began > due[self._pushed_plotly]
        ):
            self._pushed_plotly += 1
            widget.send_plotly()

    def _send_series(self, widget: Teller) -> None:
        if not self._moved:
            return
        self._moved = False
        rows = self._studio.experiments()
        shown = ([row for row in rows if row.status == "running"] or rows)[:SHOWN]
        for metric in metric_names(shown)[:METRICS_MOST]:
            counts = {(row.id, metric): _count(row, metric) for row in shown}
            if any(self._counts.get(key) != count for key, count in counts.items()):
                self._counts |= counts
                widget.send_series(Question(metric, [row.id for row in shown], POINTS))
        counted = {row.id: row for row in rows}
        for metric, (before, asked) in list(self._grouped.items()):
            members = [counted.get(int(one)) for group in asked["groups"] for one in group]
            count = sum(_count(row, metric) for row in members if row)
            if count != before:
                self._grouped[metric] = (count, asked)
                widget.send_groups(asked)
        self._send_plots(widget, shown)
        self._show_pictures(shown)

    def _send_plots(self, widget: Teller, shown: list[Row]) -> None:
        """The newest rows of each plot, as they change."""
        for row in shown:
            for plot in json.loads(row.plots_text)[-PLOTS_MOST:]:
                place = (row.id, plot["path"])
                if self._plots.get(place) != plot["digest"]:
                    self._plots[place] = plot["digest"]
                    widget.send_plot(row.id, plot["digest"], UNASKED_MOST)

    def _show_pictures(self, shown: list[Row]) -> None:
        """The newest picture of each place, as they change: a busy kernel is asked in vain."""
        for row in shown:
            newest: dict[str, str] = {}
            for image in sorted(json.loads(row.images_text), key=lambda one: one["step"] or 0):
                newest[_reel(image["path"])] = image["digest"]
            for path, digest in list(newest.items())[:PICTURES_MOST]:
                sent = self._pictures.get((row.id, path))
                # One that is on its way arrives, however quickly the next ones are logged.
                busy = sent is not None and self._gallery.holds(row.id, sent)
                if sent != digest and not busy and self._gallery.offer(row.id, digest):
                    self._pictures[row.id, path] = digest

    def _send_picture(self, widget: Teller) -> None:
        """One piece a round, so that prints and numbers have the way for themselves."""
        if (piece := self._gallery.piece()) is not None:
            said, body = piece
            widget.send({"type": "image", **said}, buffers=[body])


def _reel(path: str) -> str:
    """Files called by numbers are the steps of one picture: `slide/0.png`, `slide/1.png`."""
    return _NUMBERED.sub(r"\1/*.\2", path)


def metric_names(rows: list[Row]) -> list[str]:
    """The metrics that rows have, those of the first row first."""
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(map(metric_name, json.loads(row.series_text))))
    return list(names)


def _count(row: Row, metric: str) -> int:
    series = json.loads(row.series_text)
    return sum(held["count"] for path, held in series.items() if metric_name(path) == metric)
