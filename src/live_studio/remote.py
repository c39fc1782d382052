"""A Studio far away, as far as journals are concerned: the courier carries to it as to one at home.

The journal is the spool. While the server is away the run goes on and its journal grows; what the
server has is asked of the server, never remembered here, so nothing counts twice whoever dies.
"""

from __future__ import annotations

import email.utils
import hashlib
import json
import logging
import os
import random
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from . import config, journal, parcels
from .errors import Rejected, Unreachable, Withheld
from .events import Event, Lost, Slice, Standing
from .parcels import Skimmer
from .post import TROUBLE, Answer, Post

SECONDS = 5.0
"""For a whole request."""
BACK_OFF_FIRST, BACK_OFF_MOST = 0.1, 5.0
"""Seconds before the next try, where time may heal what is wrong."""
PATIENCE_MOST = 30.0
"""The same where a person has to do something."""
RETRY_AFTER_MOST = 600.0
ROUND_BYTES = 512 * 1024
LEAST_ROOM = 256 * 1024
"""Bytes of a body below which a server's refusal is no matter of size any more."""
TARGET = "target.json"
PREFIX = "remote-"
WAITS = "What is logged is kept here and delivered later"

log = logging.getLogger("live_studio")


def spool(journals: Path, url: str) -> Path:
    """Where the journals lie that go to `url`: a folder beside those that stay at home."""
    return journals / (PREFIX + hashlib.sha256(url.encode()).hexdigest()[:8])


def spools(journals: Path) -> list[tuple[Path, str]]:
    """Every such folder that has journals, and the address they go to."""
    found = []
    for path in sorted(journals.glob(f"{PREFIX}*/{TARGET}")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            url = json.loads(path.read_text())["url"]
            if any(path.parent.glob("*" + journal.SUFFIX)):
                found.append((path.parent, str(url)))
    return found


def prepare(folder: Path, url: str) -> None:
    """Make a spool, and write down where it goes; never with what token.

    Raises:
        OSError: the disk does not take it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / TARGET
    if path.exists():
        return
    fresh = path.with_suffix(f".{os.getpid()}.new")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w") as out:
        json.dump({"url": url}, out)
    fresh.replace(path)


class Remote:
    """Delivers journals to the server at one address. For one thread."""

    far = True
    watched = False

    def __init__(self, url: str, folder: Path, token: str | None = None) -> None:
        """Deliver to `url`, which ends with a slash, what lies in `folder`.

        Without a `token` the environment is asked for one each time.
        """
        self.url = url
        self.journals = folder
        self._given = token
        self.openings = 0
        """Moves whenever the server was away: it may have come back with less than it had."""
        self._post = Post(url + "api/live", os.environ.get(config.PROXY) or None)
        self._known: dict[str, Standing] = {}
        self._not_before = 0.0
        self._failures = 0
        self._withheld: dict[str, float] = {}
        self._said: set[str] = set()
        self._room = parcels.FILE_MOST

    def close(self) -> None:
        """Hang up."""
        self._post.close()

    def __repr__(self) -> str:
        """Without the token."""
        return f"Remote({self.url!r})"

    def use(self, token: str) -> None:
        """Take another token from now on, and try again at once."""
        if token != self._given:
            self._given = token
            self._said.discard("token")
            self._withheld.clear()
            self._not_before = 0.0

    @property
    def ready(self) -> bool:
        """Whether it is time to try."""
        return self.wait == 0

    @property
    def wait(self) -> float:
        """Seconds until the next try."""
        return max(0.0, self._not_before - time.monotonic())

    @property
    def withholds(self) -> bool:
        """Whether the server has not taken some run."""
        return bool(self._withheld)

    @property
    def round_bytes(self) -> int:
        """How much of a journal goes into one request."""
        return min(ROUND_BYTES, self._room // 2)

    def reader(self, path: Path) -> Skimmer:
        """What reads the journal at `path`."""
        return Skimmer(partial(self._size_of, path), self._room_of_files)

    def standing(self, run: str) -> Standing:
        """How a run stood there when the server answered last.

        Raises:
            Unreachable: it does not say so now.
            Withheld: it does not take this run now.
        """
        if run not in self._known:
            self._deliver(run, *parcels.packed(run, 0))
        return self._known[run]

    def record(self, events: Sequence[Event]) -> list[bool]:
        """Deliver parts of journals, and what became of runs; says of each whether the server has it.

        Raises:
            Unreachable: not now; a part that got there is known there.
            Withheld: one of the runs is not taken now.
            Rejected: one of the runs is never taken.
        """
        return [
            self._slice(event) if isinstance(event, Slice) else self._lost(event)
            for event in events
        ]

    def _slice(self, piece: Slice) -> bool:
        # A refusal may not wait for a body: whoever was turned away asks first.
        end = self.standing(piece.run).end
        if end == piece.start:
            files = self._files(piece)
            headers, body = parcels.packed(piece.run, piece.start, piece.body, files)
            self._deliver(piece.run, headers, body)
            end = self._known[piece.run].end
        return end == piece.end

    def _lost(self, event: Event) -> bool:
        if not isinstance(event, Lost):
            raise TypeError(f"a {type(event).__name__} is not told to a server far away")
        end = self.standing(event.run).end
        self._deliver(event.run, *parcels.packed(event.run, end, lost=event))
        return True

    # files

    def _size_of(self, path: Path, digest: str) -> int:
        try:
            size = journal.beside(path, digest).stat().st_size
        except OSError:
            return 0
        return size if self._fits(size) else 0

    def _fits(self, size: int) -> bool:
        return size <= self._room_of_files()

    def _room_of_files(self) -> int:
        return self._room - self.round_bytes // 2

    def _files(self, piece: Slice) -> list[bytes]:
        path = self.journals / (piece.run + journal.SUFFIX)
        files = []
        for digest in dict.fromkeys(piece.facts.digests):
            body = journal.attached(path, digest)
            if body is not None and self._fits(len(body)):
                files.append(body)
            elif body is not None:
                self._say("size", f"A picture or parameter of {len(body):,} bytes is too large for"
                          f" {self._host} and is left out.")  # fmt: skip
        return files

    # requests

    def _deliver(self, run: str, headers: dict[str, str], body: bytes) -> None:
        """Send, and learn how the run stands there."""
        self._may_try(run)
        answer = self._answer(headers | {"Authorization": f"Bearer {self._token()}"}, body)
        if answer.status == 413 and len(body) > LEAST_ROOM:
            # A proxy on the way takes less than the server itself.
            self._room = max(len(body) * 3 // 4, LEAST_ROOM)
            return
        known = _standing(answer)
        if known is None:
            self._refused(run, answer)
        self._known[run] = known
        self._withheld.pop(run, None)
        self._failures = 0

    def _may_try(self, run: str) -> None:
        if not self.ready:
            raise Unreachable(f"{self._host} is away")
        if self._withheld.get(run, 0.0) > time.monotonic():
            raise Withheld(f"{self._host} does not take this run now")

    def _token(self) -> str:
        token = self._given or config.token_for(self.url)
        if token is None:
            self._fail("token", f"There is no token for {self._host}. {_RENEW}", patient=True)
        return token

    def _answer(self, headers: dict[str, str], body: bytes) -> Answer:
        try:
            return self._post.send(headers, body, SECONDS)
        except ssl.SSLCertVerificationError as error:
            self._fail(
                "certificate",
                f"The certificate of {self._host} is not accepted: {error.verify_message}. If it is"
                " signed by an authority of your own, name that one's file in SSL_CERT_FILE.",
                patient=True,
            )
        except TROUBLE as error:
            self._fail("away", f"{self._host} cannot be reached: {_why(error)}.")

    def _refused(self, run: str, answer: Answer) -> NoReturn:
        status, detail = answer.status, self._detail(answer)
        if status in (401, 403, 409) and not detail:
            # Every refusal of ours is a sentence; a hub answers 403 for a server that it has stopped.
            self._fail("stranger", f"{self.url} is answered by a login page or a hub ({status}), not by"
                       " live_studio: start the Jupyter server there, or check the address")  # fmt: skip
        if status == 401:
            self._fail("token", f"{self._host} refuses the token: {detail}. {_RENEW}", patient=True)
        if status in (403, 409):
            self._withheld[run] = time.monotonic() + PATIENCE_MOST
            self._say(f"run {run}", f"{self._host} does not take a run: {detail}. {WAITS}.")
            raise Withheld(f"{self._host} does not take this run: {detail}")
        if status == 422 and detail:
            raise Rejected(f"{self._host} cannot understand this run: {detail}")
        if 300 <= status < 400:
            where = urlsplit(answer.headers.get("Location", ""))
            self._fail(
                "redirect",
                f"{self.url} redirects to {_short(where.netloc + where.path) or 'nowhere'}, which is"
                " not followed: check the trailing slash, and that no login page stands before it.",
                patient=True,
            )
        if status in (404, 405, 411, 415, 413) or status == 200:
            said = f"{status}, {detail}" if detail else f"{status}"
            self._fail(
                "address",
                f"{self.url} does not take journals ({said}): the address is that of the page, such"
                " as https://host/base/live-studio/, of a live_studio that is not older than this.",
                patient=True,
            )
        self._fail("away", f"{self._host} answers {status}{detail and ', ' + detail}.",
                   after=_retry_after(answer))  # fmt: skip

    def _fail(
        self, kind: str, sentence: str, *, patient: bool = False, after: float = 0.0
    ) -> NoReturn:
        """Say what is wrong, once, and leave the server alone for a while."""
        self._failures += 1
        most = PATIENCE_MOST if patient else BACK_OFF_MOST
        pause = min(BACK_OFF_FIRST * 2 ** min(self._failures, 20), most)
        if patient:
            pause = max(pause, PATIENCE_MOST / 2)
        # Not all producers that a server has left come back in one moment.
        pause *= random.uniform(0.5, 1.0)  # noqa: S311  # no secret hangs on it
        self._not_before = time.monotonic() + max(pause, after)
        self._known.clear()
        self.openings += 1
        self._say(kind, f"{sentence} {WAITS}.")
        raise Unreachable(sentence)

    def _say(self, kind: str, sentence: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            log.warning("live_studio: %s", sentence)

    def _detail(self, answer: Answer) -> str:
        """The server's sentence, without what nobody wants to read, or may."""
        try:
            detail = str(json.loads(answer.body)["detail"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        for secret in (self._given, config.token_for(self.url)):
            detail = detail.replace(secret, "...") if secret else detail
        return _short(detail, 300).rstrip(".")

    @property
    def _host(self) -> str:
        return urlsplit(self.url).netloc


_RENEW = (
    "Make one there with `jupyter live-studio token create` and set LIVE_STUDIO_TOKEN, or call"
    " live_studio.connect(url, token)"
)


def _standing(answer: Answer) -> Standing | None:
    """What a right answer says."""
    if answer.status != 200:
        return None
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    end = said.get("end") if isinstance(said, dict) else None
    if type(end) is not int or not 0 <= end <= parcels.OFFSET_MOST:
        return None
    return Standing(end, said.get("stop") is True)


def _why(error: Exception) -> str:
    """Why there is no answer; never in the words of whoever is at the other end."""
    if isinstance(error, TimeoutError):
        return f"no whole answer within {SECONDS:g} s"
    if isinstance(error, OSError) and error.strerror:
        return _short(error.strerror).lower()
    return "it hung up" if isinstance(error, ConnectionError) else "it does not speak HTTP"


def _retry_after(answer: Answer) -> float:
    """Seconds that the server asks to wait, by number or by date."""
    text = answer.headers.get("Retry-After", "")
    try:
        wait = float(text) if text.isdigit() else _until(text)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(wait, 0.0), RETRY_AFTER_MOST)


def _until(date: str) -> float:
    return email.utils.parsedate_to_datetime(date).timestamp() - time.time()


def _short(text: str, most: int = 100) -> str:
    return "".join(filter(str.isprintable, text[:most]))
