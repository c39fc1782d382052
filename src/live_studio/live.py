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
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import cells, config, delivery, records
from .errors import InvalidMetric, InvalidParam, LiveStudioError, StopRequested
from .identity import identity, is_first_rank
from .journal import Journal, Silence, warn_once
from .keeping import Unsaid, keeper
from .values import NO_TEXT, check, fits, is_number, is_text, plain, writable
from .verbs import Verbs

if TYPE_CHECKING:
    from .events import Json

CLIENT = "live_studio"
Expected = tuple[list[str], list[type], records.Layout]
END_SECONDS = 9.5
"""The promise is ten: what is given up at this moment takes a moment to be left."""
CLOSE_EVERY = 0.2
STEP_MOST = 1 << 53
TEXT_MOST = 500
"""Longest name and message, as everywhere."""
ROW_MOST = 4_000
"""Numbers that one record can hold with room to spare."""
_FLOAT, _POINT_LENGTH, _ROW = records.FLOAT, records.POINT_LENGTH, records.ROW
_pack_point = records.POINT.pack
_pack_whole = records.WHOLE.pack
_now = time.time

_open: weakref.WeakSet[Live] = weakref.WeakSet()
on_end: list[Callable[[], None]] = []
"""Called after each `end()`: a dashboard renews the picture it leaves in the notebook."""


_UNSAID = Unsaid("dvclive")


class Live(Verbs):
    """One run of an experiment, from here to `end()`.

    Example:
        >>> with Live(exp_name="lr-0.01", params={"lr": 0.01}) as live:
        ...     for loss in (0.5, 0.4):
        ...         live.log_metrics({"train/loss": loss})
        ...         live.next_step()
    """

    def __init__(
        self,
        dir: str | os.PathLike[str] = _UNSAID,
        resume: bool = False,
        report: str | None = None,
        save_dvc_exp: bool = True,
        dvcyaml: str | os.PathLike[str] | bool | None = "dvc.yaml",
        cache_images: bool = False,
        exp_name: str | None = None,
        exp_message: str | None = None,
        monitor_system: bool = False,
        *,
        params: Mapping[str, Json] | None = None,
        store: str | os.PathLike[str] | None = None,
        url: str | None = None,
        token: str | None = None,
        steps: int | None = None,
    ) -> None:
        """Open an experiment. The arguments are DVCLive's, in its order, and then ours.

        Args:
            dir: The folder of DVCLive's files: `metrics.json`, `params.yaml`, `plots/`. They are
                written at the end where you name it, and inside a DVC repository; else it only
                names what the table shows.
            resume: Go on with the newest run called `exp_name`, or without a name with the newest of
                this folder, from the step after its last: the same experiment, one line. Where
                there is none, a new run begins.
            report: Accepted: the dashboard is the report.
            save_dvc_exp: Whether the end saves a DVC experiment, inside a DVC repository with a
                commit, where DVC is installed, and not within `dvc exp run`, which saves its own.
            dvcyaml: Where to tell DVC of the files; None or False: nowhere.
            cache_images: Whether the pictures go to DVC's cache instead of Git.
            exp_name: What the experiment is called; by default two words drawn by chance.
            exp_message: A line about it.
            monitor_system: Whether to log how busy CPUs, memory, disks and GPUs are; see
                `monitor_system()`.
            params: Logged at once.
            store: The store's file; by default the one of the Jupyter server, or the user's own.
            url: The address of a server elsewhere, such as `https://host/base/live-studio/`, to
                which the run is sent; by default LIVE_STUDIO_URL, if that is set.
            token: What lets it in there; by default LIVE_STUDIO_TOKEN.
            steps: How many steps there will be, for progress and time left; see `total_steps`.

        Raises:
            InvalidMetric: `steps` is no whole number above zero.
            InvalidParam: a parameter cannot be written as JSON.
            InvalidAddress: `url` is no address.
            TokenError: `token` is none of live_studio's.
        """
        self._folder = str(os.fspath(dir))
        self._resume = resume or config.wants_resume()
        self._dvcyaml = os.fspath(dvcyaml) if dvcyaml and dvcyaml is not True else None
        self._target = delivery.target(url, token, at_home=store is not None)
        self._store = Path(store).expanduser() if store else config.store_path()
        self._ids: dict[str, int] = {}
        self._rows: dict[Any, records.Layout] = {}
        self._naming = threading.RLock()
        # Names, types and layout of the last row. One value, so that a thread reads them together.
        self._row: Expected = ([], [], records.Layout.of(0, (), ""))
        self._step: int | None = None
        self._synced: int | None = None
        self._inside_with = False
        header = self._header(exp_name, exp_message)
        header = {name: _writable(value) for name, value in header.items()}
        self.exp_name: str = header["name"]
        self._pid = os.getpid()
        self._journal = self._opened(header)
        self._append: Callable[[bytes], None] = self._journal.append
        self._ended = self._ending = self._asked_to_stop = False
        self._beaten_at = 0
        if isinstance(self._journal, Journal):
            wanted = None if dvcyaml is None or dvcyaml is False else self.dvc_file
            key = self._plots_key.removesuffix("/plots")
            self._keeper = keeper(
                dir, key, wanted, save=save_dvc_exp, cache_images=cache_images, since=self._step
            )
            self._begin()
        if params:
            self.log_params(params)
        if steps is not None:
            self.total_steps = steps
        if monitor_system and isinstance(self._journal, Journal):
            self.monitor_system()

    def _header(self, exp_name: str | None, exp_message: str | None) -> dict[str, Json]:
        """What the journal says of the run, and what its files are called."""
        said = identity(self._folder, exp_name[:TEXT_MOST] if exp_name else None)
        self._plots_key = said["plots_dir"]
        self._plots = said["plots_dir"] + "/metrics/"
        self._images = said.pop("plots_dir") + "/images/"
        self._message = exp_message[:TEXT_MOST] if exp_message else None
        if self._target:
            # A path means nothing elsewhere, and is nobody's business there.
            said["repo_path"] = None
        header = {"client": CLIENT, "message": self._message, "time": _now(), **said}
        return header | self._go_on(exp_name, said) if self._resume else header

    def _opened(self, header: dict[str, Json]) -> Journal | Silence:
        if not is_first_rank():
            # All ranks of one training run the same script: the first is the experiment.
            rank = os.environ["RANK"]
            warn_once(f"live_studio: rank {rank} records nothing; rank 0 records for all.")
            return Silence()
        from uuid import uuid4

        try:
            folder = delivery.folder(self._store, self._target)
            journal = Journal(folder, uuid4().hex, header)
        except OSError as error:
            warn_once(
                f"live_studio records nothing: {error}. Set LIVE_STUDIO_STORE to another disk."
            )
            return Silence()
        return journal

    def _go_on(self, exp_name: str | None, said: dict[str, Json]) -> dict[str, Json]:
        """Take up the step where a run stopped; says what the header says of that."""
        from .resuming import place

        named = exp_name[:TEXT_MOST] if exp_name else os.environ.get("DVC_EXP_NAME") or None
        found = place(self._folder, named, said, self._store, self._target)
        self._step, self._earlier = found.step, found.summary
        return found.said

    def _begin(self) -> None:
        """Let others know of a run that is whole: their threads look at it from now on."""
        if isinstance(self._journal, Journal):
            self._journal.on_stop = weakref.WeakMethod(self._stop_soon)
        _open.add(self)
        cells.watch(_open)
        delivery.begin(self._store, self._target, _beat)

    @property  # type: ignore[misc]  # nobody sets it
    def __class__(self) -> type:
        """DVCLive's own `Live` for `isinstance` where it is loaded: some callbacks take no other."""
        theirs = sys.modules.get("dvclive")
        found: type = getattr(theirs, "Live", None) or type(self)
        return found

    # numbers

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

    # pictures

    def log_image(self, name: str, val: Any) -> None:
        """Log a picture at the current step.

        Args:
            name: What it is called, with a suffix: `.png`, `.jpg`, `.jpeg` or `.gif`.
            val: A path, the bytes of a file, a matplotlib figure, a PIL image, or an array of
                height x width (x 3 or 4) of uint8.

        Raises:
            InvalidMetric: the name has no such suffix, or the value is no picture.
        """
        from .pictures import encoded

        digest = self._journal.attach(encoded(name, val))
        if digest:
            path = f"{self._images}{name}"
            said = {"path": path, "step": self._step or 0, "digest": digest, "time": _now()}
            self._append(records.text(records.IMAGE, said))

    # parameters

    def log_param(self, name: str, val: Json) -> None:
        """Log one parameter."""
        self.log_params({name: val})

    def log_params(self, params: Mapping[str, Json]) -> None:
        """Log parameters; a later value of one name replaces the earlier.

        Raises:
            InvalidParam: a value cannot be written as JSON.
        """
        try:
            self._journal.tell(records.PARAMS, writable(dict(params)))
        except (TypeError, ValueError) as error:
            names = ", ".join(map(ascii, params))
            raise InvalidParam(
                f"{names[:TEXT_MOST]}: {error}; log numbers, text, lists and dicts of them."
            ) from None
        self._obey()

    # steps

    @property
    def step(self) -> int:
        """The current step, a whole number of at most 2**53.

        Raises:
            InvalidMetric: it is set to something else.
        """
        return self._step or 0

    @step.setter
    def step(self, value: int) -> None:
        try:
            step = int(value)
        except (TypeError, ValueError, OverflowError):
            raise InvalidMetric(f"{value!r} cannot be a step; give a whole number.") from None
        if abs(step) > STEP_MOST:
            raise InvalidMetric("that step is too large; charts draw steps up to 2**53.")
        self._step = step

    def next_step(self) -> None:
        """End the current step and begin the next."""
        step = self._step or 0
        if self._synced is None or step > self._synced:
            self._synced = step
        self._step = step + 1
        # Last: where the run is to stop, this raises.
        self._append(records.STEPPED.pack(records.STEP_LENGTH, records.STEP, step, _now()))

    # the end

    def end(self) -> None:
        """Complete the experiment. Inside `with Live()` the block's end does it.

        Returns after about 10 s at most; what could not be stored by then stays in the journal and is stored
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
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self._end("completed")
        elif isinstance(error, KeyboardInterrupt):
            self._end("stopped", detail="interrupted")
        else:
            self._end("failed", detail=type(error).__name__, error=cells.told(error))

    def guess(self, error: BaseException) -> None:
        """A cell that logged here has raised: probably this failed, until more is logged."""
        with self._monitor.held() if self._monitor else nullcontext():
            body = records.text(records.GUESS, {**cells.meant(error), "time": _now()})
            self._journal.append(body)

    def beat(self) -> None:
        """Say that this run goes on, where nothing else has said so since the last beat."""
        if self.written == self._beaten_at:
            body = records.BEATEN.pack(records.BEATEN.size - 2, records.BEAT, _now())
            self._append_aside(body)
        self._beaten_at = self.written

    def _end(
        self, status: str, detail: str | None = None, error: Json = None, *, save: bool = True
    ) -> None:
        # A forked child that leaves its parent's `with` ends nothing.
        if self._ended or os.getpid() != self._pid:
            return
        self._ending = True
        _open.discard(self)
        if self._monitor:
            self._monitor.end()
        self._sum_up()
        self._finish(status, detail, error, rev=self._keep(save=save))
        deadline = time.monotonic() + END_SECONDS
        self._close_journal(deadline)
        if isinstance(self._journal, Journal):
            delivery.finish(self._journal.path, self._store, deadline)
        for tell in tuple(on_end):
            try:
                tell()
            except Exception as trouble:  # noqa: BLE001  # training goes on, and its own error counts
                warn_once(f"live_studio could not renew the saved picture: {trouble}")

    def _sum_up(self) -> None:
        """Do what DVCLive does at the end; it must not keep the run from ending as it did."""
        try:
            self._log_summary()
        except LiveStudioError as error:
            warn_once(f"live_studio left out what the summary held: {error}")

    def _finish(
        self, status: str, detail: str | None = None, error: Json = None, rev: str | None = None
    ) -> None:
        """Write the last record."""
        self._ended = self._ending = True
        if self._monitor:
            self._monitor.end()
        # What DVCLive reports: the largest step that ended or was summed up, else the one it stands in.
        told = [step for step in (self._synced, self._summed) if step is not None]
        step = max(told, default=self.step)
        if not told and self._step is not None:
            self._journal.append(
                records.STEPPED.pack(records.STEP_LENGTH, records.STEP, step, _now())
            )
        said = {"status": status, "detail": detail, "error": error, "step": step, "time": _now()}
        body = records.text(records.DONE, said | ({"experiment_rev": rev} if rev else {}))
        self._journal.append(body)

    # somebody wants it to stop

    def _stop_soon(self) -> None:
        """Stop at the next call that logs. Called by the courier's thread, again and again.

        The calls pay nothing for it until then: what they store a record with is exchanged.
        """
        if not self._ending:
            self._asked_to_stop = True
            self._append = self._append_and_obey

    def _append_and_obey(self, body: bytes) -> None:
        self._journal.append(body)
        self._obey()

    def _obey(self) -> None:
        """Stop where somebody wants that; what is logged by now is kept."""
        if not self._asked_to_stop or self._ending or os.getpid() != self._pid:
            return
        with self._naming:
            first, self._asked_to_stop = self._asked_to_stop, False
        if first:
            self._end("stopped", detail="stopped from the dashboard")
            raise StopRequested(f"{self.exp_name} was stopped from the dashboard.")

    def __del__(self) -> None:
        """Say that nobody can log here any more, where nobody has ended it."""
        # An exiting interpreter has closed what was open; a half-made run has nothing to close.
        if getattr(self, "_ended", True) or os.getpid() != self._pid or sys.is_finalizing():
            return
        try:
            self._keep(save=False)
        finally:
            self._finish("stopped", "dropped without end()")
            self._journal.close(whatever=True)

    def _close_journal(self, deadline: float) -> None:
        """Wait for a full disk as long as may be; say what it would not take."""
        while not self._journal.close() and time.monotonic() < deadline:
            time.sleep(CLOSE_EVERY)
        self._journal.close(whatever=True)
        if self._journal.dropped:
            warn_once(
                f"live_studio: the disk was full; {self._journal.dropped:,} records are lost."
            )

    # slow paths

    def _name(self, name: Any) -> int:
        if not isinstance(name, str) or not name:
            raise InvalidMetric(
                f"{name!r} cannot be a metric's name; give a text such as 'train/loss'."
            )
        if not is_text(name):
            raise InvalidMetric(f"{name[:40]!a} cannot be a metric's name: {NO_TEXT}.")
        if len(name) > TEXT_MOST:
            raise InvalidMetric(f"{name[:40]!r}... is too long for a name; at most {TEXT_MOST}.")
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


def _writable(value: Any) -> Any:
    """What the system told of this run, as text that can be written: a path may be no text at all."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    return value


def _beat() -> None:
    """Called every few seconds by the courier's thread."""
    # A kernel in which no cell runs sends nothing: its open runs turn stale, as they should.
    if cells.busy():
        for live in tuple(_open):
            live.beat()


@atexit.register
def _at_exit() -> None:
    """Close what a process leaves open: a run that just stops is not completed."""
    # In a notebook it is whatever any cell raised last, however long ago.
    failed = getattr(sys, "last_value", None) if cells.shell() is None else None
    for live in list(_open):
        if isinstance(failed, KeyboardInterrupt):
            live._end("stopped", detail="interrupted", save=False)
        elif failed is not None:
            live._end("failed", detail=type(failed).__name__, error=cells.told(failed), save=False)
        else:
            live._end("stopped", detail="exited without end()", save=False)


def _after_fork() -> None:
    # The child did not open these runs and must not close them.
    for live in list(_open):
        _open.discard(live)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
