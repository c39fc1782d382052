"""Fetching, when a person asks for it: with his own credentials, and with no program of the repository's."""

from __future__ import annotations

import re
import time
from pathlib import Path

from ..errors import GitTrouble as Trouble
from .here import remotes
from .process import run
from .refs import FETCHED_EXPERIMENTS

SECONDS = 60.0
_ONLINE = {
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
}
_PROGRAMS = re.compile(
    r"core\.(sshcommand|askpass|gitproxy|alternaterefscommand)|remote\..*\.(uploadpack|vcs)"
    r"|credential\.(.*\.)?helper|ssh\.variant"
)
_HELPER = re.compile(r"[a-z][a-z0-9-]*( --?[\w=./~:-]+)*")
"""A credential helper by its name; anything else is a command line."""


def fetch(root: Path, seconds: float = SECONDS) -> str:
    """Fetch every remote of a clone, and the experiments they hold; says what was done.

    Raises:
        GitTrouble: it failed, took longer than `seconds`, or would have run something odd.
    """
    ends = time.monotonic() + seconds
    names = [name for name, remote in remotes(root).named.items() if remote.urls]
    if not names:
        return "This repository has no remote. Its own branches are shown as they are."
    if odd := programs(root):
        raise Trouble(
            f"Nothing was fetched: this repository's own configuration names a program to run"
            f" ({', '.join(odd)}). Run `git fetch` in a terminal; the table follows by itself."
        )
    for name in names:
        _run(root, ends, "fetch", "--no-recurse-submodules", "--end-of-options", name)
        # Beside the user's own, which stay as they are.
        experiments = f"+refs/exps/*:{FETCHED_EXPERIMENTS}{name}/*"
        _run(
            root, ends, "fetch", "--no-recurse-submodules", "--no-tags", "--prune", "--refmap=",
            "--end-of-options", name, experiments,
        )  # fmt: skip
    return f"Fetched {' and '.join(names)}."


def _run(root: Path, ends: float, *arguments: str) -> None:
    left = ends - time.monotonic()
    if left <= 0:
        raise Trouble("The remote took too long, and fetching was stopped. Try again later.")
    run(root, *arguments, timeout=left, online=_ONLINE)


def programs(root: Path) -> list[str]:
    """The settings of a clone itself that would have Git start a program when it fetches."""
    found = []
    for scope in ("--local", "--worktree"):
        said = run(root, "config", "--includes", scope, "--null", "--list").decode(errors="replace")
        for entry in said.split("\0"):
            name, _, value = entry.partition("\n")
            if _PROGRAMS.fullmatch(name.lower()) and not (
                name.lower().endswith("helper") and (not value or _HELPER.fullmatch(value))
            ):
                found.append(name)
    return list(dict.fromkeys(found))
