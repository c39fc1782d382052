"""Parts of journals that come over HTTP: opened, vetted, understood, recorded once.

What a part means depends on the names that earlier parts said. They are remembered per run, and
read again from the stored parts after a restart, or when another server took the last one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec

from .. import parcels, records, wire
from ..addresses import normal_repo_url
from ..blocks import Block, walk
from ..errors import InvalidEvent
from ..events import Event, Facts, Lost, Refused, Slice
from ..gist import Reader
from ..parcels import Parcel
from ..store.resumed import last
from ..studio import Studio
from .producers import Refusal
from .shapes import File
from .vetting import NewerRecord, Vetting, blanked

RUNS_REMEMBERED = 1_000
_RUN = """
    SELECT g.journal_end, e.repo_url, g.owner, (
        SELECT max(coalesce(expires_at, 9e99)) FROM tokens
        WHERE coalesce(id, substr(digest, 1, 12)) = g.owner AND revoked_at IS NULL
    )
    FROM generations g JOIN experiments e ON e.id = g.experiment WHERE g.run = ?
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a request said, to be recorded as it stands."""

    run: str
    repo_url: str | None
    """The run's repository; None: nobody has named it yet."""
    events: list[Event]


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """Who wants to go on with a run names it, or the file its metrics are shown under."""

    repo_url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    metrics_file: File
    name: wire.Short | None = None


def asked(body: bytes) -> Question:
    """The question in a body.

    Raises:
        InvalidEvent: there is none.
    """
    try:
        question = msgspec.json.decode(body, type=Question)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEvent(f"this asks for no run: {error}") from None
    question.repo_url = normal_repo_url(question.repo_url)
    return question


class Intake:
    """Opens parcels and says what they mean."""

    def __init__(self, studio: Studio) -> None:
        """Understand what is to go into `studio`."""
        self._studio = studio
        self._names: OrderedDict[str, tuple[int, records.Names]] = OrderedDict()

    async def understood(self, headers: Mapping[str, str], body: bytes, owner: str) -> Told:
        """What a request brings, where it is the next of its run; `owner` is its token's id.

        Raises:
            InvalidEvent: it is no parcel.
            Refusal: it cannot be taken; the text is for the person at the other end.
        """
        return await asyncio.to_thread(self._understood, headers, body, owner)

    async def standing(self, run: str) -> bytes:
        """The answer to who sent a part of a run's journal."""
        end, stop = await asyncio.to_thread(self._studio.standing, run)
        return b'{"end": %d, "stop": true}' % end if stop else b'{"end": %d}' % end

    async def last(self, question: Question) -> bytes:
        """The answer to who wants to go on with a run."""
        return await asyncio.to_thread(self._last, question)

    def _last(self, question: Question) -> bytes:
        name, repo_url = question.name or None, question.repo_url
        found = last(self._studio.store.read, repo_url, name, question.metrics_file)
        # A token lets its owner write. What the run measured is for viewers.
        told = found and {
            "name": found.name,
            "baseline_sha": found.baseline_sha,
            "started_at": found.started_at,
            "step": found.step,
        }
        return msgspec.json.encode({"last": told})

    def _understood(self, headers: Mapping[str, str], body: bytes, owner: str) -> Told:
        if parcels.version(headers) != str(records.VERSION):
            said = ascii(parcels.version(headers))
            raise Refusal(
                415, f"journals of version {said} are not taken here, only {records.VERSION}"
            )
        parcel = parcels.opened(headers, body)
        stored, repo_url = self._known(parcel.run, owner)
        events: list[Event] = []
        if parcel.records and parcel.start == stored:
            piece, left_out = self._slice(parcel, owner)
            events.append(piece)
            if left_out:
                # The parcel is taken; who looks at the run finds what was not, and why.
                events.append(Refused(parcel.run, len(left_out), 422, left_out[-1]))
            repo_url = repo_url or piece.facts.header["repo_url"]
        if parcel.lost and stored in (parcel.start, parcel.end):
            events.append(Lost(parcel.run, parcel.lost, parcel.torn))
        return Told(parcel.run, repo_url, events)

    def _known(self, run: str, owner: str) -> tuple[int, str | None]:
        """How much of a run is stored, and its repository; refuses who has nothing to do with it."""
        found = self._studio.store.read(_RUN, (run,))
        if not found:
            return 0, None
        stored, repo_url, opened_by, expires = found[0]
        if opened_by is None:
            raise Refusal(403, "this run's journal lies on the server's own disk")
        good = expires is not None and expires > self._studio.store.now()
        if opened_by != owner and good:
            raise Refusal(
                403,
                "another token, which is still good, opened this run: send with that one, or revoke it",
            )
        return int(stored), str(repo_url)

    def _slice(self, parcel: Parcel, owner: str) -> tuple[Slice, list[str]]:
        """The records, and sentences about files beside them that are not taken."""
        names = self._names_of(parcel.run, parcel.start)
        vetting = Vetting(parcel.run, names, parcel.files.get)
        body = parcel.records
        try:
            vetting.check(body, first=parcel.start == 0)
        except NewerRecord as error:
            raise Refusal(415, str(error)) from None
        except InvalidEvent as error:
            raise Refusal(422, str(error)) from None
        if vetting.header:
            body = blanked(body, vetting.header)
        facts = Reader(vetting.files.get, names).facts(body)
        facts.header = vetting.header
        _in_our_time(facts, self._studio.store.now())
        self._remember(parcel.run, parcel.end, names)
        return Slice(parcel.run, parcel.start, body, facts, owner), vetting.left_out

    def _names_of(self, run: str, start: int) -> records.Names:
        """What the first `start` bytes of a run have named."""
        # Taken out while in use: what a refused part has named must not be remembered.
        known, names = self._names.pop(run, (-1, records.Names()))
        if known == start:
            return names
        names = records.Names()
        last = 0
        while start and (found := self._next_slice(run, last)):
            last, body = found
            for item in walk(body):
                if not isinstance(item, Block) and item[0] in (
                    records.NAME,
                    records.LAYOUT,
                ):
                    names.learn(item[0], records.payload(body, item[1], item[2]))
        return names

    def _next_slice(self, run: str, after: int) -> tuple[int, bytes] | None:
        found = self._studio.store.read(
            "SELECT s.id, s.body FROM slices s JOIN generations g ON g.id = s.generation"
            " WHERE g.run = ? AND s.id > ? ORDER BY s.id LIMIT 1",
            (run, after),
        )
        return (found[0][0], found[0][1]) if found else None

    def _remember(self, run: str, end: int, names: records.Names) -> None:
        self._names[run] = (end, names)
        while len(self._names) > RUNS_REMEMBERED:
            self._names.popitem(last=False)


def _in_our_time(facts: Facts, now: float) -> None:
    """A client's clock may be ahead: nothing has happened later than now."""
    if facts.last_time is not None:
        facts.last_time = min(facts.last_time, now)
    for said in (facts.header, facts.done, facts.guess):
        if said:
            said["time"] = min(said["time"], now)
