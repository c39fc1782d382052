"""The server at one address, as who sends to it knows it: when to try, with what token, what its answers mean."""

from __future__ import annotations

import email.utils
import json
import logging
import os
import random
import ssl
import time
from typing import NoReturn
from urllib.parse import urlsplit

from . import config
from .errors import Rejected, Unreachable, Withheld
from .post import TROUBLE, Answer, Post

SECONDS = 5.0
"""For a whole request."""
BACK_OFF_FIRST, BACK_OFF_MOST = 0.1, 5.0
"""Seconds before the next try, where time may heal what is wrong."""
PATIENCE_MOST = 30.0
"""The same where a person has to do something."""
RETRY_AFTER_MOST = 600.0
WAITS = "What is logged is kept here and delivered later"

log = logging.getLogger("live_studio")


class Host:
    """Asks the server at one address. For one thread."""

    def __init__(self, url: str, token: str | None) -> None:
        """Ask at `url`, which ends with a slash; without a `token` the environment is asked for one each time."""
        self.url = url
        self._given = token
        self._post = Post(url + "api/live", os.environ.get(config.PROXY) or None)
        self.times_away = 0
        """Moves whenever the server was away: it may have come back with less than it had."""
        self._not_before = 0.0
        self._failures = 0
        self._said: set[str] = set()

    @property
    def name(self) -> str:
        """Host and port, for sentences."""
        return urlsplit(self.url).netloc

    def close(self) -> None:
        """Hang up."""
        self._post.close()

    def use(self, token: str) -> bool:
        """Take another token from now on, and try again at once; False: it is the same."""
        if token == self._given:
            return False
        self._given = token
        self._said.discard("token")
        self._not_before = 0.0
        return True

    @property
    def wait(self) -> float:
        """Seconds until the next try."""
        return max(0.0, self._not_before - time.monotonic())

    def ask(self, headers: dict[str, str], body: bytes) -> Answer:
        """Post a body.

        Raises:
            Unreachable: it is away, there is no token for it, or no answer comes.
        """
        if self.wait:
            raise Unreachable(f"{self.name} is away")
        return self._answer(headers | {"Authorization": f"Bearer {self._token()}"}, body)

    def answered(self) -> None:
        """It took what it was sent."""
        self._failures = 0

    def _token(self) -> str:
        token = self._given or config.token_for(self.url)
        if token is None:
            self._fail("token", f"There is no token for {self.name}. {_RENEW}", patient=True)
        return token

    def _answer(self, headers: dict[str, str], body: bytes) -> Answer:
        try:
            return self._post.send(headers, body, SECONDS)
        except ssl.SSLCertVerificationError as error:
            self._fail(
                "certificate",
                f"The certificate of {self.name} is not accepted: {error.verify_message}. If it is"
                " signed by an authority of your own, name that one's file in SSL_CERT_FILE.",
                patient=True,
            )
        except TROUBLE as error:
            self._fail("away", f"{self.name} cannot be reached: {_why(error, self.url)}.")

    def refused(self, run: str, answer: Answer) -> NoReturn:
        """It did not take what it was sent of a run.

        Raises:
            Unreachable: not now; the next try is put off.
            Withheld: not this run, until a person has done something.
            Rejected: never.
        """
        status, detail = answer.status, self._detail(answer)
        if status in (401, 403, 409) and not detail:
            # Every refusal of ours is a sentence; a hub answers 403 for a server that it has stopped.
            self._fail("stranger", f"{self.url} is answered by a login page or a hub ({status}), not by"
                       " live_studio: start the Jupyter server there, or check the address.")  # fmt: skip
        if status == 401:
            self._fail("token", f"{self.name} refuses the token: {detail}. {_RENEW}", patient=True)
        if status in (403, 409):
            self.say(f"run {run}", f"{self.name} does not take a run: {detail}. {WAITS}.")
            raise Withheld(f"{self.name} does not take this run: {detail}")
        if status == 422 and detail:
            raise Rejected(f"{self.name} cannot understand this run: {detail}")
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
        self._fail("away", f"{self.name} answers {status}{detail and ', ' + detail}.",
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
        self.times_away += 1
        self.say(kind, f"{sentence} {WAITS}.")
        raise Unreachable(sentence)

    def say(self, kind: str, sentence: str) -> None:
        """Tell the person who trains, once of a kind."""
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


_RENEW = (
    "Make one there with `jupyter live-studio token create` and set LIVE_STUDIO_TOKEN, or call"
    " live_studio.connect(url, token)."
)


def _why(error: Exception, url: str) -> str:
    """Why there is no answer; never in the words of whoever is at the other end."""
    if isinstance(error, TimeoutError):
        return f"no whole answer within {SECONDS:g} s"
    if isinstance(error, UnicodeError):
        return "no host has such a name"
    if isinstance(error, ssl.SSLError) and error.reason in _PLAIN:
        return "it does not speak HTTPS; if it speaks HTTP, begin the address with http://"
    if isinstance(error, OSError) and error.strerror:
        return _short(error.strerror).lower()
    if isinstance(error, ConnectionError):
        return "it hung up"
    other = "; if it speaks HTTPS, begin the address with https://"
    return "it does not speak HTTP" + (other if url.startswith("http:") else "")


_PLAIN = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")
"""What OpenSSL calls an answer without TLS, as its versions have it."""


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
