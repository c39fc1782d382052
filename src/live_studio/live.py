"""`Live`: the logger of a training cell or script, with DVCLive's verbs.

A call builds a record and stores it in the run's journal: about a microsecond, and safe from then
on whatever happens to the process. Somebody else carries the journal into the store: the server
beside us, or this process's courier. Here a run is opened; its verbs are in the modules it is made of.
"""

from __future__ import annotations

import os
import sys
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import cells, config, delivery, records, run, whereabouts
from .aside import Aside
from .attachments import Attachments
from .ending import Ending
from .errors import InvalidParam
from .identity import identity, is_first_rank
from .journal import Journal
from .keeping import Unsaid, Wanted, keeper
from .metrics import Metrics
from .run import opened
from .silence import Silence
from .steps import Steps
from .summary import Summary
from .values import writable
from .warned import warn_once

if TYPE_CHECKING:
    from .events import Json

CLIENT = "live_studio"
TEXT_MOST = 500
"""Longest name and message, as everywhere."""
_now = time.time
_UNSAID = Unsaid("dvclive")


class Live(Metrics, Steps, Attachments, Summary, Aside, Ending):
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
                written at the end where you name it or ask for a report, and inside a DVC
                repository; else it only names what the table shows.
            resume: Go on with the newest run called `exp_name`, or without a name with the newest of
                this folder, from the step after its last: the same experiment, one line. Where
                there is none, a new run begins.
            report: `html` or `md`: write `report.html`, one file, or `report.md` with its charts beside it, into
                `dir` at the end, and whenever `make_report()` is called. `notebook`: show the
                dashboard here.
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
            InvalidParam: a parameter cannot be written as JSON, `dvcyaml` has another name than
                `dvc.yaml`, or `report` is none of those named.
            InvalidAddress: `url` is no address.
            TokenError: `token` is none of live_studio's.
        """
        self._folder = str(os.fspath(dir))
        self._resume = resume or config.wants_resume()
        self._dvcyaml = os.fspath(dvcyaml) if dvcyaml and dvcyaml is not True else None
        if self._dvcyaml and os.path.basename(self._dvcyaml) != "dvc.yaml":
            raise InvalidParam(
                f"dvcyaml={self._dvcyaml!r}: DVC reads such a file only where it is called dvc.yaml;"
                " give a path that ends so."
            )
        if report not in (None, "html", "md", "notebook"):
            raise InvalidParam(f"report={report!r} is none of 'html', 'md' and 'notebook'.")
        self._report = report
        self._target = delivery.target(url, token, at_home=store is not None)
        self._store = Path(os.path.expanduser(store)) if store else whereabouts.store_path()
        # Here, and not only in the class: what each call reads is found at once in the object itself.
        self._step = self._synced = None
        self._begin_metrics()
        header = self._header(exp_name, exp_message)
        header = {name: _writable(value) for name, value in header.items()}
        self.exp_name = header["name"]
        self._pid = os.getpid()
        self._journal = self._opened(header)
        self._append = self._journal.append
        self._ended = False
        if isinstance(self._journal, Journal):
            wanted = Wanted(
                self._plots_key.removesuffix("/plots"),
                None if dvcyaml is None or dvcyaml is False else self.dvc_file,
                save_dvc_exp,
                cache_images,
                report if self.report_file else None,
            )
            self._keeper = keeper(dir, wanted, since=self._step)
            self._begin()
        if params:
            self.log_params(params)
        if steps is not None:
            self.total_steps = steps
        if monitor_system and isinstance(self._journal, Journal):
            self.monitor_system()
        if report == "notebook":
            self._show()

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

    def _show(self) -> None:
        """Show the dashboard where this was called; a script has nowhere to."""
        if self._target is not None:
            warn_once(f"live_studio shows this run at {self._target.url}")
        elif run.shows is None or not hasattr(cells.shell(), "kernel"):
            warn_once(
                "live_studio shows no report outside a notebook; report='html' writes a page."
            )
        else:
            try:
                run.shows()
            except Exception as error:  # noqa: BLE001  # training goes on without a view of it
                warn_once(f"live_studio cannot show the dashboard: {error}")

    def _begin(self) -> None:
        """Let others know of a run that is whole: their threads look at it from now on."""
        if isinstance(self._journal, Journal):
            self._journal.on_stop = weakref.WeakMethod(self._stop_soon)
        opened.add(self)
        cells.watch(opened)
        delivery.begin(self._store, self._target, _beat)

    @property  # type: ignore[misc]  # nobody sets it
    def __class__(self) -> type:
        """DVCLive's own `Live` for `isinstance` where it is loaded: some callbacks take no other."""
        theirs = sys.modules.get("dvclive")
        found: type = getattr(theirs, "Live", None) or type(self)
        return found

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


def _writable(value: Any) -> Any:
    """What the system told of this run, as text that can be written: a path may be no text at all."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    return value


def _beat() -> None:
    """Called every few seconds by the courier's thread."""
    # A kernel in which no cell runs sends nothing: its open runs turn stale, as they should.
    if cells.busy():
        for live in tuple(opened):
            live.beat()
