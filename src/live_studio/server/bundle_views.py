"""A project as one file through the viewers' door: written for who asks, and taken in from who sends one."""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import BinaryIO, TypeVar
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from .. import arrival, bundle
from ..errors import InvalidBundle, NotWritten, StoreError
from ..projects import Project
from .project_views import ProjectViewHandler
from .views import ViewHandler

KIND = "application/vnd.live-studio.project"
ENDS = ".live-studio"
BODY_MOST = 1 << 40
"""Bytes: the disk is the limit, and says so."""
PIECE = 1 << 20
NAMES_MOST = 200
"""Names of experiments that an answer holds; their number is said in any case."""
FULL = 507
Said = TypeVar("Said")
_movers = ThreadPoolExecutor(1, thread_name_prefix="live_studio-mover")
"""A large project takes its time, and several at once the disk."""


class ExportHandler(ProjectViewHandler):
    """`GET api/projects/{id}/export`."""

    @web.authenticated
    @authorized
    async def get(self, project: str) -> None:
        """The file, written first: half of one would look like a whole one."""
        one = await self.ask(self.studio.projects.one, project)
        with _room() as folder:
            path = Path(folder) / "the file"
            await _moved(self._write, one, path)
            self.set_header("Content-Type", KIND)
            self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{_called(one)}")
            self.set_header("Content-Length", str(path.stat().st_size))
            self.set_header("Cache-Control", "no-store")
            self.set_header("X-Content-Type-Options", "nosniff")
            with path.open("rb") as file:
                await self._send(file)

    def _write(self, one: Project, path: Path) -> None:
        try:
            bundle.write(self.studio.store, [one], path)
        except NotWritten as error:
            raise web.HTTPError(FULL, str(error)) from None

    async def _send(self, file: BinaryIO) -> None:
        try:
            while piece := await asyncio.to_thread(file.read, PIECE):
                self.write(piece)
                await self.flush()
        except StreamClosedError:
            return  # who asked has gone
        await self.finish()

    def compute_etag(self) -> None:
        """No tag: nobody keeps an answer."""


@web.stream_request_body
class ImportHandler(ViewHandler):
    """`POST api/import`: the body is the file."""

    _folder: TemporaryDirectory[str] | None = None
    _file: BinaryIO
    _arrived = False
    _problem: OSError | None = None

    async def prepare(self) -> None:  # type: ignore[override]  # as Jupyter's own handlers declare it
        """Look who it is before a byte of the body is taken."""
        await super().prepare()
        if self.request.method != "POST":
            return
        if not self.current_user:
            raise web.HTTPError(403)
        await self._let_in()
        self.request.connection.set_max_body_size(BODY_MOST)  # type: ignore[union-attr]
        self._folder = _room()
        # Errors name it.
        self._path = Path(self._folder.name) / "the file"
        try:
            self._file = self._path.open("wb")
        except OSError as error:
            raise _no_room(error) from None

    @authorized
    async def _let_in(self) -> None:
        """As every other write is."""

    def data_received(self, chunk: bytes) -> None:
        """Put it on the disk; where that is full the rest is let pass, so that the sender hears why."""
        if self._folder is None:
            return  # refused already, or another method's
        try:
            if self._problem is None:
                self._file.write(chunk)
        except OSError as error:
            self._problem = error

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Take it in; answers what came and what was here already."""
        self._arrived = True
        try:
            self._whole()
            found = await _moved(self._take)
        finally:
            self._clear()
        self.studio.look_at_refs()
        self.answer(
            json.dumps(
                {
                    "taken": len(found.taken),
                    "names": found.taken[:NAMES_MOST],
                    "there": found.there,
                    "in_trash": found.in_trash,
                    "projects": [{"id": one.id, "name": one.name} for one in found.projects],
                }
            )
        )

    def _whole(self) -> None:
        try:
            if self._problem is not None:
                raise self._problem
            self._file.close()
        except OSError as error:
            raise _no_room(error) from None

    def _take(self) -> arrival.Arrival:
        try:
            return arrival.take_in(self.studio, self._path)
        except InvalidBundle as error:
            raise web.HTTPError(400, str(error)) from None
        except StoreError as error:
            again = "Then import the file again: what came in stays, and nothing comes in twice."
            raise web.HTTPError(FULL, f"{error} {again}") from None

    def on_finish(self) -> None:
        """Leave nothing behind."""
        super().on_finish()
        self._clear()

    def on_connection_close(self) -> None:
        """Nor when the sender has gone. What has arrived is read to its end."""
        super().on_connection_close()
        if not self._arrived:
            self._clear()

    def _clear(self) -> None:
        if self._folder is not None:
            with suppress(OSError):  # what a full disk did not take
                self._file.close()
            self._folder.cleanup()
            self._folder = None


async def _moved(move: Callable[..., Said], *what: object) -> Said:
    return await asyncio.get_running_loop().run_in_executor(_movers, move, *what)


def _room() -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix="live_studio-")
    except OSError as error:
        raise _no_room(error) from None


def _called(one: Project) -> str:
    return quote(f"{one.name.replace('/', '-')}{ENDS}", safe="")


def _no_room(error: OSError) -> web.HTTPError:
    # A limit on the size of a file is a full disk to whoever meets it.
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        said = f"The disk of {gettempdir()}, where the file waits, is full. Free some space there."
    else:
        said = (
            f"{gettempdir()}, where the file waits, cannot be written ({error.strerror}). Start"
            " Jupyter with TMPDIR set to a folder on another disk."
        )
    return web.HTTPError(FULL, said)
