"""The server extension: makes the Studio, tells the kernels where it is, opens the doors."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server._tz import utcnow
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from tornado.ioloop import PeriodicCallback
from tornado.routing import PathMatches, Rule
from tornado.web import Application
from traitlets import Float, Integer, Unicode

from .. import whereabouts
from ..courier import Courier
from ..errors import StoreError
from ..keeper import Keeper
from ..studio import Studio
from . import astray, auth, device, ingest, journals, routes, stream
from .announcement import Announcement
from .apart import Apart
from .express import Express
from .limits import Limits
from .logins import LIFETIME, Logins
from .producers import Door

RENEW_EVERY = timedelta(hours=6)
"""How often the tokens of this server's kernels are given two more days."""
ACTIVITY_EVERY = 0.2
"""Seconds: what culls servers looks once a minute or so."""


class LiveStudioApp(ExtensionApp):
    """Live experiment tracking for this Jupyter server."""

    name = "live_studio"
    app_name = "Live Studio"
    description = "Live experiment tracking inside Jupyter."
    subcommand_description = "Started as `jupyter live-studio COMMAND`; each knows `--help`."
    subcommands = {  # noqa: RUF012  # for `--help`; `live_studio.cli` runs them
        "token": ("live_studio.cli.main", "Make, list, regenerate or revoke ingestion tokens."),
        "doctor": ("live_studio.cli.main", "Say what is where, what came in, and what to do."),
        "sync": ("live_studio.cli.main", "Store what journals were left behind."),
        "export": ("live_studio.cli.main", "Write a project into one file."),
        "import": ("live_studio.cli.main", "Take in a project that was exported."),
        "prune": (
            "live_studio.cli.main",
            "Say what takes room, and move old experiments into the trash.",
        ),
    }
    extension_url = "/live-studio/"
    load_other_extensions = True
    file_url_prefix = "/live-studio"

    studio: Studio | None = None
    _noted_at = 0.0
    store_path = Unicode(
        "",
        config=True,
        help="The store's file. Default: $LIVE_STUDIO_STORE, else in Jupyter's data directory.",
    )
    body_bytes = Integer(
        Limits.body_bytes,
        config=True,
        help="Largest body of a request that is taken, inflated. DVCLive sends 29,000,000 at most.",
    )
    body_seconds = Float(
        Limits.body_seconds, config=True, help="How long a request's body may take to arrive."
    )
    waiting_bytes = Integer(
        Limits.waiting_bytes,
        config=True,
        help="How much memory the bodies of all requests may take together; beyond it, 503.",
    )
    requests_per_second = Float(
        Limits.requests_per_second,
        config=True,
        help="How often one token may be used, over ten seconds; beyond it, 429.",
    )
    refusals_per_second = Float(
        Limits.refusals_per_second,
        config=True,
        help="How many wrong requests an address may send, over ten seconds; beyond it, 429.",
    )
    login_seconds = Float(
        LIFETIME, config=True, help="How long a `dvc studio login` waits to be approved."
    )
    aliases = {"store": "LiveStudioApp.store_path"}  # noqa: RUF012  # as traitlets declares it

    def initialize_settings(self) -> None:
        """Open the store and begin to drain what kernels and scripts left or are writing."""
        os.environ.setdefault("JUPYTER_DATA_DIR", jupyter_data_dir())
        path = (
            Path(os.path.expanduser(self.store_path))
            if self.store_path
            else whereabouts.store_path()
        )
        # A broken store must not take the notebooks with it, nor this extension for ever.
        self.studio = Studio(path, patient=True)
        if not self.studio.store.openings and (trouble := self.studio.store.trouble):
            self.log.error("live_studio: %s It is tried again. The store is %s", trouble.text, path)
        self.scribe = ingest.Scribe(self.studio)
        self.apart = Apart()
        self.courier = Courier(self.studio).start()
        self.keeper = Keeper(self.studio.store).start()
        self.doorkeeper = auth.Doorkeeper(self.studio.tokens, self._jupyters_token())
        self.pump = stream.Pump(self.studio)
        self._announcement = Announcement(self.studio, self._own_url)
        self._renewal = PeriodicCallback(self._renew, RENEW_EVERY.total_seconds() * 1000)
        self._renewal.start()

    def initialize_handlers(self) -> None:
        """Give every route's handler what it works with."""
        if self.studio is None:
            return
        producers = Door(self.doorkeeper, self.scribe, self._accepted, self._limits())
        ingestion = {
            "door": producers,
            "scribe": self.scribe,
            "intake": journals.Intake(self.studio),
            "apart": self.apart,
        }
        logins = Logins(lifetime=self.login_seconds)
        kits: dict[routes.Kit, dict[str, Any]] = {
            "ingest": ingestion,
            "webhook": {"door": producers, "scribe": self.scribe, "studio": self.studio},
            "login": {
                "door": device.DeviceDoor(producers),
                "logins": logins,
                "tokens": self.studio.tokens,
            },
            "device": {"logins": logins},
            "stream": {"pump": self.pump},
            "view": {"studio": self.studio},
            "nothing": {},
        }
        self.handlers.extend(
            (pattern, handler, kits[kit]) for pattern, handler, kit in routes.ROUTES
        )
        if self.serverapp is not None:
            # Before all others: outside the base URL and below Jupyter's pages nothing is an extension's.
            app = self.serverapp.web_app
            rule = Rule(
                astray.Astray(app.settings["base_url"]), astray.AstrayHandler, {"door": producers}
            )
            app.default_router.rules.insert(0, rule)
            self._open_express(app, producers, ingestion)

    def _open_express(self, application: Application, door: Door, kit: dict[str, Any]) -> None:
        """Let small posts go before all else that the server routes: it has a hundred addresses."""
        express = Express(application, door, self.scribe, kit)
        for pattern, _, given in routes.ROUTES:
            if given == "ingest":
                matches = PathMatches(url_path_join(application.settings["base_url"], pattern))
                application.default_router.rules.insert(0, Rule(matches, express))

    async def stop_extension(self) -> None:
        """Take the announcement away and store what waits."""
        if self.studio is None:
            return
        self._announcement.withdraw()
        self._renewal.stop()
        self.pump.stop()
        self.doorkeeper.stop()
        self.scribe.stop()
        self.apart.stop()
        self.keeper.stop()
        self.courier.stop()
        self.studio.close()

    async def _renew(self) -> None:
        """Let the kernels' tokens live on; a store in trouble has two days to get well."""
        if self.studio is not None:
            with suppress(StoreError):
                await asyncio.to_thread(self.studio.tokens.renew_local)

    def _limits(self) -> Limits:
        return Limits(
            self.body_bytes,
            self.body_seconds,
            self.waiting_bytes,
            self.requests_per_second,
            self.refusals_per_second,
        )

    def _jupyters_token(self) -> str:
        provider = self.serverapp.identity_provider if self.serverapp is not None else None
        return str(getattr(provider, "token", "") or "")

    def _own_url(self) -> str:
        return str(self.serverapp.connection_url) if self.serverapp is not None else ""

    def _accepted(self) -> None:
        """Data came in: a server at work must not be culled as idle."""
        now = time.monotonic()
        if self.serverapp is not None and now - self._noted_at > ACTIVITY_EVERY:
            self._noted_at = now
            self.serverapp.web_app.settings["api_last_activity"] = utcnow()


__all__ = ["LiveStudioApp"]
