"""Experiments for code: the table as a list, its series as data frames."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, overload

from . import config, frames, snapshot, whereabouts
from .changes import Row
from .courier import shared
from .curves import Question
from .drainer import Drainer
from .events import Json
from .figures import Label, figure
from .repeats import repeats
from .status import contact
from .studio import Studio

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


class Experiment:
    """One experiment as it stood when it was asked for."""

    def __init__(self, row: Row, studio: Studio) -> None:
        """Wrap a row."""
        self._row = row
        self._studio = studio

    @property
    def name(self) -> str:
        """What it is called."""
        return self._row.name

    @property
    def status(self) -> str:
        """`running`, `completed`, `failed` or `stopped`."""
        return self._row.status

    @property
    def detail(self) -> str | None:
        """Why it has this status, where there is more to say."""
        return self._row.detail

    @property
    def contact(self) -> str:
        """`live`, `stale` or `lost`: how long ago it was heard, by its own cadence."""
        return contact(self._studio.store.now(), self._row.stale_at, self._row.lost_at)

    @property
    def step(self) -> int | None:
        """The last step."""
        return self._row.step

    @property
    def error(self) -> Json:
        """What failed it: `type`, `text` and `cell`."""
        return json.loads(self._row.error_text)

    @property
    def params(self) -> Json:
        """Its parameters, by file."""
        return json.loads(self._row.params_text)

    @property
    def metrics(self) -> Json:
        """Its newest metrics, by file."""
        return json.loads(self._row.metrics_text)

    def series(self, metric: str) -> pd.DataFrame:
        """Every point of a metric: columns `experiment`, `step`, `value` and `time`."""
        return _series([self], metric, self._studio)

    def figure(self, metric: str, **how: Any) -> go.Figure:
        """A metric's chart; takes what `Experiments.figure` takes."""
        return _figure([self], metric, self._studio, **how)

    def __repr__(self) -> str:
        """Name, status and step."""
        return f"<Experiment {self.name!r}: {self.status}, step {self.step}>"


class Experiments(Sequence[Experiment]):
    """Experiments, newest start first; a name finds the newest of that name."""

    def __init__(self, found: Sequence[Experiment], studio: Studio) -> None:
        """Wrap a list."""
        self._found = list(found)
        self._studio = studio

    @overload
    def __getitem__(self, which: int | str) -> Experiment: ...
    @overload
    def __getitem__(self, which: slice) -> Experiments: ...
    def __getitem__(self, which: int | str | slice) -> Experiment | Experiments:
        """By position or by name.

        Raises:
            KeyError: no experiment has that name.
        """
        if isinstance(which, str):
            for experiment in self._found:
                if experiment.name == which:
                    return experiment
            raise KeyError(f"no experiment is called {which!r}")
        if isinstance(which, slice):
            return Experiments(self._found[which], self._studio)
        return self._found[which]

    def __len__(self) -> int:
        """How many."""
        return len(self._found)

    def __iter__(self) -> Iterator[Experiment]:
        """One after the other."""
        return iter(self._found)

    def series(self, metric: str) -> pd.DataFrame:
        """Every point of a metric of all of them: columns `experiment`, `step`, `value`, `time`."""
        return _series(self._found, metric, self._studio)

    def to_frame(self) -> pd.DataFrame:
        """The table: one row for each, with its parameters and newest metrics as columns.

        Columns are `name`, `status`, `detail`, `contact`, `step`, `generation`, `repo_url`,
        `baseline_sha`, `client`, `message`, `started_at`, `updated_at`, `ended_at` (UTC), then
        `params.<path>` and `metrics.<path>`; `runs.to_frame().to_parquet("runs.parquet")` keeps it.

        Raises:
            MissingPackage: pandas is not installed.
        """
        rows = [experiment._row for experiment in self._found]
        return frames.table(rows, self._studio.store.now())

    def figure(self, metric: str, **how: Any) -> go.Figure:
        """A metric's chart as a Plotly figure: the lines and marks that the dashboard draws.

        Args:
            metric: Its name, such as `train/loss`.
            **how: `x` is `step`, `time`, `relative` (seconds since the start) or `metric:<name>`;
                `smooth` a factor from 0 to 0.999 and `smoothing` its kind, `ema` or `centred`;
                `log=True` for a logarithmic y axis; `points` about how many of each line are
                drawn: extremes always are, 0 draws all; `group="seed"`, or a list of parameters,
                draws experiments that are equal but for these as one mean, in a band that is
                `band="std"`, `"ci"` (95 %) or `"range"`.

        Raises:
            ValueError: one of them cannot be drawn; the text names it.
        """
        return _figure(self._found, metric, self._studio, **how)

    def __repr__(self) -> str:
        """As a list of names."""
        return f"Experiments({[experiment.name for experiment in self._found]})"

    def _repr_html_(self) -> str:
        rows = [experiment._row for experiment in self._found]
        return snapshot.html(rows, {}, self._studio.store.now(), what="State")


def experiments(
    *, project: str | None = None, status: str | None = None, name: str | None = None
) -> Experiments:
    """The experiments of the store, newest first; what died without a word is found dead here.

    Args:
        project: Only those of this project, by its name, its id or its repository.
        status: Only `running`, `completed`, `failed` or `stopped` ones.
        name: Only those of this name.

    Raises:
        NoSuchProject: no project is called that.
    """
    courier = shared(whereabouts.store_path(), yielding=config.neighbour() is not None)
    studio = courier.studio
    # Where it cannot be done now, the courier tries again.
    with suppress(OSError, sqlite3.Error):
        Drainer(studio).bury()
    repos = None if project is None else {one.repo_url for one in studio.projects.called(project)}
    found = [
        Experiment(row, studio)
        for row in studio.experiments()
        if (name is None or row.name == name)
        and (status is None or row.status == status)
        and (repos is None or row.repo_url in repos)
    ]
    return Experiments(found, studio)


def _series(found: Sequence[Experiment], metric: str, studio: Studio) -> pd.DataFrame:
    names = {experiment._row.id: experiment.name for experiment in found}
    return frames.series(studio.series(Question(metric, list(names))), names)


POINTS = 1000


def _figure(found: Sequence[Experiment], metric: str, studio: Studio, **how: Any) -> Any:
    asked = {"x", "smooth", "smoothing", "log", "points", "group", "band"}
    if unknown := how.keys() - asked:
        raise TypeError(f"figure() knows nothing of {', '.join(sorted(unknown))}")
    # The oldest first, as their colours were given.
    rows = [experiment._row for experiment in reversed(found)]
    group = how.pop("group", ())
    over = [group] if isinstance(group, str) else list(group)
    labels = {row.id: Label(row.name, slot) for slot, row in enumerate(rows)}
    groups = repeats(rows, over)
    for one in groups:
        # The first colour that any of them has; by any of them, whoever has the metric.
        label = Label(one.name, min(labels[row].slot for row in one.ids))
        labels |= dict.fromkeys(one.ids, label)
    taken = {row for one in groups for row in one.ids}
    question = Question(
        metric,
        [row.id for row in rows if row.id not in taken],
        groups=[one.ids for one in groups],
        **{"points": POINTS} | how,
    )
    if problem := question.problem:
        raise ValueError(problem)
    return figure(question, studio.series(question), studio.groups(question), labels, over)
