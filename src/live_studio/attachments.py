"""What is kept beside a run's numbers: pictures, plots of any rows, and what is said of artifacts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import records
from .errors import InvalidParam, InvalidPlot
from .journal import Journal
from .run import Run
from .values import writable

if TYPE_CHECKING:
    from .events import Json

_now = time.time


class Attachments(Run):
    """Logs what is no number."""

    def log_image(self, name: str, val: Any) -> None:
        """Log a picture at the current step.

        Args:
            name: What it is called, with a suffix: `.png`, `.jpg`, `.jpeg` or `.gif`; a path's name may do without.
            val: A path, the bytes of a file, a matplotlib figure, a PIL image, or an array of
                height x width (x 3 or 4) of uint8.

        Raises:
            InvalidMetric: the name has no such suffix, or the value is no picture.
        """
        from .pictures import encoded, full_name

        name = full_name(name, val)
        digest = self._journal.attach(encoded(name, val))
        if digest:
            path = f"{self._images}{name}"
            said = {"path": path, "step": self._step or 0, "digest": digest, "time": _now()}
            self._append(records.text(records.IMAGE, said))

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
            said = {"path": path, "step": self._step or 0, "props": props, "digest": digest}
            self._journal.append(records.text(records.PLOT, said | {"time": _now()}))
            self._obey()

    def cache(self, path: str | os.PathLike[str]) -> None:
        """Have the end put a file or folder into DVC's cache (`dvc add`), inside a DVC repository."""
        if self._keeper:
            self._keeper.artifact(path, "", None, cache=True)

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
            body = records.text(records.ARTIFACT, said | more | {"time": _now()})
        except (TypeError, ValueError) as error:
            raise InvalidParam(f"artifact {said['name']!r}: {error}.") from None
        self._journal.append(body)
        if self._keeper:
            # DVCLive tells DVC of those alone of which anything is said.
            told = more if name or any(more.values()) else None
            self._keeper.artifact(path, str(said["name"]), told, cache=cache)
        self._obey()
