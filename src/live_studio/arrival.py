"""A project's file comes in: read whole before anything is taken, and every start of a run once."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from . import bundle
from .changes import dumps
from .events import Imported, Json, Key
from .projects import Project
from .studio import Studio


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a file brought."""

    taken: list[str]
    """Names of the experiments of which something came in."""
    there: int
    """Experiments that were here already, with every start."""
    in_trash: int
    """Experiments of the file that lie in the trash here, where nobody sees them."""
    projects: list[Project]


def take_in(studio: Studio, path: Path) -> Arrival:
    """Take in what `bundle.write` wrote. What is here already stays as it is.

    Raises:
        InvalidBundle: it is no such file; nothing was taken.
        StoreError: the store took a part of it. Taken in again, the rest comes.
    """
    with closing(bundle.Bundle(path)) as file:
        # Read once before anything is recorded: of a file that lies somewhere nothing is taken.
        keys = [one.key for one in file.experiments()]
        projects = list(file.projects())
        taken = [one.key.name for one in file.experiments() if _take(studio, one)]
        for name, repo_url, subdir, view in projects:
            _project(studio, name, repo_url, subdir, view)
    wanted = {(name, repo_url, subdir) for name, repo_url, subdir, _ in projects}
    known = [
        one for one in studio.projects.known() if (one.name, one.repo_url, one.subdir) in wanted
    ]
    return Arrival(taken, len(keys) - len(taken), _in_trash(studio, keys), known)


def _take(studio: Studio, one: Imported) -> bool:
    return studio.record([one])[0]


def _in_trash(studio: Studio, keys: Collection[Key]) -> int:
    said = dumps([[key.repo_url, key.baseline_sha, key.name] for key in keys])
    found = studio.store.read(
        "SELECT count(*) FROM json_each(?) said JOIN experiments e ON e.repo_url = said.value ->> 0"
        " AND e.baseline_sha = said.value ->> 1 AND e.name = said.value ->> 2"
        " WHERE e.deleted_at IS NOT NULL",
        (said,),
    )
    return int(found[0][0])


def _project(studio: Studio, name: str, repo_url: str, subdir: str | None, view: Json) -> None:
    """A project as it was, unless there is one of that name or it is the one that came by itself."""
    own = [one for one in studio.projects.known() if one.repo_url == repo_url]
    if any((one.name, one.subdir) == (name, subdir) for one in own):
        plain = [one for one in own if (one.name, one.subdir, one.view) == (name, subdir, None)]
        if plain and view is not None:
            studio.projects.change(plain[0].id, {"view": view})
        return
    made = studio.projects.make(name, repo_url=repo_url, subdir=subdir)
    if view is not None:
        studio.projects.change(made.id, {"view": view})
