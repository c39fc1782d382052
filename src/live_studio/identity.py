"""Which experiment a `Live` is: its repository, commit, name, and what its files are called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from . import names
from .addresses import normal_repo_url
from .warned import warn_once

if TYPE_CHECKING:
    from .events import Json


def is_first_rank() -> bool:
    """Whether this process speaks for its job."""
    # Only what launchers of *one* training set counts: the tasks of a batch system are numbered
    # too, and are experiments of their own.
    shared = os.environ.get("WORLD_SIZE", "1") not in ("", "1")
    return not shared or os.environ.get("RANK", "0") == "0"


def identity(folder: str, exp_name: str | None) -> dict[str, Json]:
    """Which experiment this is, and what its files are called."""
    # Only a run asks Git, and what starts its programs is not small.
    from .git.here import here

    place = here(Path.cwd())
    environment = os.environ
    if place.trouble:
        warn_once(
            f"live_studio: {place.trouble}. Until then runs from here stand without a commit."
        )
    files = _folder_key(folder, place.root)
    return {
        "repo_url": _repo_url(place.repo_url, inside_git=place.root is not None),
        "baseline_sha": environment.get("DVC_EXP_BASELINE_REV") or place.baseline_sha,
        "name": exp_name or environment.get("DVC_EXP_NAME") or names.by_chance(),
        "repo_path": str(place.root) if place.root else None,
        "params_file": f"{files}/params.yaml",
        "metrics_file": f"{files}/metrics.json",
        "plots_dir": f"{files}/plots",
    }


def _repo_url(found: str, *, inside_git: bool) -> str:
    environment = os.environ
    given = environment.get("DVC_STUDIO_REPO_URL") or environment.get("STUDIO_REPO_URL")
    if not given and not inside_git:
        given = environment.get("DVC_EXP_GIT_REMOTE")
    return normal_repo_url(given) if given else found


def _folder_key(folder: str, root: Path | None) -> str:
    """The folder as DVC writes it: relative to the repository's root where there is one."""
    if root is None:
        return Path(folder).as_posix()
    relative = os.path.relpath(Path.cwd() / folder, root)
    return Path(relative).as_posix()
