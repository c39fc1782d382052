"""One commit, as its object says it and as the table shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass

TITLE_MOST = 72
SKIP = "[skip studio]"
SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit's own words. `time` is in seconds since the epoch, as the committer claims it."""

    sha: str
    title: str
    author: str
    time: float
    written: str = ""
    """Who wrote it and when, to the letter: what a rebase keeps."""
    skip: bool = False
    """Whether it asks to be left out of the table."""


def parsed(sha: str, said: bytes) -> Commit:
    """A commit object as Git stores it: lines of `name value`, an empty line, the message."""
    head, _, message = said.partition(b"\n\n")
    fields: dict[bytes, bytes] = {}
    for line in head.split(b"\n"):
        name, _, value = line.partition(b" ")
        fields.setdefault(name, value)
    coding = fields.get(b"encoding", b"utf-8").decode("ascii", "replace")
    written = fields.get(b"author", b"")
    first = message.lstrip(b"\n")[:65_536].partition(b"\n\n")[0]
    title = " ".join(_text(first, coding).split("\n")).strip()
    return Commit(
        sha,
        title if len(title) <= TITLE_MOST else title[: TITLE_MOST - 1].rstrip() + "…",
        _text(written.rpartition(b" <")[0], coding)[:200],
        _time(fields.get(b"committer", b"")),
        written.decode("latin-1"),
        SKIP.encode() in message,
    )


def _time(person: bytes) -> float:
    """When a person, `Name <mail> seconds zone`, is said to have done it; absurd times are the epoch."""
    found = re.fullmatch(rb"(-?\d{1,15}) [+-]\d+", person.rpartition(b"> ")[2])
    return float(found[1]) if found else 0.0


def _text(raw: bytes, coding: str) -> str:
    try:
        return raw.decode(coding, "replace")
    except (LookupError, ValueError):
        return raw.decode(errors="replace")
