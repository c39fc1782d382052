"""DVCLive's verbs beside the numbers: its summary, its files' names, the machine's own metrics.

None of them is called step after step, so they stand apart from `Live`'s fast paths.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import records
from .events import Json
from .journal import Journal, Silence, warn_once

if TYPE_CHECKING:
    from .account import Account
    from .system import Monitor


class Verbs:
    """What `Live` has beside numbers, parameters and pictures."""

    _journal: Journal | Silence
    _folder: str
    _dvcyaml: str | None
    _account: Account | None = None
    _monitor: Monitor | None = None
    _aside = 0
    """Bytes of records that nobody asked for: beats, and the machine's own numbers."""

    def log_metric(
        self, name: str, val: float | str, timestamp: bool = False, plot: bool = True
    ) -> None:
        """Log one number at the current step."""
        raise NotImplementedError

    def _name(self, name: Any) -> int:
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

            self._account = Account(self._journal)
        return self._account

    def make_summary(self) -> None:
        """Log what was put into `summary` by hand, as values without a series.

        Raises:
            InvalidMetric: one of them is neither a number nor text.
        """
        # Who has never asked for the summary has put nothing into it.
        if self._account is not None:
            for name, value in self._account.added().items():
                self.log_metric(name, value, plot=False)

    def sync(self) -> None:
        """Log what was put into `summary` by hand; everything else is stored as soon as it is logged."""
        self.make_summary()

    def make_report(self) -> None:
        """Do nothing: the dashboard is the report, and is always up to date."""

    def make_dvcyaml(self) -> None:
        """Do nothing: nothing is written into your folder."""

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
