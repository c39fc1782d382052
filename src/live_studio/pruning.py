"""`jupyter live-studio prune`: what takes room, what may go, and its way through the trash."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TypeVar

from . import limits
from .changes import iso
from .keeper import Keeper
from .store.retention import GRACE_SECONDS, TOLD_SECONDS, Kept, Limits, Plan
from .studio import Studio

Read = TypeVar("Read")
SHOWN_MOST = 200


def prune(given: Sequence[str]) -> int:
    """Run the command with these arguments."""
    said = _parser().parse_args(given)
    with closing(Studio()) as studio:
        repos = (
            {one.repo_url for one in studio.projects.called(said.project)} if said.project else None
        )
        wanted = Limits(
            older=said.older,
            keep=said.keep,
            most_bytes=said.max_size,
            repos=repos,
            running="running" in said.also,
            pushed="pushed" in said.also,
        )
        limited = any(one is not None for one in (said.older, said.keep, said.max_size))
        plan = studio.store.plan(wanted)
        if not limited:
            plan = Plan([], [], plan.held, plan.trash)
        _tell(plan, limited=limited)
        if not said.dry_run:
            _act(studio, plan, empty=said.empty_trash)
        elif plan.going:
            sys.stdout.write("Nothing was changed. Without --dry-run they go into the trash.\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter live-studio prune",
        description="Say what experiments take, and move old ones into the trash. What lies there for"
        f" {GRACE_SECONDS / limits.DAY:.0f} days leaves the file. Runs that go on and experiments that were"
        " pushed stay, unless --also names them.",
    )
    parser.add_argument(
        "--older",
        type=_argument(limits.seconds),
        metavar="DAYS",
        help="of which nothing was logged for so long: 90d",
    )
    parser.add_argument(
        "--keep",
        type=_argument(limits.count),
        metavar="N",
        help="the newest N of each project stay; alone: the others go",
    )
    parser.add_argument(
        "--max-size",
        type=_argument(limits.size),
        metavar="SIZE",
        help="the oldest go until the rest takes no more: 5GB",
    )
    parser.add_argument("--project", help="of this project only: its name or its address")
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        choices=["running", "pushed"],
        help="what would be spared; may be given twice",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")
    parser.add_argument(
        "--empty-trash",
        action="store_true",
        help="and take all that is in the trash out of the file, now and for good",
    )
    return parser


def _tell(plan: Plan, *, limited: bool) -> None:
    for one in plan.going[:SHOWN_MOST]:
        sys.stdout.write(_line(one) + "\n")
    if more := len(plan.going) - SHOWN_MOST:
        sys.stdout.write(f"... and {more:,} more\n" if more > 0 else "")
    for why in ("running", "pushed"):
        if spared := [one for one in plan.spared if one.why_not == why]:
            sys.stdout.write(
                f"{len(spared):,} more would go, but {'are' if len(spared) > 1 else 'is'} {why};"
                f" --also {why} takes them too.\n"
            )
    sys.stdout.write(f"All experiments together take {size(plan.held.bytes)}.\n")
    if limited:
        going = sum(one.bytes for one in plan.going)
        sys.stdout.write(f"{_counted(len(plan.going))} of them, {size(going)}, by these limits.\n")


def _line(one: Kept) -> str:
    day = (iso(one.updated_at) or "")[:10]
    return f"{day}  {size(one.bytes):>9}  {one.status:<9}  {one.name}  ({one.repo_url})"


def _act(studio: Studio, plan: Plan, *, empty: bool) -> None:
    if plan.going:
        moved = studio.delete_all([one.id for one in plan.going])
        sys.stdout.write(f"{_counted(moved)} moved into the trash; the dashboard restores them.\n")
    gone = studio.store.forget()
    if empty:
        if plan.going:
            # An experiment without a row cannot be told of any more.
            time.sleep(TOLD_SECONDS)
        gone += studio.store.forget(0.0)
    if gone:
        Keeper(studio.store).tidy()
        sys.stdout.write(f"{_counted(gone)} left the file for good.\n")


def _counted(count: int) -> str:
    return f"{count:,} experiment{'' if count == 1 else 's'}"


def size(count: int) -> str:
    """Bytes as a person reads them."""
    for unit, least in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= least:
            return f"{count / least:.1f} {unit}"
    return f"{count} B"


def _argument(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """`read` as an argument is read: argparse shows the sentence of this error alone."""

    def read_argument(text: str) -> Read:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read_argument
