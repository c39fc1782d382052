"""Device login over HTTP, as `dvc studio login` speaks it.

The device asks and polls at routes that are open to all; a person who is logged in to Jupyter
approves or denies on a page.
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, TypeVar

import msgspec
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from .. import names
from ..errors import InvalidEvent
from ..tokens import DAYS, DAYS_MOST, NAME_MOST, WRITE, Tokens
from . import address
from .device_page import FIELD, page
from .limits import Limits, Pace
from .logins import INTERVAL, Login, Logins, TooMany
from .producers import Door, ProducerHandler, Refusal
from .views import RESOURCE

BODY_LIMITS = Limits(body_bytes=16_384, body_seconds=10.0, waiting_bytes=1_000_000)
ASKS_PER_SECOND = 5.0
SCOPE = "EXPERIMENTS"
"""What DVC calls sending experiments. It knows others, for which there is nothing here."""
_Text = Annotated[str, msgspec.Meta(max_length=1_000)]


class Asked(msgspec.Struct):
    """The body of `POST api/device-login`. Clients also ask about teams, which are not here."""

    client_name: _Text
    token_name: _Text | None = None
    scopes: Annotated[list[_Text], msgspec.Meta(max_length=20)] | None = None
    expires_in_days: int | None = None
    never_expires: bool | None = None


class Polled(msgspec.Struct):
    """The body of `POST api/device-login/token`; RFC 8628 calls it `device_code`."""

    code: _Text = ""
    device_code: _Text = ""


_Body = TypeVar("_Body", Asked, Polled)


class DeviceDoor(Door):
    """What stands before the open routes: small bodies, and not many of them."""

    def __init__(self, door: Door) -> None:
        """Stand beside the producers' door, without its limits and its memory of refusals."""
        super().__init__(door.doorkeeper, door.noter, lambda: None, BODY_LIMITS)
        self.asks = Pace(ASKS_PER_SECOND)


class OpenHandler(ProducerHandler):
    """Open to all who reach the server; Host, Origin, size and pace are checked as for producers."""

    door: DeviceDoor
    purpose = "this address takes the POST requests of `dvc studio login`"

    def initialize(self, door: DeviceDoor, logins: Logins, tokens: Tokens) -> None:  # type: ignore[override]
        """Take what the extension made."""
        super().initialize(door)
        self.logins = logins
        self.tokens = tokens

    async def _ask_token(self) -> None:
        wait = self.door.asks.wait(self._address)
        if wait:
            raise Refusal(429, f"too many logins from this address; try again in {wait} s", wait)


class DeviceLoginHandler(OpenHandler):
    """`POST api/device-login`: a device asks for a token."""

    async def take(self, body: bytes | bytearray) -> bytes:
        """Begin a login, and say where a person approves it."""
        asked = _decoded(body, Asked)
        scopes = tuple(_plain(scope).upper() for scope in asked.scopes or [SCOPE])
        if SCOPE not in scopes:
            raise Refusal(400, f"there is only one scope here, {SCOPE}: ask for it, or for none")
        try:
            device_code, login = self.logins.begin(
                _plain(asked.client_name) or "a program without a name",
                _plain(asked.token_name or "") or names.by_chance(),
                scopes,
                _days(asked),
                self._address,
            )
        except TooMany:
            raise Refusal(429, "too many logins wait to be approved; try again later", 60) from None
        base = address.public(self.request, str(self.settings.get("base_url", "/")))
        return json.dumps(
            {
                "device_code": device_code,
                "user_code": login.user_code,
                "verification_uri": base + "device",
                "verification_uri_complete": f"{base}device?{FIELD}={login.user_code}",
                "token_uri": base + "api/device-login/token",
                "token_name": login.token_name,
                "expires_in": int(self.logins.lifetime),
                "interval": INTERVAL,
            }
        ).encode()


class DeviceTokenHandler(OpenHandler):
    """`POST api/device-login/token`: the device asks whether somebody approved."""

    async def take(self, body: bytes | bytearray) -> bytes:
        """The token, once; before and after that a word of RFC 8628."""
        polled = _decoded(body, Polled)
        found = self.logins.poll(polled.code or polled.device_code)
        self.set_header("Cache-Control", "no-store")
        if isinstance(found, Login):
            issued = await asyncio.to_thread(
                self.tokens.issue, found.token_name, days=found.days, scope=WRITE
            )
            return json.dumps({"access_token": issued.secret, "token_type": "Bearer"}).encode()
        self.set_status(400)
        over = found in ("expired_token", "access_denied")
        # DVC knows these two words and fails with a traceback on every other.
        detail = "authorization_expired" if over else "authorization_pending"
        return json.dumps({"detail": detail, "error": found}).encode()


class DeviceHandler(JupyterHandler):
    """`GET` and `POST device`: a person looks at a login, and says yes or no."""

    auth_resource = RESOURCE

    _asked = False
    """Whether it is known who sits there."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Ask who it is."""
        await super().prepare()
        self._asked = True

    def initialize(self, logins: Logins) -> None:
        """Take what the extension made."""
        self.logins = logins

    @property
    def content_security_policy(self) -> str:
        """No script, no frame around it, and its form goes nowhere else."""
        return (
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
            " frame-ancestors 'none'; base-uri 'none'"
        )

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Ask for the code, or show what waits under it."""
        code = self.get_query_argument(FIELD, "")
        login = self._find(code)
        if login is None and code:
            self._show(404, "No login waits under this code", _NOT_THERE)
        else:
            self._show(200, "", "", login)

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Decide, or look up a code that was typed."""
        login = self._find(self.get_body_argument(FIELD, ""))
        answer = self.get_body_argument("answer", "")
        if login is None:
            self._show(404, "No login waits under this code", _NOT_THERE)
        elif answer not in ("approve", "deny"):
            self._show(200, "", "", login)
        elif not self.logins.decide(login, approved=answer == "approve"):
            self._show(409, "This login is over", _NOT_THERE)
        elif answer == "approve":
            self._show(200, "Approved", _APPROVED.format(name=login.token_name))
        else:
            self._show(200, "Denied", "The program gets no token. You can close this page.")

    def _find(self, code: str) -> Login | None:
        try:
            return self.logins.find(code, str(self.current_user)) if code else None
        except TooMany:
            raise web.HTTPError(429, "too many wrong codes; wait a few seconds") from None

    def _show(self, status: int, title: str, text: str, login: Login | None = None) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")
        now = self.logins.clock()
        xsrf = self.xsrf_token.decode()
        self.finish(page(title=title, text=text, login=login, now=now, xsrf=xsrf))

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """A sentence, on the same page."""
        said = kwargs.get("exc_info", (None, None))
        error = said[1] if isinstance(said, tuple) else None
        text = self._reason
        if isinstance(error, web.HTTPError) and error.log_message:
            text = error.log_message % error.args
        if not self._asked:
            # An odd method or body: nobody was asked who he is, and the page would ask.
            self.set_status(status_code)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(text)
            return
        self._show(status_code, "That did not work", text)


_NOT_THERE = "It is mistyped, it was used, or too much time went by. Start the login once more."
_APPROVED = "The program gets the token “{name}” within moments. You can close this page."


def _decoded(body: bytes | bytearray, kind: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(bytes(body), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidEvent(f"the body is not what a login sends: {error}") from None


def _plain(text: str) -> str:
    """A line of text as a page and a table may show it: no control or direction characters."""
    line = " ".join(text.split())
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line)[
        :NAME_MOST
    ]


def _days(asked: Asked) -> float | None:
    if asked.never_expires:
        return None
    if asked.expires_in_days is None:
        return DAYS
    if not 0 < asked.expires_in_days <= DAYS_MOST:
        raise Refusal(400, f"`expires_in_days` is not 1 to {DAYS_MOST}")
    return float(asked.expires_in_days)
