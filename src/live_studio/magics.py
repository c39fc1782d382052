"""`%live_studio`: the dashboard, from a notebook's cell."""

from __future__ import annotations

import os
import sys

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from . import config, guests, stock
from .errors import LiveStudioError


def live_studio(line: str) -> None:
    """Show the dashboard of this notebook's project.

    `%live_studio` shows it inline; `%live_studio url` says where DVCLive in this kernel sends.
    """
    from IPython.display import display

    from .dashboard import dashboard

    if line.strip() == "url":
        sys.stdout.write(_url() + "\n")
        return
    if line.strip():
        raise UsageError(
            f"%live_studio knows nothing of {line.strip()!r}; use %live_studio or %live_studio url."
        )
    try:
        display(dashboard())
    except LiveStudioError as error:
        raise UsageError(str(error)) from None


def _url() -> str:
    beside = config.neighbour()
    if beside is None:
        return "No server of live_studio started this kernel; its runs are kept in its own store."
    target = os.environ.get(stock.URL)
    if target == beside.url:
        return f"DVCLive and DVC in this kernel send to {target}"
    return (
        f"This server's address is {beside.url}\n"
        f"DVCLive and DVC in this kernel follow your own setting: {target or 'DVC config'}"
    )


def register(shell: InteractiveShell) -> None:
    """Add the magic to a shell, and let stock DVCLive in this kernel send here."""
    stock.point_here(None if stock.points_elsewhere() else guests.welcome())
    shell.magics_manager.register_function(live_studio, magic_kind="line", magic_name="live_studio")
