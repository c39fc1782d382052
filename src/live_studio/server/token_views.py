"""Tokens through the viewers' door: make, list, regenerate, revoke. A secret is told once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado import web

from ..changes import iso
from ..errors import NoSuchProject, NoSuchToken
from ..tokens import DAYS, DAYS_MOST, NAME_MOST, WRITE, Issued, Token
from .views import ViewHandler


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST api/tokens`."""

    name: str
    scope: str = WRITE
    project: str | None = None
    expires_days: int | None = int(DAYS)


class TokenViewHandler(ViewHandler):
    """What the handlers of tokens share."""

    async def ask(self, question: Callable[..., Any], *values: Any, **how: Any) -> Any:
        """Ask the tokens in a thread; what does not exist is 404."""
        try:
            return await asyncio.to_thread(question, *values, **how)
        except NoSuchToken as error:
            raise web.HTTPError(404, str(error)) from None
        except NoSuchProject as error:
            raise web.HTTPError(400, str(error)) from None

    def told(self, token: Token) -> dict[str, Any]:
        """A token as the contract has it, without its secret."""
        return {
            "id": token.id,
            "name": token.name,
            "scope": token.scope,
            "repo_url": token.repo_url,
            "created_at": iso(token.created_at),
            "last_used_at": iso(token.last_used_at),
            "expires_at": iso(token.expires_at),
        }

    def issued(self, issued: Issued) -> None:
        """Answer with a new secret: here and never again."""
        self.answer(json.dumps({**self.told(issued.token), "token": issued.secret}))


class TokensHandler(TokenViewHandler):
    """`GET`, `POST` and `DELETE api/tokens`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Every token that was not revoked, and what was refused last."""
        known = await self.ask(self.studio.tokens.known)
        refused = await self.ask(self.studio.last_refusal)
        if refused:
            refused |= {"time": iso(refused["time"])}
        self.answer(
            json.dumps(
                {
                    "now": iso(self.studio.store.now()),
                    "tokens": [self.told(token) for token in known],
                    "last_refusal": refused,
                }
            )
        )

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Make a token."""
        wanted = self._wanted()
        repo_url = None
        if wanted.project:
            repo_url = await self.ask(self.studio.tokens.repo_url_of, wanted.project)
        issued = await self.ask(
            self.studio.tokens.issue,
            " ".join(wanted.name.split()),
            days=wanted.expires_days,
            repo_url=repo_url,
        )
        self.set_status(201)
        self.issued(issued)

    @web.authenticated
    @authorized
    async def delete(self) -> None:
        """Revoke every one."""
        self.answer(json.dumps({"revoked": await self.ask(self.studio.tokens.revoke_all)}))

    def _wanted(self) -> Wanted:
        try:
            wanted = msgspec.json.decode(self.request.body, type=Wanted)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise web.HTTPError(400, str(error)) from None
        if not 0 < len(wanted.name.strip()) <= NAME_MOST or not wanted.name.isprintable():
            raise web.HTTPError(400, f"`name` is not 1 to {NAME_MOST} printable characters")
        if wanted.scope != WRITE:
            raise web.HTTPError(400, f"`scope` is not {WRITE}, which is the only one")
        if wanted.expires_days is not None and not 0 < wanted.expires_days <= DAYS_MOST:
            raise web.HTTPError(400, f"`expires_days` is not 1 to {DAYS_MOST}, or null for never")
        return wanted


class TokenHandler(TokenViewHandler):
    """`GET` and `DELETE api/tokens/{id}`."""

    @web.authenticated
    @authorized
    async def get(self, token_id: str) -> None:
        """One token."""
        self.answer(json.dumps(self.told(await self.ask(self.studio.tokens.find, token_id))))

    @web.authenticated
    @authorized
    async def delete(self, token_id: str) -> None:
        """Let it open nothing any more, from this moment on."""
        await self.ask(self.studio.tokens.revoke, token_id)
        self.answer("{}")


class RegenerateHandler(TokenViewHandler):
    """`POST api/tokens/{id}/regenerate`."""

    @web.authenticated
    @authorized
    async def post(self, token_id: str) -> None:
        """Give it another secret; the old one is dead from this moment on."""
        self.issued(await self.ask(self.studio.tokens.regenerate, token_id))
