"""What charts ask and what they get: the lines of a metric, out of the store's slices."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import bands
from .bands import Band
from .decoded import Decoded
from .events import metric_name
from .reduction import Odd, all_odd, between, odd, reduced
from .series import Columns, Series, in_order, joined
from .smoothing import FACTOR_MOST, KINDS, reach, smoothed
from .store import Store
from .store.resumed import chain

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

METRIC = "metric:"
"""An x axis that is another metric: this, and its name."""
AXES = ("step", "time", "relative")


@dataclass(frozen=True, slots=True)
class Question:
    """What a chart asks: a metric of some experiments, whole or reduced to about `points`.

    `x` is `step`, `time` (milliseconds since the epoch), `relative` (seconds since the start) or
    `metric:<name>`; `low` and `high` are in its units. `smooth` is the factor from 0 to 0.999 and
    `smoothing` its kind. `since` leaves out what was recorded up to that seq, `until` what came
    after it; `log` treats values that are not above zero as gaps.
    """

    metric: str
    experiments: Sequence[int]
    points: int | None = None
    x: str = "step"
    low: float | None = None
    high: float | None = None
    since: int = 0
    until: int | None = None
    time: bool = False
    smooth: float = 0.0
    smoothing: str = "ema"
    log: bool = False
    generation: int | None = None
    """Which start of the experiments; by default the newest."""
    groups: Sequence[Sequence[int]] = ()
    """Experiments that are one run again and again: of each group a mean and a band is wanted."""
    band: str = bands.KINDS[0]
    """One of `bands.KINDS`."""

    @property
    def problem(self) -> str | None:
        """Why nothing can answer it, in a sentence; None where all is well."""
        if self.x not in AXES and not self.x.startswith(METRIC):
            return f"`x` is none of {', '.join(AXES)} and {METRIC}<name>"
        if not 0 <= self.smooth <= FACTOR_MOST:
            return f"`smooth` is not between 0 and {FACTOR_MOST}"
        if self.smoothing not in KINDS:
            return f"`smoothing` is none of {', '.join(KINDS)}"
        if self.band not in bands.KINDS:
            return f"`band` is none of {', '.join(bands.KINDS)}"
        centred = self.smooth and self.smoothing != "ema"
        if self.since and (centred or self.groups):
            asked = "group" if self.groups else f"smoothing={self.smoothing}"
            return f"`{asked}` needs all points, so it does not go with `since`"
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """One experiment's part of the answer."""

    experiment: int
    path: str
    total: int
    """Points in all of the series, however few of them are here."""
    series: Series
    smooth: Series | None = None
    odd: Odd = field(default_factory=dict)
    """What has no place on the axis, in the part that was asked for."""


@dataclass(frozen=True, slots=True)
class Group:
    """The part of the answer that stands for several runs."""

    experiments: Sequence[int]
    """Those of the group that have the metric."""
    total: int
    """Points in all of their series."""
    band: Band
    smooth: Band | None = None
    """The mean of the smoothed runs, and their spread."""
    odd: Odd = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Run:
    """A start of an experiment, with those it goes on with."""

    generations: list[int]
    """Oldest first: points of one step stay in the order in which they were logged."""
    paths: list[str]
    started_at: float

    def named(self, metric: str) -> list[str]:
        return [path for path in self.paths if metric in (metric_name(path), path)]


class Curves:
    """The series of a store's experiments. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        """Read from `store`; nothing is decoded before it is asked for."""
        self._store = store
        self._lock = threading.Lock()
        self._decoded = Decoded(store)

    def lines(self, question: Question) -> list[Line]:
        """One line for each experiment that has the metric."""
        lines = []
        for experiment in question.experiments:
            if run := self._run(experiment, question.generation):
                for path in run.named(question.metric):
                    for placed, total in self._whole(run, path, question):
                        soft = self._soft(run, path, question, placed)
                        lines.append(_shown(placed, soft, question, experiment, path, total))
        return lines

    def _soft(self, run: _Run, path: str, question: Question, shown: Series) -> Series | None:
        """What is shown, smoothed as part of all there is; None where nobody asked for that."""
        if question.smooth <= 0:
            return None
        if not question.since:
            return _soft(shown, question)
        ((whole, _),) = self._whole(run, path, replace(question, since=0))
        # As far back as anything weighs: what was shown before goes on, as if it had been sent whole.
        near = whole.take(slice(max(0, len(whole) - len(shown) - reach(question.smooth)), None))
        return _soft(near, question).take(slice(len(near) - len(shown), None))

    def _is_late(self, run: _Run, path: str, question: Question) -> bool:
        """Whether some of what came after `since` lies before what was there, by step or by time."""
        import numpy as np

        held: list[Floats] = []
        came: list[Floats] = []
        with self._lock:
            for generation in run.generations:
                column = self.columns(generation, path)[path]
                begin = column.arrived(question.since)
                places = np.array([column.step, column.time])
                held.append(places[:, :begin])
                came.append(places[:, begin:])
        before = np.concatenate(held, axis=1).max(axis=1, initial=-np.inf)
        after = np.concatenate(came, axis=1).min(axis=1, initial=np.inf)
        # Of two runs that go on with each other the points of one step stand in the order of the runs.
        return bool((after < before).any() or (len(run.generations) > 1 and after[0] == before[0]))

    def answerable(self, question: Question) -> Question:
        """The question, without `since` where that would not be the truth.

        A point that comes late, among those that were there, changes the smoothed line behind it.
        """
        if not (question.since and question.smooth):
            return question
        late = question.x.startswith(METRIC) or any(
            self._is_late(run, path, question)
            for experiment in question.experiments
            if (run := self._run(experiment, question.generation))
            for path in run.named(question.metric)
        )
        return replace(question, since=0) if late else question

    def groups(self, question: Question) -> list[Group]:
        """One mean with its band for each group of which an experiment has the metric."""
        found = []
        for experiments in question.groups:
            members: list[int] = []
            runs: list[tuple[Series, int]] = []
            for experiment in experiments:
                if not (run := self._run(experiment, question.generation)):
                    continue
                # Where a metric stands in two files, a run still counts once.
                for path in run.named(question.metric)[:1]:
                    runs += self._whole(run, path, question)
                    members.append(experiment)
            if runs:
                found.append(_together(runs, members, question))
        return found

    def _run(self, experiment: int, number: int | None) -> _Run | None:
        found = self._store.read(
            "SELECT g.id, g.series, g.started_at, g.resumes FROM experiments e"
            " JOIN generations g ON g.experiment = e.id WHERE e.id = ?1"
            " AND iif(?2 IS NULL, g.id = e.generation, g.number = ?2)",
            (experiment, number),
        )
        if found and found[0]["resumes"]:
            found = [
                part
                for one in chain(self._store.read, found[0]["id"])
                for part in self._store.read(
                    "SELECT id, series, started_at FROM generations WHERE id = ?", (one,)
                )
            ]
        paths = dict.fromkeys(path for part in found for path in json.loads(part["series"]))
        return (
            _Run([part["id"] for part in found], [*paths], found[0]["started_at"])
            if found
            else None
        )

    def columns(self, generation: int, *paths: str) -> Columns:
        """The columns of a generation, in which these series are whole and up to date.

        Whoever holds them holds the lock.
        """
        return self._decoded.columns(generation, *paths)

    def _whole(self, run: _Run, path: str, question: Question) -> list[tuple[Series, int]]:
        """A series on its axis and how many points it has in all; none where it has no such axis."""
        asked = question.x.removeprefix(METRIC) if question.x.startswith(METRIC) else None
        other = None if asked is None else next(iter(run.named(asked)), "")
        if other == "":
            return []
        total, parts, others = 0, [], []
        with self._lock:
            for generation in run.generations:
                columns = self.columns(generation, path, *([] if other is None else [other]))
                column = columns[path]
                end = len(column.step) if question.until is None else column.arrived(question.until)
                begin = column.arrived(question.since) if question.since else 0
                parts.append(in_order(column, begin, end))
                total += end
                if other is not None:
                    others.append(in_order(columns[other]))
        beside = joined(others) if others else None
        return [(_placed(joined(parts), beside, run, question), total)]


def _placed(series: Series, beside: Series | None, run: _Run, question: Question) -> Series:
    """The series on its x axis, with its smoothed values: those follow the steps on every axis."""
    if beside is not None:
        return series.over(_at_same_steps(series, beside))
    if question.x == "time":
        return series.over(series.time)
    if question.x == "relative":
        return series.over(series.time / 1000 - run.started_at)
    return series


def _at_same_steps(series: Series, other: Series) -> Floats:
    """The other series' last value at each step; NaN where it has none: nothing is filled in."""
    import numpy as np

    if not len(other):
        return np.full(len(series), np.nan)
    at = np.searchsorted(other.step, series.step, side="right") - 1
    same = (at >= 0) & (other.step[at] == series.step)
    return np.where(same, other.value[at], np.nan)


def _shown(
    whole: Series,
    soft: Series | None,
    question: Question,
    experiment: int,
    path: str,
    total: int,
) -> Line:
    points = question.points or 0
    part = between(whole, question.low, question.high)
    # All of it is smoothed, then cut and reduced: what is drawn does not depend on the zoom.
    near = soft and between(soft, question.low, question.high)
    smooth = None if near is None else reduced(near, points, log=question.log)
    return Line(
        experiment,
        path,
        total,
        reduced(part, points, log=question.log),
        smooth,
        odd(part, log=question.log),
    )


def _soft(whole: Series, question: Question) -> Series:
    values = smoothed(whole.value, question.smooth, question.smoothing)
    return Series(whole.step, values, whole.time, whole.x)


def _together(
    runs: Sequence[tuple[Series, int]], experiments: Sequence[int], question: Question
) -> Group:
    """Each run is smoothed by itself and whole; then they are brought together, cut and reduced."""

    def shown(several: Sequence[Series]) -> Band:
        part = bands.between(bands.band(several, question.band), question.low, question.high)
        return bands.reduced(part, question.points or 0, log=question.log)

    whole = [series for series, _ in runs]
    smooth = shown([_soft(series, question) for series in whole]) if question.smooth > 0 else None
    parts = [between(series, question.low, question.high) for series in whole]
    return Group(
        experiments,
        sum(total for _, total in runs),
        shown(whole),
        smooth,
        all_odd([odd(part, log=question.log) for part in parts]),
    )
