"""Projects through the viewers' door: make, change, delete, and reload from their remotes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import GitTrouble, InvalidProject, NoSuchProject
from ..projects import Project
from .views import ViewHandler

_fetchers = ThreadPoolExecutor(2, thread_name_prefix="live_studio-fetch")
"""A remote that does not answer keeps others who fetch waiting, and nobody else."""


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST api/projects`."""

    name: str | None = None
    path: str | None = None
    repo_url: str | None = None
    subdir: str | None = None


class To(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The body of `PATCH api/projects/{id}`: only what is there is changed."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    subdir: str | msgspec.UnsetType | None = msgspec.UNSET
    view: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    path: str | msgspec.UnsetType = msgspec.UNSET


class ProjectViewHandler(ViewHandler):
    """What the handlers of projects share."""

    async def ask(self, question: Callable[..., Any], *values: Any, **how: Any) -> Any:
        """Ask in a thread; what cannot be is said in the answer."""
        pool = _fetchers if how.pop("fetching", False) else None
        asked = partial(question, *values, **how)
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, asked)
        except NoSuchProject as error:
            raise web.HTTPError(404, str(error)) from None
        except InvalidProject as error:
            raise web.HTTPError(400, str(error)) from None
        except GitTrouble as error:
            raise web.HTTPError(502, str(error)) from None

    def body(self, kind: type[Any]) -> Any:
        """The request's body."""
        try:
            return msgspec.json.decode(self.request.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise web.HTTPError(400, str(error)) from None

    def told(self, project: Project) -> dict[str, Any]:
        """A project as the contract has it, with the folder of its clone."""
        return {
            "id": project.id,
            "name": project.name,
            "repo_url": project.repo_url,
            "subdir": project.subdir,
            "view": project.view,
            "path": project.path,
        }


class ProjectsHandler(ProjectViewHandler):
    """`GET` and `POST api/projects`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Every project."""
        known = await self.ask(self.studio.projects.known)
        self.answer(json.dumps({"projects": [self.told(project) for project in known]}))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Make one."""
        wanted: Wanted = self.body(Wanted)
        made = await self.ask(
            self.studio.projects.make,
            wanted.name,
            path=wanted.path,
            repo_url=wanted.repo_url,
            subdir=wanted.subdir,
        )
        self.set_status(201)
        self.answer(json.dumps(self.told(made)))


class ProjectHandler(ProjectViewHandler):
    """`GET`, `PATCH` and `DELETE api/projects/{id}`."""

    @web.authenticated
    @authorized
    async def get(self, project: str) -> None:
        """One project."""
        self.answer(json.dumps(self.told(await self.ask(self.studio.projects.one, project))))

    @web.authenticated
    @authorized
    async def patch(self, project: str) -> None:
        """Rename it, give it a folder, connect a clone, or save or discard its view."""
        to: dict[str, Any] = msgspec.to_builtins(self.body(To))
        changed = await self.ask(self.studio.projects.change, project, to)
        self.answer(json.dumps(self.told(changed)))

    @web.authenticated
    @authorized
    async def delete(self, project: str) -> None:
        """Take it away; its experiments stay."""
        await self.ask(self.studio.projects.one, project)
        await self.ask(self.studio.projects.delete, project)
        self.answer("{}")


class RestoreProjectHandler(ProjectViewHandler):
    """`POST api/projects/{id}/restore`."""

    @web.authenticated
    @authorized
    async def post(self, project: str) -> None:
        """Take a deletion back."""
        if not await self.ask(self.studio.projects.restore, project):
            raise web.HTTPError(404, "there is no such project")
        self.answer("{}")


class ReloadHandler(ProjectViewHandler):
    """`POST api/projects/{id}/reload`."""

    @web.authenticated
    @authorized
    async def post(self, project: str) -> None:
        """Fetch from the remotes of its clone: the only thing here that does."""
        said = await self.ask(self.studio.projects.reload, project, fetching=True)
        self.studio.look_at_refs()
        self.answer(json.dumps({"detail": said}))
