"""`jupyter live-studio export` and `import`: a project leaves in one file, and comes in from one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from . import bundle
from .events import Json
from .studio import Studio


def export(given: Sequence[str]) -> int:
    """Run `export` with these arguments."""
    parser = argparse.ArgumentParser(
        prog="jupyter live-studio export",
        description="Write a project into one file: its experiments with every start, points, pictures,"
        " plots and saved views. Tokens and folders of this machine are not in it.",
    )
    parser.add_argument("project", help="its name or its address")
    parser.add_argument("file", type=Path, help="a file that does not exist yet")
    said = parser.parse_args(given)
    with closing(Studio()) as studio:
        count = bundle.write(studio.store, studio.projects.called(said.project), said.file)
    sys.stdout.write(
        f"{_counted(count)} in {said.file} ({said.file.stat().st_size / 1e6:.1f} MB).\n"
    )
    return 0


def take_in(given: Sequence[str]) -> int:
    """Run `import` with these arguments."""
    parser = argparse.ArgumentParser(
        prog="jupyter live-studio import",
        description="Take in a project that `export` wrote. What is here already stays as it is.",
    )
    parser.add_argument("file", type=Path)
    said = parser.parse_args(given)
    with closing(bundle.Bundle(said.file)) as file:
        # Read once before anything is recorded: of a file that lies somewhere nothing is taken.
        known = [len(one.starts) for one in file.experiments()]
        projects = list(file.projects())
        with closing(Studio()) as studio:
            taken = [studio.record([one])[0] for one in file.experiments()]
            for name, repo_url, subdir, view in projects:
                _project(studio, name, repo_url, subdir, view)
    there = len(known) - sum(taken)
    sys.stdout.write(f"{_counted(sum(taken))} taken in; {there:,} were here already.\n")
    return 0


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


def _counted(count: int) -> str:
    return f"{count:,} experiment{'' if count == 1 else 's'}"
