"""DVCLive's verbs beside the numbers: its summary, its files' names, the machine's own metrics.

None of them is called step after step, so they stand apart from `Live`'s fast paths.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import records
from .errors import InvalidMetric, InvalidParam, InvalidPlot
from .journal import Journal, Silence, warn_once
from .values import plain, writable

if TYPE_CHECKING:
    from .account import Account
    from .events import Json
    from .keeping import Keeper
    from .system import Monitor


class Verbs:
    """What `Live` has beside numbers, parameters and pictures."""

    _journal: Journal | Silence
    _folder: str
    _dvcyaml: str | None
    _plots_key: str
    """The folder of the plots as the store names it."""
    _total_steps: int | None = None
    exp_name: str
    _message: str | None
    _step: int | None
    _synced: int | None
    """The largest step that has ended."""
    _summed: int | None = None
    """The last step that was summed up by hand."""
    _keeper: Keeper | None = None
    _account: Account | None = None
    _earlier: Mapping[str, Json] | None = None
    """The summary of the run that this one goes on with."""
    _monitor: Monitor | None = None
    _aside = 0
    """Bytes of records that nobody asked for: beats, and the machine's own numbers."""

    def log_metric(
        self, name: str, val: float | str, timestamp: bool = False, plot: bool = True
    ) -> None:
        """Log one number at the current step."""
        raise NotImplementedError

    def log_image(self, name: str, val: Any) -> None:
        """Log a picture at the current step."""
        raise NotImplementedError

    def _name(self, name: Any) -> int:
        raise NotImplementedError

    def _obey(self) -> None:
        raise NotImplementedError

    @property
    def step(self) -> int:
        """The current step."""
        raise NotImplementedError

    # files, as DVCLive names them

    @property
    def dir(self) -> str:
        """The folder that names the files."""
        return self._folder

    @property
    def params_file(self) -> str:
        """The file that parameters are shown under."""
        return os.path.join(self._folder, "params.yaml")

    @property
    def metrics_file(self) -> str:
        """The file that metrics are shown under."""
        return os.path.join(self._folder, "metrics.json")

    @property
    def plots_dir(self) -> str:
        """The folder that series, pictures and plots are shown under."""
        return os.path.join(self._folder, "plots")

    @property
    def artifacts_dir(self) -> str:
        """The folder that DVCLive copies artifacts into."""
        return os.path.join(self._folder, "artifacts")

    @property
    def dvc_file(self) -> str:
        """The file that tells DVC of the others."""
        return self._dvcyaml or "dvc.yaml"

    @property
    def report_file(self) -> None:
        """None: the dashboard is the report."""

    # the summary

    @property
    def summary(self) -> dict[str, Json]:
        """The newest value of each metric, nested by the slashes of their names.

        What you put into it is logged by the next `make_summary()`, `sync()` or `end()`.
        """
        return self._said.summary

    @property
    def _said(self) -> Account:
        if self._account is None:
            from .account import Account

            self._account = Account(self._journal, self._earlier)
        return self._account

    def make_summary(self) -> None:
        """Log what was put into `summary` by hand, as values without a series, and write it into `metrics.json`.

        Nothing is written where no files are wanted; see `dir`.

        Raises:
            InvalidMetric: one of them is neither a number nor text.
        """
        self._log_summary()
        self._stand()
        if self._keeper:
            self._keeper.summary(self._summed_up)

    def _stand(self) -> None:
        """Say which step this is, where anybody counts them: who only ever syncs ends none."""
        step = self._step
        if step is not None and step != self._summed:
            self._summed = step
            body = records.STEPPED.pack(records.STEP_LENGTH, records.STEP, step, time.time())
            self._journal.append(body)
            self._obey()

    def _log_summary(self) -> None:
        # Who has never asked for the summary has put nothing into it.
        if self._account is not None:
            for name, value in self._account.added().items():
                self.log_metric(name, value, plot=False)

    def sync(self) -> None:
        """The same as `make_summary()`: everything else is stored as soon as it is logged."""
        self.make_summary()
        if self._keeper:
            self._keeper.describes = True

    def make_report(self) -> None:
        """Do nothing: the dashboard is the report, and is always up to date."""

    def make_dvcyaml(self) -> None:
        """Write DVCLive's files now, `dvc.yaml` among them whatever `dvcyaml` said; `end()` does it too."""
        if self._keeper:
            self._keeper.describes = True
            self._write_files(dvcyaml=self.dvc_file)

    @property
    def _summed_up(self) -> dict[str, Json]:
        """The summary as DVCLive's file has it, with the step where there is one."""
        return ({} if self._step is None else {"step": self._step}) | self.summary

    def _write_files(self, *, dvcyaml: str | None = None) -> None:
        if self._keeper and isinstance(self._journal, Journal):
            self._keeper.all(self._journal, self._summed_up, dvcyaml)

    def _keep(self, *, save: bool) -> str | None:
        """What the end leaves in the user's folder; the DVC experiment's revision, where one was saved."""
        if self._keeper and (save or self._synced is not None):
            # What `next_step` and the end imply. Who just leaves finds what was asked for, as with DVCLive.
            self._keeper.sums_up = self._keeper.describes = True
        self._write_files()
        return self._keeper.save(self.exp_name, self._message) if save and self._keeper else None

    # plots and artifacts

    def log_plot(
        self,
        name: str,
        datapoints: Any,
        x: str | None = None,
        y: str | list[str] | None = None,
        template: str | None = "linear",
        title: str | None = None,
        x_label: str | None = None,
        y_label: str | None = None,
    ) -> None:
        """Log a plot of any rows, or a figure, at the current step; a later one of its name takes its place.

        Args:
            name: What it is called.
            datapoints: Rows: a list of dicts, a data frame, or an array of two dimensions, whose
                columns are called "0", "1" and so on. At most 4 MB as JSON. Or a Plotly figure of
                bars, heat maps, histograms, lines, dots or parallel coordinates: its data are drawn,
                and nothing else of it. A matplotlib figure is logged as a picture.
            x: The column of the x axis; a figure has none.
            y: The column, or columns, of the y axis; a histogram has none.
            template: One of DVC's templates, such as `linear`, `scatter` or `confusion`; or
                `histogram`, or `bar` for standing ones.
            title: What stands above it.
            x_label: What stands at the x axis.
            y_label: What stands at the y axis.

        Raises:
            InvalidPlot: these are no rows, they lack a column, they are too many, or the figure has
                traces that are not drawn here.
        """
        from . import traces

        if hasattr(datapoints, "savefig"):
            self.log_image(f"{name}.png", datapoints)
            return
        if traces.is_figure(datapoints):
            body, own = traces.encoded(name, datapoints)
            self._attach("custom", name, {"template": "figure", "title": title or own}, body)
            return
        columns = [y] if isinstance(y, str) else list(y or ())
        if x is None or (not columns and template != "histogram"):
            raise InvalidPlot(f"plot {name!r} needs to know its columns: give `x` and `y`.")
        props = {"template": template, "x": x, "y": y, "title": title}
        props |= {"x_label": x_label, "y_label": y_label}
        self._plot("custom", name, props, datapoints, [x, *columns])

    def log_sklearn_plot(
        self,
        kind: str,
        labels: Any,
        predictions: Any,
        name: str | None = None,
        title: str | None = None,
        x_label: str | None = None,
        y_label: str | None = None,
        normalized: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Log one of scikit-learn's plots at the current step.

        Args:
            kind: `calibration`, `confusion_matrix`, `det`, `precision_recall` or `roc`. All but the
                confusion matrix need scikit-learn.
            labels: What is true, one label for each prediction.
            predictions: What was predicted: labels for a confusion matrix, probabilities else.
            name: What it is called; by default as its kind.
            title: What stands above it.
            x_label: What stands at the x axis.
            y_label: What stands at the y axis.
            normalized: Whether a confusion matrix is drawn in shares of each true label.
            **kwargs: For scikit-learn's function, such as `drop_intermediate=True`.

        Raises:
            InvalidPlot: no such kind is known.
            MissingPackage: scikit-learn is not installed.
        """
        from .plotted import drawn

        said = {"title": title, "x_label": x_label, "y_label": y_label, "normalized": normalized}
        props, rows = drawn(kind, labels, predictions, said, kwargs)
        self._plot("sklearn", name or kind, props, rows, ())

    def _plot(
        self, folder: str, name: str, props: dict[str, Json], rows: Any, columns: Iterable[str]
    ) -> None:
        from .plotted import encoded

        self._attach(folder, name, props, encoded(name, rows, columns))

    def _attach(self, folder: str, name: str, props: dict[str, Json], body: bytes) -> None:
        from .plotted import named

        path = f"{self._plots_key}/{folder}/{named(name)}.json"
        if digest := self._journal.attach(body):
            props = {key: value for key, value in props.items() if value}
            said = {"path": path, "step": self.step, "props": props, "digest": digest}
            self._journal.append(records.text(records.PLOT, said | {"time": time.time()}))
            self._obey()

    def log_artifact(
        self,
        path: str | os.PathLike[str],
        type: str | None = None,
        name: str | None = None,
        desc: str | None = None,
        labels: list[str] | None = None,
        meta: dict[str, Any] | None = None,
        copy: bool = False,
        cache: bool = True,
    ) -> None:
        """Note a file or folder with its size and SHA-256. It is read, and stays where it is.

        Args:
            path: The file or folder.
            type: What it is, such as `model` or `dataset`.
            name: What it is called; by default the file's name without its suffix.
            desc: A line about it.
            labels: Words to find it by.
            meta: What else is to be known of it.
            copy: Whether to copy it into `artifacts_dir` first.
            cache: Whether the end puts it into DVC's cache (`dvc add`), inside a DVC repository.

        Raises:
            InvalidArtifact: it leads to nothing that can be read.
            InvalidParam: `meta` cannot be written as JSON.
        """
        from .artifacts import copied, described

        said = described(path, name)
        if copy and isinstance(self._journal, Journal):
            path = copied(path, Path(self.artifacts_dir))
            said = described(path, name)
        more = {"type": type, "desc": desc, "labels": labels, "meta": meta}
        try:
            more = writable({key: value for key, value in more.items() if value is not None})
            body = records.text(records.ARTIFACT, said | more | {"time": time.time()})
        except (TypeError, ValueError) as error:
            raise InvalidParam(f"artifact {said['name']!r}: {error}.") from None
        self._journal.append(body)
        if self._keeper:
            # DVCLive tells DVC of those alone of which anything is said.
            told = more if name or any(more.values()) else None
            self._keeper.artifact(path, str(said["name"]), told, cache=cache)
        self._obey()

    # how far it is

    @property
    def total_steps(self) -> int | None:
        """How many steps there will be, for progress and time left; None where nobody knows.

        Raises:
            InvalidMetric: it is set to something that is no whole number above zero.
        """
        return self._total_steps

    @total_steps.setter
    def total_steps(self, steps: int | None) -> None:
        known = plain(steps)
        if known is not None and (type(known) is not int or not 0 < known <= 1 << 53):
            raise InvalidMetric(f"{steps!r} cannot be a number of steps; give a whole one above 0.")
        self._total_steps = known
        said = {"steps": known or 0, "time": time.time()}
        self._journal.append(records.text(records.TOTAL, said))
        self._obey()

    # the machine

    def monitor_system(
        self,
        interval: float = 0.05,
        num_samples: int = 20,
        directories_to_monitor: Mapping[str, str] | None = None,
    ) -> None:
        """Log how busy CPUs, memory, disks and GPUs are, until `end()`, under DVCLive's names.

        Needs psutil (`pip install 'live-studio[system]'`), for NVIDIA's GPUs also nvidia-ml-py. In a
        notebook only while a cell runs.

        Args:
            interval: Seconds, at most 0.1. A point is logged every `interval` x `num_samples`
                seconds; it holds the mean of the CPUs' and a sample of the rest.
            num_samples: From 1 to 30.
            directories_to_monitor: Folders by name, whose disks are watched; by default
                `{"main": "/"}`.

        Raises:
            ValueError: the name of a folder cannot be part of a metric's name.
        """
        from .system import HINT, Monitor

        if self._monitor:
            self._monitor.end()
        try:
            self._monitor = Monitor(self, interval, num_samples, directories_to_monitor)
        except ImportError:
            warn_once(f"live_studio: {HINT}")

    def log_aside(self, numbers: Mapping[str, float], unplotted: frozenset[str]) -> None:
        """Log numbers that no cell has asked for, which say nothing about who has logged here.

        Args:
            numbers: By name.
            unplotted: The names of those that get no series.
        """
        now = time.time()
        for name, value in numbers.items():
            if name in unplotted:
                said = {"name": name, "value": value, "step": self.step, "time": now}
                self._append_aside(records.text(records.VALUE, said))
            else:
                before = self._journal.size
                series = self._name(name)
                self._aside += self._journal.size - before
                body = records.POINT.pack(
                    records.POINT_LENGTH, records.FLOAT, series, self.step, now, float(value)
                )
                self._append_aside(body)

    def _append_aside(self, body: bytes) -> None:
        self._journal.append(body)
        self._aside += len(body) + 4

    @property
    def written(self) -> int:
        """How much has been logged, in bytes; beats and the like are not logged by anybody."""
        return self._journal.size - self._aside
