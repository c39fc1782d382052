"""The viewers' door: what a dashboard reads, and the few things it may do.

Every handler here passes Jupyter's own authentication; writes pass its XSRF check too.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from tornado import web

from .. import __version__
from ..answers import blocks, text
from ..bands import KINDS as BANDS
from ..curves import Question
from ..errors import NoSuchExperiment, NotListening, StoreError
from ..smoothing import KINDS
from ..studio import Studio
from .static import manifest

RESOURCE = "live_studio"
BINARY = "application/octet-stream"
IMMUTABLE = "private, max-age=31536000, immutable"
"""What is named by its digest never changes."""
POINTS_MOST = 100_000
_tellers = ThreadPoolExecutor(2, thread_name_prefix="live_studio-series")
"""Long series, however many are asked for, leave Jupyter's own threads to others."""


class ViewHandler(APIHandler):
    """What the viewers' handlers share: the Studio, JSON answers, and no claim to be activity."""

    auth_resource = RESOURCE

    def initialize(self, studio: Studio) -> None:
        """Take what the extension made."""
        self.studio = studio
        self._track_activity = False

    def answer(self, text: str | bytes) -> None:
        """Finish with JSON text."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(text)

    def finish(self, *chunk: Any, **how: Any) -> asyncio.Future[None]:
        """Finish as what the handler said it is: Jupyter would call all of it JSON."""
        kind = self._headers.get("Content-Type", "application/json")
        return super().finish(*chunk, **{"set_content_type": kind} | how)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """One line of JSON whatever went wrong."""
        error = kwargs.get("exc_info", (None, None))[1]
        detail = self._reason
        if isinstance(error, web.HTTPError) and error.log_message:
            # Tornado keeps it as a format.
            detail = error.log_message % error.args
        if status_code == 403 and detail.startswith("User is not authorized"):
            detail = "You may look here, and not change anything."
        if isinstance(error, StoreError):
            status_code, detail = 503, str(error)
            self.set_header("Retry-After", "5")
        if isinstance(error, MemoryError):
            status_code, detail = 503, "this server has too little memory for that now; try again"
            self.set_header("Retry-After", "5")
        self.set_status(status_code)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"detail": detail}))

    def log_exception(self, *raised: Any) -> None:
        """Log what is a fault of ours; a store in trouble has said so itself."""
        if not isinstance(raised[1], StoreError | MemoryError):
            super().log_exception(*raised)

    def whole(self, name: str, default: int = 0) -> int:
        """A query argument that is a whole number."""
        text = self.get_query_argument(name, str(default))
        if not re.fullmatch(r"\d{1,15}", text):
            raise web.HTTPError(400, f"`{name}` is not a whole number")
        return int(text)

    def number(self, name: str) -> float | None:
        """A query argument that is a number, if it is there."""
        text = self.get_query_argument(name, None)
        if text is None:
            return None
        try:
            return float(text)
        except ValueError:
            raise web.HTTPError(400, f"`{name}` is not a number") from None


class ChangesHandler(ViewHandler):
    """`GET api/changes?since=N`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Everything that changed after `since`."""
        changes = await asyncio.to_thread(self.studio.changes, self.whole("since"))
        self.answer(changes.text)

    def compute_etag(self) -> None:
        """No tag: nobody keeps an answer, and to read two megabytes for one takes its time."""


class SeriesHandler(ViewHandler):
    """`GET api/series`: one request per chart."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The metric's lines of the experiments asked for."""
        experiments = self.get_query_arguments("experiment")
        if not all(re.fullmatch(r"\d{1,15}", text) for text in experiments):
            raise web.HTTPError(400, "`experiment` is not an id")
        await self.lines(self.get_query_argument("metric"), [int(text) for text in experiments])

    async def lines(self, metric: str, experiments: Sequence[int]) -> None:
        """Answer with lines, as JSON or as blocks of float64."""
        asked = self.question(metric, experiments)
        binary = BINARY in self.request.headers.get("Accept", "")

        def told() -> bytes:
            # What is recorded meanwhile belongs to the next answer, or it would come twice.
            seq = self.studio.store.seq()
            question = self.studio.answerable(replace(asked, until=seq))
            lines, groups = self.studio.series(question), self.studio.groups(question)
            return (blocks if binary else text)(question, lines, seq, groups)

        said = await asyncio.get_running_loop().run_in_executor(_tellers, told)
        if binary:
            self.set_header("Content-Type", BINARY)
            self.finish(said)
        else:
            self.answer(said)

    def question(self, metric: str, experiments: Sequence[int]) -> Question:
        """What the query asks."""
        question = Question(
            metric=metric,
            experiments=experiments,
            points=min(self.whole("points"), POINTS_MOST) or None,
            x=self.get_query_argument("x", "step"),
            low=self.number("x0"),
            high=self.number("x1"),
            since=self.whole("since"),
            time=self.get_query_argument("time", "0") == "1",
            smooth=self.number("smooth") or 0.0,
            smoothing=self.get_query_argument("smoothing", KINDS[0]),
            log=self.get_query_argument("log", "0") == "1",
            generation=self.whole("generation") or None,
            groups=self.groups(),
            band=self.get_query_argument("band", BANDS[0]),
        )
        if problem := question.problem:
            raise web.HTTPError(400, problem)
        return question

    def groups(self) -> list[list[int]]:
        """Experiments to be drawn as one: the ids of each group, with commas between them."""
        groups = self.get_query_arguments("group")
        if not all(re.fullmatch(r"\d{1,15}(,\d{1,15})*", text) for text in groups):
            raise web.HTTPError(400, "`group` is not a list of ids")
        return [[int(one) for one in text.split(",")] for text in groups]


class OneSeriesHandler(SeriesHandler):
    """`GET api/experiments/{id}/series?path=P`."""

    @web.authenticated
    @authorized
    async def get(self, experiment: str) -> None:
        """One series of one experiment."""
        await self.lines(self.get_query_argument("path"), [int(experiment)])


class ImageHandler(ViewHandler):
    """`GET api/experiments/{id}/images/{digest}`."""

    @web.authenticated
    @authorized
    async def get(self, experiment: str, digest: str) -> None:
        """A picture that was sniffed as a raster when it came in."""
        found = await asyncio.to_thread(self.studio.image, int(experiment), digest)
        if not found:
            raise web.HTTPError(404, "no such picture")
        self.set_header("Content-Type", found[0])
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", IMMUTABLE)
        self.finish(found[1])


class PlotHandler(ViewHandler):
    """`GET api/experiments/{id}/plots/{digest}`."""

    @web.authenticated
    @authorized
    async def get(self, experiment: str, digest: str) -> None:
        """The rows of a plot, as they were logged."""
        found = await asyncio.to_thread(self.studio.plot_rows, int(experiment), digest)
        if found is None:
            raise web.HTTPError(404, "no such plot")
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", IMMUTABLE)
        self.finish(found)


class ExperimentHandler(ViewHandler):
    """`GET` and `DELETE api/experiments/{id}`."""

    @web.authenticated
    @authorized
    async def get(self, experiment: str) -> None:
        """One experiment and its generations; `generation` says which, `whole=1` cuts nothing."""
        found = await asyncio.to_thread(
            self.studio.details,
            int(experiment),
            self.whole("generation") or None,
            whole=self.get_query_argument("whole", "0") == "1",
        )
        if found is None:
            raise web.HTTPError(404, "no such experiment, or no such generation of it")
        self.answer(found)

    @web.authenticated
    @authorized
    async def delete(self, experiment: str) -> None:
        """Take the experiment out of every table."""
        if not await asyncio.to_thread(self.studio.delete, int(experiment)):
            raise web.HTTPError(404, "no such experiment")
        seq = await asyncio.to_thread(self.studio.store.seq)
        self.answer(f'{{"seq":{seq}}}')


class RestoreHandler(ViewHandler):
    """`POST api/experiments/{id}/restore`."""

    @web.authenticated
    @authorized
    async def post(self, experiment: str) -> None:
        """Take the deletion back."""
        if not await asyncio.to_thread(self.studio.restore, int(experiment)):
            raise web.HTTPError(404, "no such experiment")
        self.answer("{}")


class MarkStoppedHandler(ViewHandler):
    """`POST` and `DELETE api/experiments/{id}/mark-stopped`."""

    @web.authenticated
    @authorized
    async def post(self, experiment: str) -> None:
        """Say that a run has stopped."""
        if not await asyncio.to_thread(self.studio.mark_stopped, int(experiment)):
            raise web.HTTPError(409, "this experiment does not count as running")
        self.answer("{}")

    @web.authenticated
    @authorized
    async def delete(self, experiment: str) -> None:
        """Take that back."""
        if not await asyncio.to_thread(self.studio.unmark_stopped, int(experiment)):
            raise web.HTTPError(409, "this experiment was not marked as stopped")
        self.answer("{}")


class StopHandler(ViewHandler):
    """`POST api/experiments/{id}/stop`."""

    @web.authenticated
    @authorized
    async def post(self, experiment: str) -> None:
        """Ask the producer of a run to stop."""
        try:
            await asyncio.to_thread(self.studio.stop, int(experiment))
        except NoSuchExperiment as error:
            raise web.HTTPError(404, str(error)) from None
        except NotListening as error:
            raise web.HTTPError(409, str(error)) from None
        self.answer("{}")


class HealthHandler(ViewHandler):
    """`GET api/health`: which live_studio and which store answer here."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Nothing but the version and the store's id."""
        store_id = await asyncio.to_thread(lambda: self.studio.id)
        self.answer(json.dumps({"version": __version__, "store_id": store_id}))


class PageHandler(JupyterHandler):
    """`GET live-studio/`: the dashboard on a page of its own; whoever is not logged in is led to the login."""

    auth_resource = RESOURCE

    def initialize(self, studio: Studio) -> None:  # noqa: ARG002  # as its neighbours in the table
        """To look is not to be at work."""
        self._track_activity = False

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The page; it loads one script of ours and nothing from anywhere else."""
        script = manifest().get("page")
        if not script:
            raise web.HTTPError(503, "the dashboard's files are not built; run `make dev`")
        project = re.sub(r"[^0-9a-f]", "", self.get_query_argument("project", ""))
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Security-Policy", POLICY)
        # Asking for it sets the cookie that a page has to send back with whatever it changes.
        _ = self.xsrf_token
        # Relative: a proxy may have taken away a prefix that this server never hears of.
        below = "" if self.request.path.endswith("/") else "live-studio/"
        self.finish(PAGE.format(project=project, below=below, script=script))


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data: blob:;"
    " connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Live Studio</title>
</head>
<body class="ls-page-body">
<div id="live-studio" data-project="{project}"></div>
<script type="module" src="{below}static/{script}"></script>
</body>
</html>
"""
