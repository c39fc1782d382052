"""Several experiments through the viewers' door: deleted at once, looked at in the trash, brought back."""

from __future__ import annotations

import asyncio
import json

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado import web

from ..store.retention import TOLD_SECONDS
from .views import ViewHandler

MOST = 10_000


class Several(msgspec.Struct, forbid_unknown_fields=True):
    """The body of both: ids as the contract has them."""

    experiments: list[str]


class TrashViewHandler(ViewHandler):
    """What the handlers share."""

    def several(self) -> list[int]:
        """The ids in the request's body."""
        try:
            said = msgspec.json.decode(self.request.body, type=Several)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise web.HTTPError(400, str(error)) from None
        if len(said.experiments) > MOST:
            raise web.HTTPError(400, f"`experiments` has more than {MOST} ids")
        if not all(one.isascii() and one.isdigit() and len(one) < 16 for one in said.experiments):
            raise web.HTTPError(400, "`experiments` has what is not an id")
        return [int(one) for one in said.experiments]


class SeveralHandler(TrashViewHandler):
    """`DELETE api/experiments`."""

    @web.authenticated
    @authorized
    async def delete(self) -> None:
        """Take them out of every table; answers how many there were, and when it was."""
        found = await asyncio.to_thread(self.studio.delete_all, self.several())
        seq = await asyncio.to_thread(self.studio.store.seq)
        self.answer(json.dumps({"deleted": found, "seq": seq}))


class TrashHandler(TrashViewHandler):
    """`GET api/trash`, `POST` to bring experiments back, and `DELETE` to end them for good."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """What was deleted, the last first."""
        self.answer(json.dumps({"experiments": await asyncio.to_thread(self.studio.trash)}))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Take deletions back; answers how many there were."""
        found = await asyncio.to_thread(self.studio.restore_all, self.several())
        self.answer(json.dumps({"restored": found}))

    @web.authenticated
    @authorized
    async def delete(self) -> None:
        """Take all of it out of the file, but for runs that may go on; answers how many there were."""
        gone = await asyncio.to_thread(self.studio.store.forget, TOLD_SECONDS)
        self.answer(json.dumps({"gone": gone}))
