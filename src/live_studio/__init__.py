"""Live experiment tracking inside Jupyter.

    from live_studio import Live
    with Live(exp_name="lr-0.01", params={"lr": 0.01}) as live:
        live.log_metrics({"train/loss": 0.31})
        live.next_step()

Names are imported when they are first used: a training job that only logs loads neither a web
server nor a widget.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .delivery import connect
    from .errors import (
        InvalidAddress,
        InvalidEvent,
        InvalidMetric,
        InvalidParam,
        LiveStudioError,
        StopRequested,
        StoreError,
        TokenError,
    )
    from .live import Live
    from .runs import experiments
    from .widget import Dashboard, dashboard

__version__ = "0.1.0"

__all__ = [
    "Dashboard",
    "InvalidAddress",
    "InvalidEvent",
    "InvalidMetric",
    "InvalidParam",
    "Live",
    "LiveStudioError",
    "StopRequested",
    "StoreError",
    "TokenError",
    "__version__",
    "connect",
    "dashboard",
    "experiments",
]

_HOMES = {
    "Dashboard": "widget",
    "Live": "live",
    "connect": "delivery",
    "dashboard": "widget",
    "experiments": "runs",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'live_studio' has no attribute {name!r}")
    found = getattr(import_module("." + _HOMES.get(name, "errors"), __name__), name)
    if name == "Live":
        from . import run

        run.shows = _show
    globals()[name] = found
    return found


def _show() -> None:
    from IPython.display import display

    from .widget import dashboard

    display(dashboard())


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register `%live_studio`. Called by `%load_ext live_studio`."""
    from .magics import register

    register(shell)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .server.extension import LiveStudioApp

    return [{"module": "live_studio", "app": LiveStudioApp}]
