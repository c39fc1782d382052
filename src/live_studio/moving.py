"""`jupyter live-studio export` and `import`: a project leaves in one file, and comes in from one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from . import bundle
from .arrival import take_in as take_in_file
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
    with closing(Studio()) as studio:
        found = take_in_file(studio, said.file)
    sys.stdout.write(f"{_counted(len(found.taken))} taken in; {found.there:,} were here already.\n")
    if found.in_trash:
        sys.stdout.write(f"{_counted(found.in_trash)} of the file lie in the trash here.\n")
    return 0


def _counted(count: int) -> str:
    return f"{count:,} experiment{'' if count == 1 else 's'}"
