"""`%live_studio`: the dashboard, from a notebook's cell."""

from __future__ import annotations

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from .errors import LiveStudioError


def live_studio(line: str) -> None:
    """Show the dashboard of this notebook's project.

    `%live_studio` shows it inline.
    """
    from IPython.display import display

    from .dashboard import dashboard

    if line.strip():
        raise UsageError(f"%live_studio knows nothing of {line.strip()!r}; use %live_studio alone.")
    try:
        display(dashboard())
    except LiveStudioError as error:
        raise UsageError(str(error)) from None


def register(shell: InteractiveShell) -> None:
    """Add the magic to a shell."""
    shell.magics_manager.register_function(live_studio, magic_kind="line", magic_name="live_studio")
