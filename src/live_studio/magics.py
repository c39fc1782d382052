"""`%live_studio`: the dashboard, from a notebook's cell."""

from __future__ import annotations

import os
import sys
from contextlib import closing

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from . import config, doctor, guests, stock
from .errors import LiveStudioError
from .studio import Studio


def live_studio(line: str) -> None:
    """Show the dashboard of this notebook's project.

    `%live_studio` shows it inline, `%live_studio plot train/loss` a small live view of the newest
    run with the metrics that are named. `%live_studio url` says where DVCLive in this kernel sends,
    `%live_studio token` lists the tokens that let others send, `%live_studio doctor` says what is
    where and what to do.
    """
    from IPython.display import display

    from .widget import dashboard

    word, *rest = line.split() or [""]
    said = {"url": _url, "token": _tokens, "doctor": _doctor}
    known = not word or word == "plot" or (word in said and not rest)
    if not known:
        raise UsageError(
            f"%live_studio knows nothing of {line.strip()!r}; use %live_studio, or one of these words"
            f" after it: plot, {', '.join(said)}."
        )
    try:
        if word == "plot":
            display(dashboard(plot=rest))
        elif word:
            sys.stdout.write(said[word]() + "\n")
        else:
            display(dashboard())
    except LiveStudioError as error:
        raise UsageError(str(error)) from None


def _url() -> str:
    _follow()
    beside = config.neighbour()
    if beside is None:
        return "No server of live_studio started this kernel; its runs are kept in its own store."
    target = os.environ.get(stock.URL)
    if target == beside.url:
        lines = [f"DVCLive and DVC in this kernel send to {target}"]
        if named := os.environ.get(stock.REPO_URL):
            lines.append(f"as the repository {named}, because Git does not say which it is")
    else:
        lines = [
            f"This server's address is {beside.url}",
            f"DVCLive and DVC in this kernel follow your own setting: {target or 'DVC config'}",
        ]
    lines += [str(one) for one in doctor.environment() if one.remedy]
    return "\n".join(lines)


def _tokens() -> str:
    with closing(Studio()) as studio:
        known = studio.tokens.known()
    lines = [f"{token.name}  ({token.repo_url or 'every project'})" for token in known]
    # No secret is ever made here: it would be saved with the notebook.
    lines.append(
        "Make one with the key in the dashboard's toolbar, or in a terminal with"
        " `jupyter live-studio token create`: printed here it would be saved with the notebook."
    )
    return "\n".join(lines)


def _doctor() -> str:
    return "\n".join(map(str, doctor.findings()))


def _follow(*_: object) -> None:
    """Before each cell: the server may be elsewhere after a restart, and the folder another."""
    if stock.is_behind():
        stock.point_here(None if stock.points_elsewhere() else guests.welcome())


def register(shell: InteractiveShell) -> None:
    """Add the magic to a shell, and let stock DVCLive in this kernel send here."""
    stock.point_here(None if stock.points_elsewhere() else guests.welcome())
    shell.events.register("pre_run_cell", _follow)
    shell.magics_manager.register_function(live_studio, magic_kind="line", magic_name="live_studio")
