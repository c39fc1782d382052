"""Projects: named views of repositories, each with the table as somebody arranged it."""

from __future__ import annotations

import json
import os
import posixpath
import sqlite3
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .addresses import normal_repo_url
from .changes import dumps
from .errors import InvalidProject, NoSuchProject
from .events import Changed, Connect, Event, Json, Made
from .git import fetch
from .git.here import here
from .store import Store

NAME_MOST = 200
PATH_MOST = 4096
VIEW_MOST = 64 * 1024
"""Bytes of a saved view as JSON."""

Record = Callable[[Sequence[Event]], Sequence[bool]]


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it stands in the store. `path` is the connected clone, for its owner alone."""

    id: str
    name: str
    repo_url: str
    subdir: str | None
    view: Json
    path: str | None


def text(row: sqlite3.Row, trouble: str | None, *, connected: bool) -> str:
    """The contract's JSON of a project, which has no path: it goes into saved notebooks too."""
    if row["deleted_at"] is not None:
        return dumps({"id": row["id"], "deleted": True})
    said = {name: row[name] for name in ("id", "name", "repo_url", "subdir")}
    said |= {"connected": connected, "trouble": trouble}
    return f'{dumps(said)[:-1]},"view":{row["view"]}}}'


class Projects:
    """The projects of one store."""

    def __init__(self, store: Store, record: Record) -> None:
        """Read from `store`; what changes goes through `record`."""
        self._store = store
        self._record = record

    def known(self) -> list[Project]:
        """Every project that is not deleted, oldest first."""
        return self._found()

    def one(self, project: str) -> Project:
        """A project by its id.

        Raises:
            NoSuchProject: there is none.
        """
        found = self._found(project)
        if not found:
            raise NoSuchProject("there is no such project; it may have been deleted")
        return found[0]

    def called(self, said: str) -> list[Project]:
        """Those of this id, name or repository.

        Raises:
            NoSuchProject: none is.
        """
        repo_url = normal_repo_url(said)
        found = [
            one for one in self.known() if said in (one.id, one.name) or one.repo_url == repo_url
        ]
        if not found:
            names = ", ".join(sorted({one.name for one in self.known()})) or "none yet"
            raise NoSuchProject(f"no project is called {said!r}; there is {names}")
        return found

    def of(self, repo_url: str, folder: str = "") -> str | None:
        """The project of a repository that `folder` in it belongs to most closely."""
        found = [one for one in self.known() if one.repo_url == repo_url]
        return max(found, key=lambda one: _depth(one.subdir, folder)).id if found else None

    def make(
        self,
        name: str | None = None,
        *,
        path: str | None = None,
        repo_url: str | None = None,
        subdir: str | None = None,
    ) -> Project:
        """A new project, of the repository at `path` on this machine or of the one at `repo_url`.

        Raises:
            InvalidProject: it cannot be.
        """
        events: list[Event] = []
        if path:
            root, folder, url = _clone(path)
            repo_url = repo_url or url
            subdir = folder if subdir is None else subdir
            events.append(Connect(normal_repo_url(repo_url), str(root), chosen=True))
        if not repo_url or not normal_repo_url(repo_url):
            raise InvalidProject("Say the folder of a clone (`path`) or an address (`repo_url`).")
        repo_url = normal_repo_url(repo_url)
        if len(repo_url) > PATH_MOST or not repo_url.isprintable():
            raise InvalidProject("`repo_url` is not an address of a repository.")
        made = Made(
            uuid.uuid4().hex[:12],
            _name(name or repo_url.rpartition("/")[2]),
            repo_url,
            _subdir(subdir),
        )
        self._record([made, *events])
        return self.one(made.id)

    def change(self, project: str, to: Mapping[str, Json]) -> Project:
        """Change what `to` names: `name`, `subdir`, `view` (null discards it), `path` (connects).

        Raises:
            NoSuchProject: there is none.
            InvalidProject: it cannot be changed like this.
        """
        before = self.one(project)
        said: dict[str, Json] = {}
        events: list[Event] = []
        if "name" in to:
            said["name"] = _name(to["name"])
        if "subdir" in to:
            said["subdir"] = _subdir(to["subdir"])
        if "view" in to:
            said["view"] = _view(to["view"])
        if to.get("path"):
            events.append(Connect(before.repo_url, str(_clone(to["path"])[0]), chosen=True))
        self._record([Changed(project, said), *events])
        return self.one(project)

    def delete(self, project: str) -> bool:
        """Take a project away. Its experiments stay, and a run that starts brings it back."""
        return self._record([Changed(project, {"deleted": True})])[0]

    def restore(self, project: str) -> bool:
        """Take that back."""
        return self._record([Changed(project, {"deleted": False})])[0]

    def reload(self, project: str) -> str:
        """Fetch the remotes of a project's clone; says what was done.

        Raises:
            NoSuchProject: there is none.
            InvalidProject: no clone is connected.
            GitTrouble: Git did not do it.
        """
        path = self.one(project).path
        if path is None:
            raise InvalidProject("No clone is connected here, so there is nothing to fetch into.")
        return fetch.fetch(Path(path))

    def _found(self, project: str | None = None) -> list[Project]:
        return [
            Project(
                row["id"],
                row["name"],
                row["repo_url"],
                row["subdir"],
                json.loads(row["view"]),
                row["path"],
            )
            for row in self._store.read(
                "SELECT p.id, p.name, p.repo_url, p.subdir, p.view, r.path FROM projects p"
                " LEFT JOIN repos r ON r.repo_url = p.repo_url"
                " WHERE p.deleted_at IS NULL AND (?1 IS NULL OR p.id = ?1) ORDER BY p.rowid",
                (project,),
            )
        ]


def _depth(subdir: str | None, folder: str) -> int:
    """How well a folder fits: the deepest project around it, else the one without a folder."""
    if not subdir:
        return 0
    return len(subdir) if f"{folder}/".startswith(f"{subdir}/") else -1


def _clone(path: Json) -> tuple[Path, str, str]:
    """The root of the clone that holds a folder, the folder in it, and the repository's address."""
    if not isinstance(path, str) or len(path) > PATH_MOST or "\0" in path:
        raise InvalidProject("`path` is not a folder.")
    folder = Path(os.path.expanduser(path))
    if not folder.is_absolute() or not folder.is_dir():
        raise InvalidProject(f"There is no folder {path!r} on the server. Give its whole path.")
    place = here(folder)
    if place.root is None:
        raise InvalidProject(place.trouble or f"There is no Git repository at {path!r}.")
    below = folder.resolve().relative_to(place.root.resolve()).as_posix()
    return place.root, "" if below == "." else below, place.repo_url


def vetted(name: Json, subdir: Json, view: Json) -> tuple[str, str | None, Json]:
    """A project that comes from elsewhere, as one of ours may be.

    Raises:
        InvalidProject: none may.
    """
    return _name(name), _subdir(subdir), _view(view)


def _name(name: Json) -> str:
    said = " ".join(name.split()) if isinstance(name, str) else ""
    if not 0 < len(said) <= NAME_MOST or not said.isprintable():
        raise InvalidProject(f"`name` is not 1 to {NAME_MOST} printable characters.")
    return said


def _subdir(subdir: Json) -> str | None:
    if subdir is None or subdir == "":
        return None
    if not isinstance(subdir, str) or len(subdir) > PATH_MOST or not subdir.isprintable():
        raise InvalidProject("`subdir` is not a folder of the repository.")
    inside = posixpath.normpath(subdir)
    if inside.startswith(("/", "..")):
        raise InvalidProject(
            "`subdir` is a folder inside the repository: no `/` first and no `..`."
        )
    return None if inside == "." else inside


def _view(view: Json) -> Json:
    if view is not None and not isinstance(view, dict):
        raise InvalidProject("`view` is not an object.")
    if len(dumps(view).encode(errors="replace")) > VIEW_MOST:
        raise InvalidProject(f"`view` is larger than {VIEW_MOST // 1024} KB.")
    return view
