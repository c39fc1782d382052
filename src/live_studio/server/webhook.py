"""`POST webhook/dvc`: DVC says which experiments it has pushed to a remote, or removed there.

Whatever is answered is a JSON object: `dvc exp push` and the end of a run break on anything else.
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Annotated

import msgspec

from .. import wire
from ..errors import InvalidEvent
from ..events import InRemote, Key
from ..git.process import text
from ..studio import Studio
from . import address
from .ingest import Scribe
from .producers import Door, ProducerHandler

REFS_MOST = 10_000
REFS_AT_ONCE = 200
"""Refs that wait for the disk together: DVC waits five seconds, and others wait for their turn."""
GIT_SECONDS = 2.0
_REF = re.compile(r"refs/exps/([0-9a-f]{2})/([0-9a-f]{38})/([^\x00-\x20\x7f-\x9f/]{1,250})")

_Names = Annotated[list[Annotated[str, msgspec.Meta(max_length=400)]], msgspec.Meta(max_length=REFS_MOST)]  # fmt: skip


class _Refs(msgspec.Struct):
    pushed: _Names = []
    removed: _Names = []


class _Said(msgspec.Struct):
    repo_url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    refs: _Refs


class WebhookHandler(ProducerHandler):
    """Marks what was pushed; its answer says where to look at it."""

    purpose = "this address takes the POST requests of `dvc exp push` and `dvc exp remove`"

    def initialize(self, door: Door, scribe: Scribe, studio: Studio) -> None:  # type: ignore[override]
        """Take what the extension made."""
        super().initialize(door)
        self._scribe = scribe
        self._studio = studio

    async def take(self, body: bytes | bytearray) -> bytes:
        """Record every ref that is an experiment's."""
        try:
            said = msgspec.json.decode(body, type=_Said)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidEvent(wire.sentence(error)) from None
        repo_url = wire.repo_url(said.repo_url)
        token = await self.may_write(repo_url)
        revs = await asyncio.to_thread(self._revs, repo_url, said.refs.pushed)
        events = [
            InRemote(
                Key(repo_url, ref[1] + ref[2], ref[3]),
                there,
                revs.get(ref[0]),
                elsewhere=token.repo_url is None,
            )
            for names, there in ((said.refs.pushed, True), (said.refs.removed, False))
            for ref in filter(None, map(_REF.fullmatch, names))
        ]
        for begin in range(0, len(events), REFS_AT_ONCE):
            part = events[begin : begin + REFS_AT_ONCE]
            await asyncio.gather(*map(self._scribe.record, part))
        if not said.refs.pushed:
            return b"{}"
        return json.dumps({"url": await asyncio.to_thread(self._page, repo_url)}).encode()

    def _revs(self, repo_url: str, refs: list[str]) -> dict[str, str]:
        """The commits of refs, where a clone of the repository is connected to this server."""
        found = self._studio.store.read("SELECT path FROM repos WHERE repo_url = ?", (repo_url,))
        if not found or not refs:
            return {}
        form = "--format=%(refname) %(objectname)"
        listed = text(Path(found[0][0]), "for-each-ref", form, "refs/exps/", timeout=GIT_SECONDS)
        known = dict(line.split(" ", 1) for line in (listed or "").splitlines())
        return {ref: known[ref] for ref in refs if ref in known}

    def _page(self, repo_url: str) -> str:
        page = address.public(self.request, str(self.settings.get("base_url", "/")))
        project = self._studio.project_of(repo_url)
        return f"{page}?project={project}" if project else page
