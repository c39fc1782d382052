"""What this server tells the kernels and terminals it starts: where it is, in a private file."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.utils import url_path_join
from tornado.ioloop import IOLoop, PeriodicCallback

from .. import config, records
from ..errors import StoreError
from ..studio import Studio

LOOK_SECONDS = 1.0


class Announcement:
    """The file, as long as the server runs; written again when the store behind it is another."""

    def __init__(self, studio: Studio, url: Callable[[], str]) -> None:
        """Announce `studio`, once there is a store to announce; `url` is known when we listen."""
        self._studio = studio
        self._url = url
        self._openings = 0
        self._token = self._store_id = ""
        folder = Path(jupyter_runtime_dir())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = folder / f"live_studio-{os.getpid()}.json"
        os.environ[config.STORE] = str(studio.store.path)
        os.environ[config.SERVER_FILE] = str(self._file)
        self._learn()
        self._write()
        # The address is known only when the server listens.
        IOLoop.current().add_callback(self._write)
        self._looking = PeriodicCallback(self._look, LOOK_SECONDS * 1000)
        self._looking.start()

    def withdraw(self) -> None:
        """Take the file away, and let its token open nothing any more."""
        self._looking.stop()
        self._file.unlink(missing_ok=True)
        with suppress(StoreError):
            self._studio.tokens.revoke_secret(self._token)

    async def _look(self) -> None:
        if self._openings != self._studio.store.openings:
            before = self._store_id, self._token
            await asyncio.to_thread(self._learn)
            if (self._store_id, self._token) != before:
                self._write()

    def _learn(self) -> None:
        """Ask the store who it is; kernels keep the token they were given, where it is still good."""
        with suppress(StoreError):
            openings = self._studio.store.openings
            if not openings:
                return
            if not self._token or not self._studio.tokens.is_good(self._token):
                self._token = self._studio.tokens.issue_local().secret
            self._store_id = self._studio.id
            self._openings = openings

    def _write(self) -> None:
        if not self._store_id:
            return
        said = {
            "url": url_path_join(self._url(), "live-studio/"),
            "store_id": self._store_id,
            "journal_version": records.VERSION,
            "token": self._token,
        }
        beside = self._file.with_suffix(".new")
        beside.unlink(missing_ok=True)
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w") as out:
            out.write(json.dumps(said))
        beside.replace(self._file)
