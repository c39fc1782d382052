"""`Live(resume=True)`: which run a new one goes on with, and from which step.

A run is asked for by its name or, as DVCLive does, by its folder: the newest one there is, whatever
commit it started from and however it ended. It is looked for where the new one goes: in the store
here, on the server far away, and in the journals that wait to be sent there.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import config, delivery, journal, parcels, reading, records
from .delivery import Target
from .errors import StoreError
from .events import Json
from .gist import Reader
from .warned import warn_once

if TYPE_CHECKING:
    from .store.resumed import Last

SECONDS, TRIES = 5.0, 2
"""For a whole request, and how many there are."""
DRAIN_SECONDS = 10.0
LEAST = 0.001
"""By how many seconds a run starts after the one it goes on with, whatever the clocks say."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run goes on."""

    said: dict[str, Json]
    """What the new run's header says otherwise than that of a new experiment."""
    step: int | None = None
    """The first step; None: none has ended."""
    summary: Mapping[str, Json] | None = None
    """The newest value of each metric, nested; None where nobody tells."""


def place(
    folder: str, named: str | None, said: Mapping[str, Any], store: Path, target: Target | None
) -> Place:
    """Where the newest run of this name, or of this folder, is to be gone on with.

    Where there is none, or nobody can be asked, the step is the one after that of DVCLive's own
    `metrics.json` in `folder`.
    """
    which = (said["repo_url"], named, said["metrics_file"])
    found, known = _far(store, target, which) if target else _here(store, which)
    summary = _summary(Path(folder, "metrics.json"))
    if found is None:
        step = summary.get("step")
        # A server that is away now decides when the run gets there.
        header: dict[str, Json] = {} if known else {"resume": True}
        return Place(header, _next(step), summary or None)
    header = {"name": found.name, "baseline_sha": found.baseline_sha, "resume": True}
    header["time"] = max(time.time(), found.started_at + LEAST)
    return Place(header, _next(found.step), found.summary or summary or None)


def _next(step: Json) -> int | None:
    return step + 1 if isinstance(step, int) and not isinstance(step, bool) else None


def _summary(path: Path) -> dict[str, Json]:
    with suppress(OSError, ValueError):
        held = json.loads(path.read_text(encoding="utf-8"))
        return held if isinstance(held, dict) else {}
    return {}


_Which = tuple[str, str | None, str]
_Found = tuple["Last | None", bool]
"""A run, and whether it is known that there is no other."""


def _here(store: Path, which: _Which) -> _Found:
    import sqlite3

    from .drainer import Drainer
    from .store.resumed import last
    from .studio import Studio

    try:
        studio = Studio(store)
        try:
            # What a killed run has left may not be stored yet.
            drainer, deadline = Drainer(studio), time.monotonic() + DRAIN_SECONDS
            while drainer.drain() and time.monotonic() < deadline:
                pass
            drainer.sweep()
            return last(studio.store.read, *which), True
        finally:
            studio.close()
    except (OSError, sqlite3.Error, StoreError) as error:
        warn_once(f"live_studio cannot tell where the run stopped: {str(error).rstrip('.')}.")
        return None, False


def _far(store: Path, target: Target, which: _Which) -> _Found:
    told, known = _told(target, which)
    waiting = _waiting(delivery.folder(store, target), which)
    found = [one for one in (told, waiting) if one]
    # Of one run the server may have a part, and the journal all of it.
    newest = max(found, key=lambda one: (one.started_at, one.step or -1), default=None)
    return newest, known


def _told(target: Target, which: _Which) -> _Found:
    """What the server says."""
    from .post import TROUBLE, Post
    from .store.resumed import Last

    token = target.token or config.token_for(target.url)
    headers, body = parcels.asked(*which)
    headers["Authorization"] = f"Bearer {token}"
    post = Post(target.url + "api/live", os.environ.get(config.PROXY) or None)
    why = "there is no token"
    for _ in range(TRIES if token else 0):
        try:
            answer = post.send(headers, body, SECONDS)
            if answer.status == 200:
                held = json.loads(answer.body)["last"]
                return (Last(**held) if held else None), True
            why = f"the server answers {answer.status}"
            if answer.status < 500:
                break
        except TROUBLE as error:
            why = str(error) or type(error).__name__
        except (ValueError, KeyError, TypeError):
            why = "the server's answer is none"
            break
        finally:
            post.close()
    warn_once(f"live_studio cannot ask where the run stopped: {why}. It goes on all the same.")
    return None, False


def _waiting(spool: Path, which: _Which) -> Last | None:
    """The newest such run among the journals that wait to be sent."""
    found = []
    for path in spool.glob("*" + journal.SUFFIX):
        with suppress(OSError):
            said = reading.header(path)
            if said and said["version"] == records.VERSION and _is_meant(said, which):
                found.append(_read(path, said))
    return max(found, key=lambda one: one.started_at, default=None)


def _is_meant(said: Mapping[str, Any], which: _Which) -> bool:
    repo_url, name, metrics_file = which
    its = said["name"] == name if name else said["metrics_file"] == metrics_file
    return bool(said["repo_url"] == repo_url and its)


def _read(path: Path, said: Mapping[str, Any]) -> Last:
    from .store.resumed import Last

    reader, at, step = Reader(), 0, None
    while (facts := reader.facts(reading.read(path, at))).end:
        at += facts.end
        step = step if facts.step_ended is None else facts.step_ended
    return Last(said["name"], said["baseline_sha"], said["time"], step)
