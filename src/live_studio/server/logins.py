"""Logins that wait for a person (RFC 8628): a device asks, somebody at a browser says yes or no.

They are kept in memory and end within minutes. The token is made when the device fetches it, so
nothing secret waits, and what nobody fetches was never made.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .limits import Pace

LIFETIME = 600.0
INTERVAL = 5
POLLS_PER_SECOND = 0.25
"""A little more than a client that keeps to `INTERVAL` asks, and a few at once are forgiven."""
WAITING_MOST = 100
TRIES_PER_SECOND = 0.5
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no code spells a word; no two that look alike."""
CODE_LENGTH = 8


class TooMany(Exception):
    """More devices wait, or more codes were tried, than an honest use comes to."""


@dataclass(slots=True)
class Login:
    """One device that waits. What it says of itself is text and proves nothing."""

    user_code: str
    client: str
    token_name: str
    scopes: tuple[str, ...]
    days: float | None
    address: str
    began: float
    approved: bool | None = None
    """None until somebody decided."""


@dataclass
class Logins:
    """Every login that waits. Safe to use from any thread."""

    clock: Callable[[], float] = time.monotonic
    lifetime: float = LIFETIME
    """Seconds from a device's question to the fetching of its token."""
    _by_device: dict[str, Login] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Nobody has asked yet."""
        self._polls = Pace(POLLS_PER_SECOND, self.clock)
        self._tries = Pace(TRIES_PER_SECOND, self.clock)

    def begin(
        self,
        client: str,
        token_name: str,
        scopes: tuple[str, ...],
        days: float | None,
        address: str,
    ) -> tuple[str, Login]:
        """A device asks: the code it polls with, and the login with the code for a person.

        Raises:
            TooMany: too many wait already.
        """
        with self._lock:
            self._forget()
            if len(self._by_device) >= WAITING_MOST:
                raise TooMany
            taken = {login.user_code for login in self._by_device.values()}
            while (user_code := _user_code()) in taken:
                pass
            device_code = secrets.token_urlsafe(32)
            login = Login(user_code, client, token_name, scopes, days, address, self.clock())
            self._by_device[device_code] = login
            return device_code, login

    def find(self, user_code: str, who: str) -> Login | None:
        """The login that waits under a code that a person typed; None: there is none.

        `who` typed it: nobody may try many.

        Raises:
            TooMany: that person has tried too often just now.
        """
        plain = "".join(letter for letter in user_code.upper() if letter in LETTERS)
        with self._lock:
            self._forget()
            for login in self._by_device.values():
                if login.user_code.replace("-", "") == plain and login.approved is None:
                    return login
            if self._tries.wait(who):
                raise TooMany
            return None

    def decide(self, login: Login, *, approved: bool) -> bool:
        """Say yes or no, once; False: it was decided already or is over."""
        with self._lock:
            self._forget()
            if login.approved is not None or login not in self._by_device.values():
                return False
            login.approved = approved
            return True

    def poll(self, device_code: str) -> Login | str:
        """The approved login, which is over with that; or in a word why there is none.

        `authorization_pending`, `slow_down`, `access_denied` or `expired_token`, as in RFC 8628.
        """
        with self._lock:
            self._forget()
            login = self._by_device.get(device_code)
            if login is None:
                return "expired_token"
            if login.approved is None:
                return "slow_down" if self._polls.wait(device_code) else "authorization_pending"
            del self._by_device[device_code]
            return login if login.approved else "access_denied"

    def _forget(self) -> None:
        before = self.clock() - self.lifetime
        for code in [code for code, login in self._by_device.items() if login.began <= before]:
            del self._by_device[code]


def _user_code() -> str:
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    return f"{code[:4]}-{code[4:]}"
