"""What is recorded of a run that no cell has asked for: the machine's numbers, beats, guesses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import nullcontext

from . import cells, records
from .run import Run
from .warned import warn_once

_now = time.time


class Aside(Run):
    """Speaks of a run unasked."""

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
        now = _now()
        for name, value in numbers.items():
            if name in unplotted:
                said = {"name": name, "value": value, "step": self._step or 0, "time": now}
                self._append_aside(records.text(records.VALUE, said))
            else:
                before = self._journal.size
                series = self._name(name)
                self._aside += self._journal.size - before
                body = records.POINT.pack(
                    records.POINT_LENGTH, records.FLOAT, series, self._step or 0, now, float(value)
                )
                self._append_aside(body)

    def _append_aside(self, body: bytes) -> None:
        self._journal.append(body)
        self._aside += len(body) + 4

    @property
    def written(self) -> int:
        """How much has been logged, in bytes; beats and the like are not logged by anybody."""
        return self._journal.size - self._aside

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
