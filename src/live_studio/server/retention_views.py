"""What would go by some limits, through the viewers' door. It says and changes nothing.

Who agrees deletes what was said with `DELETE api/experiments`: it goes into the trash, and leaves the file
after 30 days there.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from jupyter_server.auth.decorator import authorized
from tornado import web

from .. import limits
from ..changes import iso
from ..errors import NoSuchProject
from ..store.retention import Kept, Limits, Plan
from .views import ViewHandler

SAID_MOST = 10_000
"""Experiments that one answer names, as many as one request deletes."""
ALSO = ("running", "pushed")
Read = TypeVar("Read")


class RetentionHandler(ViewHandler):
    """`GET api/retention?older=90d&keep=20&max_size=5GB[&project=][&also=running][&also=pushed]`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """What would go, the oldest first, what stays although the limits name it, and what all takes."""
        also = self.get_query_arguments("also")
        if not set(also) <= set(ALSO):
            raise web.HTTPError(400, f"`also` is none of {', '.join(ALSO)}")
        wanted = Limits(
            older=self._said("older", limits.seconds),
            keep=self._said("keep", limits.count),
            most_bytes=self._said("max_size", limits.size),
            repos=await self._repos(),
            running="running" in also,
            pushed="pushed" in also,
        )
        self.answer(await asyncio.to_thread(self._told, wanted))

    def _told(self, wanted: Limits) -> str:
        plan = self.studio.store.plan(wanted)
        return json.dumps(_plan(plan) | {"file": _file(self.studio.store.path)})

    def _said(self, name: str, read: Callable[[str], Read]) -> Read | None:
        text = self.get_query_argument(name, None)
        try:
            return None if text is None else read(text[:40])
        except ValueError as error:
            raise web.HTTPError(400, f"`{name}`: {ascii(str(error))[1:-1]}") from None

    async def _repos(self) -> set[str] | None:
        project = self.get_query_argument("project", None)
        if project is None:
            return None
        try:
            found = await asyncio.to_thread(self.studio.projects.called, project)
        except NoSuchProject:
            raise web.HTTPError(404, "no such project") from None
        return {one.repo_url for one in found}


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "bytes": plan.held.bytes,
        "experiments": plan.held.count,
        "going": [_one(one) for one in plan.going[:SAID_MOST]],
        "going_bytes": sum(one.bytes for one in plan.going),
        "more": len(plan.going) > SAID_MOST,
        "spared": {why: sum(one.why_not == why for one in plan.spared) for why in ALSO},
        "staying": [_one(one) | {"why": one.why_not} for one in plan.spared[:SAID_MOST]],
        "trash": {"experiments": plan.trash.count, "bytes": plan.trash.bytes},
    }


def _file(store: Path) -> dict[str, Any]:
    """Where the store lies, what its files take, and what its disk has left."""
    found = [store, *(store.with_name(store.name + end) for end in ("-wal", "-shm"))]
    size = 0
    for one in found:
        with suppress(OSError):
            size += one.stat().st_size
    free = None
    with suppress(OSError):
        free = shutil.disk_usage(store.parent).free
    return {"path": str(store), "bytes": size, "free": free}


def _one(kept: Kept) -> dict[str, Any]:
    return {
        "id": str(kept.id),
        "name": kept.name,
        "repo_url": kept.repo_url,
        "status": kept.status,
        "updated_at": iso(kept.updated_at),
        "bytes": kept.bytes,
    }
