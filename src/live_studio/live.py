"""`Live`: the logger of a training cell or script, with DVCLive's verbs.

A call builds a record and stores it in the run's journal: about a microsecond, and safe from then
on whatever happens to the process. Somebody else carries the journal into the store: the server
beside us, or this process's courier.
"""

from __future__ import annotations

import atexit
import os
import struct
import sys
import time
import uuid
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from . import config, names, records
from .errors import InvalidMetric, InvalidParam
from .events import Json, normal_repo_url
from .journal import Journal

CLIENT = "live_studio"
END_SECONDS = 10.0
_FLOAT, _POINT_LENGTH, _ROW = records.FLOAT, records.POINT_LENGTH, records.ROW
_pack_point = records.POINT.pack
_pack_whole = records.WHOLE.pack
_now = time.time

_open: weakref.WeakSet[Live] = weakref.WeakSet()
on_end: list[Callable[[], None]] = []
"""Called after each `end()`: a dashboard renews the picture it leaves in the notebook."""


class Live:
    """One run of an experiment, from here to `end()`.

    Example:
        >>> with Live(exp_name="lr-0.01", params={"lr": 0.01}) as live:
        ...     for loss in (0.5, 0.4):
        ...         live.log_metrics({"train/loss": loss})
        ...         live.next_step()
    """

    def __init__(
        self,
        dir: str | os.PathLike[str] = "dvclive",
        *,
        exp_name: str | None = None,
        exp_message: str | None = None,
        params: Mapping[str, Json] | None = None,
        store: str | os.PathLike[str] | None = None,
    ) -> None:
        """Open an experiment.

        Args:
            dir: The folder that names the metrics and params files, as in DVCLive.
            exp_name: What the experiment is called; by default two words drawn by chance.
            exp_message: A line about it.
            params: Logged at once.
            store: The store's file; by default the one of the Jupyter server, or the user's own.

        Raises:
            InvalidParam: a parameter cannot be written as JSON.
            OSError: the journal cannot be created.
        """
        self._store = Path(store).expanduser() if store else config.store_path()
        self._ids: dict[str, int] = {}
        self._rows: dict[Any, records.Layout] = {}
        self._row = records.Layout.of(0, (), "")
        self._row_keys: list[str] | None = None
        self._row_types: list[type] = []
        self._step: int | None = None
        self._synced: int | None = None
        self._ended = False
        self._inside_with = False
        self.summary: dict[str, Json] = {}
        said = _identity(os.fspath(dir), exp_name)
        self.exp_name: str = said["name"]
        self._plots = said.pop("plots")
        self._time = _now()
        header = {"client": CLIENT, "message": exp_message, "time": self._time, **said}
        self._journal = Journal(config.journals_dir(self._store), uuid.uuid4().hex, header)
        self._append = self._journal.append
        _open.add(self)
        if params:
            self.log_params(params)
        self._start_courier()

    # numbers

    def log_metric(
        self, name: str, val: float | str, timestamp: bool = False, plot: bool = True
    ) -> None:
        """Log one number at the current step.

        Args:
            name: The metric's name; slashes group.
            val: The number. NaN and infinities stay what they are.
            timestamp: Accepted for DVCLive's sake: every point has its time here.
            plot: False keeps only the newest value, without a series.

        Raises:
            InvalidMetric: the value is not a number or text.
        """
        try:
            series = self._ids[name]
        except KeyError:
            series = self._name(name)
        if type(val) is float and plot:
            self._append(
                _pack_point(
                    records.POINT_LENGTH, records.FLOAT, series, self._step or 0, _now(), val
                )
            )
        else:
            self._log_other(name, series, val, plot=plot)

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Log several numbers at the current step as one record, the cheapest way there is.

        Raises:
            InvalidMetric: a value is not a number or text.
        """
        keys, values = [*metrics], [*metrics.values()]
        if keys != self._row_keys or [*map(type, values)] != self._row_types:
            values = self._turn_to(metrics, values)
            if not values:
                return
        row = self._row
        try:
            body = row.pack(row.length, _ROW, row.id, self._step or 0, _now(), *values)
        except struct.error:
            self._log_each(metrics, values)
        else:
            self._append(body)

    # parameters

    def log_param(self, name: str, val: Json) -> None:
        """Log one parameter."""
        self.log_params({name: val})

    def log_params(self, params: Mapping[str, Json]) -> None:
        """Log parameters; a later value of one name replaces the earlier.

        Raises:
            InvalidParam: a value cannot be written as JSON, or is too long.
        """
        try:
            self._append(records.text(records.PARAMS, _writable(dict(params))))
        except (TypeError, ValueError) as error:
            names = ", ".join(map(repr, params))
            raise InvalidParam(
                f"{names}: {error}; log numbers, text, lists and dicts of them."
            ) from None

    # steps

    @property
    def step(self) -> int:
        """The current step."""
        return self._step or 0

    @step.setter
    def step(self, value: int) -> None:
        self._step = int(value)

    def next_step(self) -> None:
        """End the current step and begin the next."""
        step = self._step or 0
        self._append(records.STEPPED.pack(records.STEP_LENGTH, records.STEP, step, _now()))
        if self._synced is None or step > self._synced:
            self._synced = step
        self._step = step + 1

    # the end

    def end(self) -> None:
        """Complete the experiment. Inside `with Live()` the block's end does it.

        Returns within 10 s; what could not be stored by then stays in the journal and is stored
        by the next server or kernel that looks.
        """
        if not self._inside_with:
            self._end("completed")

    def __enter__(self) -> Live:
        """Return itself; the block's end ends the experiment."""
        self._inside_with = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete the experiment, or fail it with what was raised."""
        self._inside_with = False
        if error is None:
            self._end("completed")
        elif isinstance(error, KeyboardInterrupt):
            self._end("stopped", detail="interrupted")
        else:
            said = {"type": type(error).__name__, "text": str(error)[:2000], "cell": None}
            self._end("failed", detail=type(error).__name__, error=said)

    def _end(self, status: str, detail: str | None = None, error: Json = None) -> None:
        if self._ended:
            return
        self._ended = True
        _open.discard(self)
        # What DVCLive reports: the largest step that ended, else the one it stands in.
        step = self.step if self._synced is None else self._synced
        if self._synced is None and self._step is not None:
            self._append(records.STEPPED.pack(records.STEP_LENGTH, records.STEP, step, _now()))
        said = {"status": status, "detail": detail, "error": error, "step": step, "time": _now()}
        self._append(records.text(records.DONE, said))
        self._journal.close()
        self._carry_home()
        for tell in tuple(on_end):
            tell()

    def _carry_home(self) -> None:
        from .courier import Drainer
        from .errors import StoreError
        from .studio import Studio

        try:
            studio = Studio(self._store)
        except StoreError:
            return
        try:
            Drainer(studio).finish(self._journal.path, time.monotonic() + END_SECONDS)
        finally:
            studio.close()

    def _start_courier(self) -> None:
        from . import courier

        beside = config.neighbour()
        courier.shared(self._store, yielding=beside is not None)

    # slow paths

    def _name(self, name: Any) -> int:
        if not isinstance(name, str) or not name:
            raise InvalidMetric(
                f"{name!r} cannot be a metric's name; give a text such as 'train/loss'."
            )
        series = len(self._ids)
        said = {"id": series, "path": f"{self._plots}{name}.tsv", "name": name}
        self._append(records.text(records.NAME, said))
        self._ids[name] = series
        return series

    def _turn_to(self, metrics: Mapping[str, Any], values: list[Any]) -> list[Any]:
        """Make the row of these names and types the one that is expected; its values as Python's own.

        No values: they have no place in a row of columns, and are logged one by one.
        """
        if not values:
            return []
        values = [_plain(value) for value in values]
        types = [type(value) for value in values]
        key = (*metrics, *types)
        if key not in self._rows:
            for name, value in metrics.items():
                _check(name, value)
            if any(kind not in (float, int) for kind in types):
                self._log_each(metrics, values)
                return []
            self._rows[key] = self._lay_out(metrics, types)
        self._row, self._row_keys, self._row_types = self._rows[key], [*metrics], types
        return values

    def _lay_out(self, metrics: Mapping[str, Any], types: list[type]) -> records.Layout:
        series = tuple(
            self._ids[name] if name in self._ids else self._name(name) for name in metrics
        )
        codes = "".join("d" if kind is float else "q" for kind in types)
        layout = records.Layout.of(len(self._rows), series, codes)
        said = {"id": layout.id, "series": series, "codes": codes}
        self._append(records.text(records.LAYOUT, said))
        return layout

    def _log_each(self, metrics: Mapping[str, Any], values: list[Any]) -> None:
        """Text, or a whole number of more than 64 bits."""
        for name, value in zip(metrics, values, strict=True):
            self.log_metric(name, value)

    def _log_other(self, name: str, series: int, val: Any, *, plot: bool) -> None:
        _check(name, val)
        value = _plain(val)
        step = self._step or 0
        if plot and type(value) is int and _fits(value):
            self._append(
                _pack_whole(records.POINT_LENGTH, records.INT, series, step, _now(), value)
            )
        elif plot and type(value) is float:
            self._append(
                _pack_point(records.POINT_LENGTH, records.FLOAT, series, step, _now(), value)
            )
        else:
            said = {"name": name, "value": value, "step": step, "time": _now()}
            if plot and _is_number(value):
                said["id"] = series
            self._append(records.text(records.VALUE, said))


def _check(name: str, value: Any) -> None:
    if not isinstance(_plain(value), int | float | str):
        raise InvalidMetric(
            f"{name!r} got a {type(value).__name__}; log one number per step, or use log_plot."
        )


def _plain(value: Any) -> Any:
    """A number of numpy or torch as Python's own."""
    if type(value) in (float, int, str):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    # A numpy scalar, or an array or tensor of one element.
    item = getattr(value, "item", None)
    if callable(item):
        try:
            return item()
        except (TypeError, ValueError, RuntimeError):
            return value
    return value


def _fits(value: Any) -> bool:
    return type(value) is float or -(1 << 63) <= value < 1 << 63


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _writable(value: Any) -> Any:
    """A parameter as JSON: tuples become lists, numpy numbers plain ones, NaN a text."""
    if isinstance(value, Mapping):
        return {str(name): _writable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(inner) for inner in value]
    value = _plain(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value


def _identity(folder: str, exp_name: str | None) -> dict[str, Json]:
    """Which experiment this is, and what its files are called."""
    from .commits import here

    place = here(Path.cwd())
    environment = os.environ
    files = _folder_key(folder, place.root)
    return {
        "repo_url": _repo_url(place.repo_url, inside_git=place.root is not None),
        "baseline_sha": environment.get("DVC_EXP_BASELINE_REV") or place.baseline_sha,
        "name": exp_name or environment.get("DVC_EXP_NAME") or names.by_chance(),
        "repo_path": str(place.root) if place.root else None,
        "params_file": f"{files}/params.yaml",
        "metrics_file": f"{files}/metrics.json",
        "plots": f"{files}/plots/metrics/",
    }


def _repo_url(found: str, *, inside_git: bool) -> str:
    environment = os.environ
    given = environment.get("DVC_STUDIO_REPO_URL") or environment.get("STUDIO_REPO_URL")
    if not given and not inside_git:
        given = environment.get("DVC_EXP_GIT_REMOTE")
    return normal_repo_url(given) if given else found


def _folder_key(folder: str, root: Path | None) -> str:
    """The folder as DVC writes it: relative to the repository's root where there is one."""
    if root is None:
        return Path(folder).as_posix()
    relative = os.path.relpath(Path.cwd() / folder, root)
    return Path(relative).as_posix()


@atexit.register
def _at_exit() -> None:
    """Close what a process leaves open: a run that just stops is not completed."""
    failed = getattr(sys, "last_value", None)
    for live in list(_open):
        if failed is not None:
            said = {"type": type(failed).__name__, "text": str(failed)[:2000], "cell": None}
            live._end("failed", detail=type(failed).__name__, error=said)
        else:
            live._end("stopped", detail="exited without end()")


def _after_fork() -> None:
    # The child did not open these runs and must not close them.
    for live in list(_open):
        _open.discard(live)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
