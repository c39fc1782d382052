"""Tokens: the secrets that open the ingestion door, and the table that knows them by their digests.

`lst_`, 30 random characters and 6 of checksum, all base62: one double click selects all of it, and
a mistyped one is told from an unknown one. A secret is shown once; only its digest is ever stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

from . import lock
from .addresses import normal_repo_url
from .errors import NoSuchProject, NoSuchToken, NotAllowed, TokenError
from .store import Store

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX = "lst_"
SECRET_LENGTH, CHECK_LENGTH = 30, 6
WRITE = "experiments:write"
NAME_MOST = 80
DAYS, DAYS_MOST = 90.0, 3650
DAY = 86_400.0
LOCAL_DAYS = 2.0
"""A server renews the tokens of its kernels long before; those of a machine that is gone end."""
USE_NOTED_EVERY = 60.0
REMEMBERED_DAYS = 90.0
"""For so long a dead token is told "revoked" and not "unknown"."""
_ID = "coalesce(id, substr(digest, 1, 12))"
"""Rows of a live_studio that knew no ids have none."""
_ROW = (
    f"SELECT {_ID} AS id, name, kind, scope, repo_url, created_at,"
    " expires_at, last_used_at, revoked_at FROM tokens"
)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; its secret is not. Times are seconds since the epoch."""

    id: str
    name: str
    kind: str
    scope: str
    repo_url: str | None
    """The only repository it writes; None: any."""
    created_at: float
    expires_at: float | None
    last_used_at: float | None
    revoked_at: float | None

    def may_write(self, repo_url: str | None = None) -> None:
        """Check that the token writes experiments, and those of `repo_url` where one is given.

        Raises:
            NotAllowed: it does not.
        """
        if WRITE not in self.scope.split():
            raise NotAllowed(
                f"this token may not send experiments, its scope is {self.scope[:60]!r}: make one that may"
                " in the dashboard's Tokens panel, and set it here"
            )
        if repo_url is not None and self.repo_url is not None and repo_url != self.repo_url:
            raise NotAllowed(
                f"this token sends experiments of {self.repo_url[:60]} only, and these are of"
                f" {repo_url[:60]}: make one for every project in the dashboard's Tokens panel, or name"
                " the other repository in DVC_STUDIO_REPO_URL"
            )


@dataclass(frozen=True, slots=True)
class Issued:
    """A new secret, which nobody can be told again, and its token."""

    secret: str = field(repr=False)
    token: Token


class Tokens:
    """The tokens of one store. Safe to use from any thread."""

    def __init__(self, store: Store, locks: Path) -> None:
        """Know the tokens of `store`; `locks` is where processes hold their lock files."""
        self._store = store
        self._locks = locks
        self.turn = 0
        """Moves whenever this process ends a token: what is remembered of tokens is void then."""

    # who may

    def verify(self, secret: str) -> Token:
        """The token that a secret belongs to.

        Raises:
            TokenError: it is mistyped, unknown, expired or revoked; the text says which.
        """
        if not is_well_formed(secret):
            raise TokenError("this is not a live_studio token, or it is mistyped")
        found = self._store.read(f"{_ROW} WHERE digest = ?", (digest(secret),))
        if not found:
            raise TokenError("unknown token: it belongs to another store, or was deleted")
        token = Token(**found[0])
        if token.revoked_at is not None:
            raise TokenError("this token was revoked or regenerated")
        if token.expires_at is not None and token.expires_at <= self._store.now():
            raise TokenError("this token has expired")
        if token.kind == "local" and self._holder_is_dead(token.name):
            raise TokenError("the kernel that this token was made for has ended")
        return token

    def is_good(self, secret: str) -> bool:
        """Whether a secret opens anything now."""
        try:
            self.verify(secret)
        except TokenError:
            return False
        return True

    def used(self, token_id: str) -> None:
        """Remember that a token was used now; written at most once a minute."""
        now = self._store.now()
        self._store.jot(
            f"UPDATE tokens SET last_used_at = ?1 WHERE {_ID} = ?2"
            " AND (last_used_at IS NULL OR last_used_at < ?1 - ?3)",
            (now, token_id, USE_NOTED_EVERY),
        )

    # what there is

    def known(self) -> list[Token]:
        """Every token that people made and nobody revoked, newest first; expired ones too."""
        found = self._store.read(
            f"{_ROW} WHERE kind = 'user' AND revoked_at IS NULL ORDER BY created_at DESC, name"
        )
        return [Token(**row) for row in found]

    def find(self, wanted: str) -> Token:
        """One of them, by its id or by a name that only it has.

        Raises:
            NoSuchToken: there is none, or the name is that of several.
        """
        tokens = self.known()
        found = [token for token in tokens if token.id == wanted]
        found = found or [token for token in tokens if token.name == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(token.id for token in found)
            raise NoSuchToken(f"several tokens are called {wanted[:80]!r}; give an id: {ids}")
        raise NoSuchToken(f"no token has the id or name {wanted[:80]!r}")

    # what people do

    def issue(
        self,
        name: str,
        *,
        days: float | None = DAYS,
        scope: str = WRITE,
        repo_url: str | None = None,
        kind: str = "user",
    ) -> Issued:
        """Make a token that lasts `days`, None for ever; its secret is told here and never again."""
        self._forget()
        secret, now = mint(), self._store.now()
        expires = None if days is None else now + days * DAY
        token = Token(
            secrets.token_hex(6), name, kind, scope, repo_url, now, expires, None, None
        )  # fmt: skip
        self._store.jot(
            "INSERT INTO tokens (digest, id, name, kind, scope, repo_url, created_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (digest(secret), token.id, name, kind, scope, repo_url, now, expires),
        )
        return Issued(secret, token)

    def regenerate(self, token_id: str) -> Issued:
        """Give a token another secret, for as long as it was made for; the old one is dead at once.

        Raises:
            NoSuchToken: there is none, or it was revoked.
        """
        old = self.find(token_id)
        secret, now = mint(), self._store.now()
        expires = None if old.expires_at is None else now + old.expires_at - old.created_at
        held = self._store.read(
            f"SELECT digest FROM tokens WHERE {_ID} = ? AND revoked_at IS NULL", (old.id,)
        )
        dead = held[0][0] if held else ""
        changed = self._store.jot(
            "UPDATE tokens SET digest = ?, created_at = ?, expires_at = ?, id = ?,"
            " last_used_at = NULL WHERE digest = ? AND revoked_at IS NULL",
            (digest(secret), now, expires, old.id, dead),
        )
        self.turn += 1
        if not changed:
            raise NoSuchToken(f"the token {old.name[:80]!r} has just been changed by somebody else")
        # Only so that whoever still uses it is told why.
        self._store.jot(
            "INSERT OR IGNORE INTO tokens (digest, name, kind, scope, created_at, revoked_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
            (dead, old.name, old.kind, old.scope, now),
        )
        return Issued(secret, self.find(old.id))

    def revoke(self, token_id: str) -> Token:
        """Let a token open nothing any more.

        Raises:
            NoSuchToken: there is none.
        """
        token = self.find(token_id)
        self._end(f"{_ID} = ?2", token.id)
        return token

    def revoke_all(self) -> int:
        """Do so with every token that people made, and say how many there were.

        The kernels' own stay: they never leave this machine, and nobody could hand out new ones.
        """
        return self._end("kind = ?2", "user")

    def repo_url_of(self, project: str) -> str:
        """The repository of a project, given by its id, its name or its address.

        Raises:
            NoSuchProject: nothing is called that, or several are.
        """
        found = self._store.read(
            "SELECT DISTINCT repo_url FROM projects WHERE ? IN (id, name)", (project,)
        )
        if len(found) == 1:
            return str(found[0][0])
        if found:
            raise NoSuchProject(f"several projects are called {project[:80]!r}; give the address")
        if "/" in project or project.startswith("local:"):
            return normal_repo_url(project)
        raise NoSuchProject(
            f"no project is called {project[:80]!r}; give its name, or an address such as"
            " https://github.com/org/repo"
        )

    # the kernels' own

    def issue_local(self, whose: str = "kernels") -> Issued:
        """A token for kernels of this process, revoked when this process is found to be gone.

        Its name ends with the name of the lock file that this process holds as long as it lives.
        """
        self._locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        holder = lock.hold(self._locks)
        self.end_dead()
        # Nobody can say whether the process of another boot or machine lives; if it does, it renews.
        self._store.jot(
            "UPDATE tokens SET expires_at = ? WHERE kind = 'local' AND expires_at IS NULL",
            (self._store.now() + LOCAL_DAYS * DAY,),
        )
        return self.issue(f"{whose} of {holder}", kind="local", days=LOCAL_DAYS)

    def renew_local(self) -> None:
        """Let the tokens that this process gave its kernels live on; called every few hours."""
        self._store.jot(
            "UPDATE tokens SET expires_at = ? WHERE kind = 'local' AND revoked_at IS NULL"
            " AND name LIKE '% of ' || ?",
            (self._store.now() + LOCAL_DAYS * DAY, lock.own_name()),
        )

    def revoke_secret(self, secret: str) -> None:
        """Let the token of a secret open nothing any more."""
        self._end("digest = ?2", digest(secret))

    def end_dead(self) -> None:
        """Revoke the local tokens of processes that are gone."""
        for held, name in self._store.read(
            "SELECT digest, name FROM tokens WHERE kind = 'local' AND revoked_at IS NULL"
        ):
            if self._holder_is_dead(name):
                self._end("digest = ?2", held)

    def _holder_is_dead(self, name: str) -> bool:
        return lock.is_dead(self._locks, name.rpartition(" ")[2])

    def _end(self, which: str, value: str) -> int:
        ended = self._store.jot(
            f"UPDATE tokens SET revoked_at = ?1 WHERE revoked_at IS NULL AND {which}",
            (self._store.now(), value),
        )
        self.turn += 1
        return ended

    def _forget(self) -> None:
        before = self._store.now() - REMEMBERED_DAYS * DAY
        self._store.jot(
            "DELETE FROM tokens WHERE coalesce(revoked_at, iif(kind = 'local', expires_at, NULL))"
            " < ?",
            (before,),
        )


def mint() -> str:
    """A new secret."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    return PREFIX + secret + _check(secret)


def digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_well_formed(secret: str) -> bool:
    """Whether this can be a token of ours at all: its shape and checksum."""
    middle = secret[len(PREFIX) : -CHECK_LENGTH]
    return (
        secret.startswith(PREFIX)
        and len(middle) == SECRET_LENGTH
        and secret[-CHECK_LENGTH:] == _check(middle)
    )


def _check(middle: str) -> str:
    number = crc32(middle.encode())
    text = ""
    for _ in range(CHECK_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        text = ALPHABET[digit] + text
    return text
