"""What a run leaves in its user's folder, where it leaves anything: DVCLive's files, a DVC experiment.

Files are written where `dir` was named, where a report was asked for, and inside a DVC repository; nowhere else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .journal import Journal
from .warned import warn_once

if TYPE_CHECKING:
    from .events import Json

_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9/_-]*[a-zA-Z0-9])?")
"""What DVC takes as an artifact's name."""


class Unsaid(str):
    """`dir` where nobody named one."""

    __slots__ = ()


class Wanted(NamedTuple):
    """What is to be left of a run."""

    key: str
    """What the journal's paths begin with."""
    dvcyaml: str | None
    """Where DVC is told of the files."""
    save: bool
    """Whether as a DVC experiment; inside a DVC repository only."""
    cache_images: bool
    """Whether the pictures go to DVC's cache; likewise."""
    report: str | None
    """`html` or `md`."""


class Keeper:
    """Writes one run's files when it ends."""

    def __init__(self, folder: str, wanted: Wanted) -> None:
        """Keep a run in `folder`."""
        self._root = Path.cwd()
        self._folder = self._root / folder
        self._key = wanted.key
        self._dvcyaml = self._root / wanted.dvcyaml if wanted.dvcyaml else None
        self._save = wanted.save
        self._cache_images = wanted.cache_images
        self._report = wanted.report
        self._stamped: set[str] = set()
        self._artifacts: dict[str, dict[str, Json]] = {}
        self._cached: dict[str, None] = {}
        self.goes_on = self.sums_up = self.describes = False
        """Whether the rows that are there belong to this run; whether anybody asked for `metrics.json`,
        and for `dvc.yaml`."""

    def begin(self, since: int | None) -> None:
        """Make the folder: programs put things of their own there.

        What lies in it belongs to this run where the run goes on at the step after it.
        """
        if since is not None:
            from .files import last_step

            self.goes_on = last_step(self._folder) == since - 1
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _cannot(error)

    def stamp(self, name: str) -> None:
        """The rows of this metric have a time."""
        self._stamped.add(name)

    def artifact(
        self, path: Any, name: str, said: Mapping[str, Json] | None, *, cache: bool
    ) -> None:
        """Note a file or folder for DVC's cache and, where anything is `said` of it, for `dvc.yaml`."""
        there = self._root / path
        if cache:
            self._cached[str(there)] = None
        if said is None:
            return
        if not _NAME.fullmatch(name):
            warn_once(
                f"live_studio: {name!r} is no name for an artifact in dvc.yaml; it is left out there."
            )
            return
        self._artifacts[name] = {"path": str(there), **said}

    def summary(self, summary: Mapping[str, Json]) -> None:
        """Write `metrics.json` now."""
        from .files import write_summary

        self.sums_up = True
        try:
            write_summary(self._folder, summary)
        except (OSError, TypeError, ValueError) as error:
            _cannot(error)

    def all(
        self, journal: Journal, summary: Mapping[str, Json], dvcyaml: str | None = None
    ) -> dict[str, Mapping[str, Json]]:
        """Write every file now that anybody asked for; the one that tells DVC of them to `dvcyaml`.

        Returns the properties of the plots by path; none where the files could not be written.
        """
        from .files import Folder, write

        told = self._root / dvcyaml if dvcyaml else self._dvcyaml
        try:
            return write(
                Folder(
                    self._folder,
                    self._key,
                    told if self.describes else None,
                    self._stamped,
                    self._artifacts,
                    self.goes_on,
                    self.sums_up,
                ),
                journal,
                summary,
            )
        except Exception as error:  # noqa: BLE001  # the run has ended well, whatever becomes of its files
            _cannot(error)
            return {}

    def report(
        self, name: str, message: str | None, plots: Mapping[str, Mapping[str, Json]]
    ) -> None:
        """Write the report of what the files say, where one was asked for."""
        if self._report is None:
            return
        from .report import Told, write

        try:
            write(self._folder, self._report, Told(name, message, plots))
        except Exception as error:  # noqa: BLE001  # as above
            _cannot(error)

    def save(self, name: str, message: str | None) -> str | None:
        """Have DVC save an experiment with what was written; its revision."""
        from .saving import Order, done, is_pipeline

        if not in_dvc_repository(self._root):
            return None
        pictures = self._folder / "plots" / "images"
        saves = self._save and not is_pipeline()
        if saves and not in_git(self._root):
            # Asked here already: DVC alone takes seconds to come up and say it.
            warn_once(
                f"live_studio saved no DVC experiment for {name}: there is no Git repository to save one in."
            )
            saves = False
        add = [] if is_pipeline() else [path for path in self._cached if os.path.exists(path)]
        if self._cache_images and pictures.exists() and not is_pipeline():
            add.append(str(pictures))
        dvcyaml = str(self._dvcyaml) if self._dvcyaml else None
        order = Order(str(self._folder), dvcyaml, name, message, add, saves)
        return done(order, self._root) if order.save or order.add or order.track else None


def keeper(folder: str | os.PathLike[str], wanted: Wanted, *, since: int | None) -> Keeper | None:
    """Who writes the files of a run that begins at step `since`; None where none are wanted."""
    unsaid = isinstance(folder, Unsaid) and wanted.report is None
    if unsaid and not in_dvc_repository(Path.cwd()):
        return None
    made = Keeper(os.fspath(folder), wanted)
    made.begin(since)
    return made


def in_dvc_repository(folder: Path) -> bool:
    """Whether DVC keeps what lies in `folder`."""
    return any((one / ".dvc" / "config").is_file() for one in (folder, *folder.parents))


def in_git(folder: Path) -> bool:
    """Whether `folder` lies in a Git repository, or in a work tree of one."""
    return any((one / ".git").exists() for one in (folder, *folder.parents))


def _cannot(error: Exception) -> None:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    warn_once(
        f"live_studio could not write a run's files: {said}. What was logged is stored all the same."
    )
