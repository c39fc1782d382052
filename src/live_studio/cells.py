"""The notebook's cells: which one runs, and what it means for a run that one of them raised.

Finds IPython where it is loaded already and never imports it, so that scripts stay light.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .events import Json


TEXT_MOST = 2_000
TRACE_MOST = 8_000


class Run(Protocol):
    """An open run, as far as a cell's end concerns it."""

    @property
    def written(self) -> int:
        """How much has been logged, in bytes."""
        ...

    def guess(self, error: BaseException) -> None:
        """A cell that logged to it has raised."""
        ...


def shell() -> Any:
    """The IPython shell of this process, or None."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def busy() -> bool:
    """Whether code runs that may log: always in a script, in a notebook while a cell runs."""
    return _watch is None or _watch.running


def number() -> int | None:
    """The number in the prompt of the cell that runs, or that ran last."""
    # The inputs so far: `execution_count` is one ahead while a cell runs in some versions only.
    history = getattr(shell(), "history_manager", None)
    return len(history.input_hist_parsed) - 1 if history is not None else None


def told(error: BaseException) -> Json:
    """An exception as the contract says it."""
    from traceback import format_exception

    # A saved notebook and a shared screen are no place for the folders of this machine.
    trace = re.sub(r'File "[^"]*[/\\]', 'File "', "".join(format_exception(error)))
    return {
        "type": type(error).__name__,
        "text": str(error)[:TEXT_MOST],
        "cell": number(),
        "traceback": trace[-TRACE_MOST:],
    }


def meant(error: BaseException) -> dict[str, Json]:
    """What an exception that left a cell says about a run in it: status, reason and the error."""
    if isinstance(error, KeyboardInterrupt):
        return {"status": "stopped", "detail": "interrupted", "error": None}
    return {"status": "failed", "detail": type(error).__name__, "error": told(error)}


class Watch:
    """Knows which runs a cell has logged to, by how much they had been written before it."""

    def __init__(self, runs: Iterable[Run]) -> None:
        """Begin inside a cell: whoever opens a run does so from one."""
        self._runs = runs
        self._before: dict[Run, int] = {}
        self.running = True

    def began(self, *_: Any) -> None:
        """A cell is about to run."""
        self._before = {run: run.written for run in self._runs}
        self.running = True

    def ended(self, result: Any) -> None:
        """A cell has run. What raised in a cell that logged nothing concerns no run."""
        self.running = False
        error = _raised(result)
        if error is None:
            return
        for run in list(self._runs):
            if run.written != self._before.get(run, 0):
                run.guess(error)


def _raised(result: Any) -> BaseException | None:
    error: BaseException | None = result.error_in_exec or result.error_before_exec
    return error


def follow(began: Callable[[], Any], raised: Callable[[BaseException], Any]) -> None:
    """Have this process's cells tell of their beginning, and of what they raised."""
    found = shell()
    if found is not None:
        found.events.register("pre_run_cell", lambda *_: began())
        found.events.register(
            "post_run_cell",
            lambda result: (error := _raised(result)) is not None and raised(error),
        )


_watch: Watch | None = None


def watch(runs: Iterable[Run]) -> None:
    """Watch the cells of this process for `runs`; once is enough."""
    global _watch  # noqa: PLW0603  # one shell in a process, and so one watch
    found = shell()
    if _watch is None and found is not None:
        _watch = Watch(runs)
        found.events.register("pre_run_cell", _watch.began)
        found.events.register("post_run_cell", _watch.ended)
