"""The machine's own numbers beside the run's: CPU, memory, disks, and GPUs where there are any.

Called as DVCLive calls them. Sampled once a period and not twenty times: `psutil` says how busy the
CPUs were since it was asked last, so the mean is the same, and training keeps its time.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from . import cells

GIB = 1024.0**3
BUSY_PERCENT = 20
"""From here on a core counts as used."""
INTERVAL_MOST, SAMPLES_MOST = 0.1, 30
HINT = "monitor_system=True needs psutil: pip install 'live-studio[system]'; nothing is monitored."

Numbers = dict[str, float]


class Run(Protocol):
    """An open run, as far as this concerns it."""

    @property
    def written(self) -> int:
        """How much training has logged, in bytes."""
        ...

    def log_aside(self, numbers: Mapping[str, float], unplotted: frozenset[str]) -> None:
        """Log what no cell has asked for."""
        ...


class Monitor:
    """Logs the machine's numbers to one run from a thread of its own, until `end()`."""

    def __init__(
        self, run: Run, interval: float, samples: int, folders: Mapping[str, str] | None
    ) -> None:
        """Log every `interval` x `samples` seconds; `folders` by name, for their disks.

        Raises:
            ImportError: psutil is not installed.
            ValueError: the name of a folder cannot be part of a metric's name.
        """
        folders = {"main": "/"} if folders is None else folders
        for name in folders:
            if name != os.path.normpath(name):
                raise ValueError(
                    f"{name!r} cannot name a folder; give a plain name such as 'main'."
                )
        self._period = min(interval, INTERVAL_MOST) * max(1, min(samples, SAMPLES_MOST))
        self._sample = _sampler(folders)
        # The thread must not keep alive a run that nobody else holds.
        self._run = weakref.ref(run)
        self._held: int | None = None
        self._logging = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._work, name="live_studio system", daemon=True).start()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Log nothing from here on until training logs again, once what is done meanwhile is done.

        A guess of failure is undone by whatever is logged next, and this is not to undo it.
        """
        with self._logging:
            yield
            run = self._run()
            self._held = run.written if run else None

    def end(self) -> None:
        """Log nothing any more."""
        with self._logging:
            self._ended.set()

    def _work(self) -> None:
        # What psutil says is since this thread asked last.
        self._sample()
        while not self._ended.wait(self._period):
            run = self._run()
            if run is None:
                return
            # In a notebook nothing is logged between cells, by this neither.
            if cells.busy():
                numbers = self._sample()
                with self._logging:
                    if not self._ended.is_set() and run.written != self._held:
                        self._held = None
                        run.log_aside(numbers, frozenset(filter(_is_constant, numbers)))
            del run


def _is_constant(name: str) -> bool:
    return name.endswith("/count") or "/total (GB)" in name


def _sampler(folders: Mapping[str, str]) -> Callable[[], Numbers]:
    import psutil

    gpus = _gpus()

    def sample() -> Numbers:
        cores = psutil.cpu_percent(percpu=True) or [0.0]
        memory = psutil.virtual_memory()
        used = sum(percent >= BUSY_PERCENT for percent in cores)
        numbers = {
            "system/cpu/count": psutil.cpu_count() or len(cores),
            "system/cpu/usage (%)": sum(cores) / len(cores),
            "system/cpu/parallelization (%)": 100.0 * used / len(cores),
            "system/ram/usage (%)": memory.percent,
            "system/ram/usage (GB)": memory.used / GIB,
            "system/ram/total (GB)": memory.total / GIB,
        }
        for name, folder in folders.items():
            numbers |= _disk(psutil, name, folder)
        return numbers | gpus()

    return sample


def _disk(psutil: Any, name: str, folder: str) -> Numbers:
    try:
        disk = psutil.disk_usage(folder)
    except OSError:
        # A disk may come and go; the others go on.
        return {}
    return {
        f"system/disk/usage (%)/{name}": disk.percent,
        f"system/disk/usage (GB)/{name}": disk.used / GIB,
        f"system/disk/total (GB)/{name}": disk.total / GIB,
    }


def _gpus() -> Callable[[], Numbers]:
    """What NVIDIA's library says of each GPU; nothing where it, its driver or a GPU is missing."""
    try:
        import pynvml

        pynvml.nvmlInit()
        handles = [
            pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())
        ]
    except Exception:  # noqa: BLE001  # without the package or a driver there is no type to name
        return dict

    def sample() -> Numbers:
        numbers: Numbers = {"system/gpu/count": len(handles)}
        for index, handle in enumerate(handles):
            try:
                memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
                usage = pynvml.nvmlDeviceGetUtilizationRates(handle)
            except pynvml.NVMLError:
                continue
            numbers |= {
                f"system/gpu/usage (%)/{index}": usage.gpu,
                f"system/vram/usage (%)/{index}": 100 * memory.used / memory.total,
                f"system/vram/usage (GB)/{index}": memory.used / GIB,
                f"system/vram/total (GB)/{index}": memory.total / GIB,
            }
        return numbers

    return sample
