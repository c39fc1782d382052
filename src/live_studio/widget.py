"""The dashboard in a notebook: an AnyWidget that also leaves a type of our own in the output.

Where a server with the same store is beside us, the labextension draws that type over HTTP, which
lives through busy cells, reloads and dead kernels. Everywhere else the widget view is used, and
this module feeds it through the comm: coalesced, and unasked, because a busy kernel answers nobody.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import urllib.request
import uuid
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from . import config, delivery, snapshot, whereabouts
from .answers import answer
from .courier import shared
from .curves import Question
from .ending import on_end
from .errors import LiveStudioError
from .events import Connect, Json
from .feed import SHOWN, Feed, metric_names
from .git.here import here
from .sketch import Curve
from .studio import Studio

MIME = "application/vnd.live-studio.view+json"
STATIC = Path(__file__).parent / "static"
SNAPSHOT_BYTES = 60_000
"""Of the table in the widget's state: the rest is asked for."""
CONNECT_SECONDS = 5.0


def dashboard(plot: Sequence[str] | None = None) -> Dashboard:
    """The dashboard of the project that the current folder belongs to.

    Args:
        plot: Names of metrics: a small view of the newest run that logs them instead; an empty
            list shows its first ones.
    """
    studio = shared(whereabouts.store_path(), yielding=config.neighbour() is not None).studio
    place = here(Path.cwd())
    if place.root is not None:
        studio.record([Connect(place.repo_url, str(place.root))])
    folder = os.path.relpath(Path.cwd(), place.root) if place.root else ""
    # Where nothing was logged yet there is no project: the page finds it by the repository, once it is there.
    project = studio.project_of(place.repo_url, Path(folder).as_posix()) or place.repo_url
    # One object, however often a cell is run: widgets of old outputs are never let go of.
    key = (studio.id, project, None if plot is None else tuple(plot))
    known = _dashboards.get(key)
    if known is None or known.comm is None:
        known = _dashboards[key] = Dashboard(studio, project, plot)
    return known


_dashboards: dict[tuple[str, str, tuple[str, ...] | None], Dashboard] = {}
_reports_to: str | None = None
"""The store of the server that a browser has connected this process to."""


class Dashboard(anywidget.AnyWidget):
    """The experiment table and its live charts."""

    _esm = STATIC / "widget.js" if (STATIC / "widget.js").exists() else ""
    store_id = traitlets.Unicode().tag(sync=True)
    project = traitlets.Unicode().tag(sync=True)
    plot = traitlets.List(traitlets.Unicode(), None, allow_none=True).tag(sync=True)
    app = traitlets.Bytes().tag(sync=True)
    # Asked afresh whenever the state is requested, so a page that opens late starts from now.
    changes = traitlets.Any().tag(sync=True, to_json=lambda _, widget: widget.snapshot())

    _files: ClassVar[dict[str, bytes]] = {}

    def __init__(self, studio: Studio, project: str, plot: Sequence[str] | None = None) -> None:
        """Show `project` of `studio`, or a small view of its newest run."""
        self._studio = studio
        self._display_id: str | None = None
        self._feed: Feed | None = None
        names = None if plot is None else list(plot)
        super().__init__(store_id=studio.id, project=project, plot=names, app=self._built("app"))
        self.on_msg(self._on_message)
        on_end.append(_weak(self, "renew"))

    @property
    def beside_server(self) -> bool:
        """Whether a server on this machine serves the same store."""
        server = config.neighbour()
        return server is not None and server.store_id == self._studio.id

    def snapshot(self) -> Json:
        """The newest rows, as much of them as a widget's state should carry, without any path."""
        held = self._studio.changes(0, SNAPSHOT_BYTES).value
        held["experiments"] = [_without_paths(row) for row in held["experiments"]]
        return held

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        found = super()._repr_mimebundle_(**kwargs)
        data, metadata = found if isinstance(found, tuple) else (found, {})
        return self._bundle(dict(data or {})), metadata or {}

    def _ipython_display_(self, **_: Any) -> None:
        from IPython.display import display

        self._display_id = self._display_id or uuid.uuid4().hex
        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True, display_id=self._display_id)
        if not self.beside_server and self._feed is None:
            self._feed = Feed(self, self._studio).start()

    def renew(self) -> None:
        """Renew the picture that stays in the notebook."""
        if self._display_id is None:
            return
        from IPython.display import update_display

        data, metadata = self._repr_mimebundle_()
        update_display(data, metadata=metadata, raw=True, display_id=self._display_id)

    def _bundle(self, data: dict[str, Any]) -> dict[str, Any]:
        data["text/html"] = self._picture()
        data["text/plain"] = "Live Studio"
        # Far away the project has another id: the page finds it by its repository.
        far, here = (_reports_to, self._repo_url() or self.project), (self.store_id, self.project)
        store_id, project = here if self.beside_server else far
        if store_id is not None:
            data[MIME] = {"version": 1, "store_id": store_id, "project": project}
            if self.plot is not None:
                data[MIME]["plot"] = self.plot
        return data

    def _picture(self) -> str:
        repo = self._repo_url()
        rows = [row for row in self._studio.experiments() if repo in (None, row.repo_url)]
        metrics = (self.plot or metric_names(rows[:SHOWN]))[: snapshot.CHARTS_MOST]
        charts: dict[str, list[Curve]] = {}
        for metric in metrics:
            lines = self._studio.series(Question(metric, [row.id for row in rows[:SHOWN]], 100))
            charts[metric] = [
                (line.series.step.tolist(), line.series.value.tolist()) for line in lines
            ]
        return snapshot.html(rows, charts, self._studio.store.now())

    def _repo_url(self) -> str | None:
        found = self._studio.store.read(
            "SELECT repo_url FROM projects WHERE ? IN (id, repo_url)", (self.project,)
        )
        return str(found[0][0]) if found else None

    def _on_message(self, _: Any, said: Any, __: Any) -> None:
        if self._feed is None:
            self._feed = Feed(self, self._studio).start()
        match said:
            case {"type": "changes", "since": int(since)}:
                self._feed.again(since)
            case {"type": "series", "metric": str(metric), "experiments": list(asked)}:
                points = said.get("points")
                of = said.get("generation")
                question = Question(metric, [int(one) for one in asked], points, generation=of)
                self.send_series(question)
            case {"type": "groups", "metric": str(), "groups": list()}:
                groups: dict[str, Any] = {str(k): v for k, v in said.items() if k != "type"}
                self.send_groups(groups)
                self._feed.follow(groups)
            case {"type": "details" | "plot" | "image", "experiment": str(experiment)}:
                self._look_at(int(experiment), said)
            case {"type": "file", "name": str(name)}:
                self.send_file(name)
            case {"type": "connect" | "tell"}:
                self._do(said)

    def _do(self, said: dict[str, Any]) -> None:
        """What changes something, here or in a run."""
        match said:
            case {"type": "connect", "url": str(url), "token": str(token)}:
                problem = _connect(url, token)
                self.send({"type": "connected", "problem": problem})
                if problem is None:
                    # From now on the server draws this output, also after a reload in a busy cell.
                    self.renew()
            case {
                "type": "tell",
                "ask": int(ask),
                "what": str(what),
                "experiment": str(experiment),
            }:
                problem = self._told(what, int(experiment))
                self.send({"type": "told", "ask": ask, "problem": problem})

    def _told(self, what: str, experiment: int) -> str | None:
        """Tell a run something by the server's own verbs; what stands in the way, if anything does."""
        try:
            if what == "stop":
                self._studio.stop(experiment)
            elif what == "mark-stopped" and not self._studio.mark_stopped(experiment):
                return "It does not count as running."
            elif what == "unmark-stopped" and not self._studio.unmark_stopped(experiment):
                return "It was not marked as stopped."
        except (LiveStudioError, OSError, sqlite3.Error) as error:
            return str(error)
        return None

    def _look_at(self, experiment: int, said: dict[str, Any]) -> None:
        match said:
            case {"type": "details"}:
                self.send_details(experiment, said.get("generation"), whole=bool(said.get("whole")))
            case {"type": "plot", "digest": str(digest)}:
                self.send_plot(experiment, digest)
            case {"type": "image", "digest": str(digest)} if self._feed is not None:
                self._feed.show(experiment, digest)

    def send_details(self, experiment: int, generation: int | None, *, whole: bool) -> None:
        """Send what there is to say of one experiment."""
        found = self._studio.details(experiment, generation, whole=whole)
        asked = {"experiment": str(experiment), "generation": generation, "whole": whole}
        self.send({"type": "details", **asked, "details": json.loads(found or "null")})

    def send_plot(self, experiment: int, digest: str, most: int | None = None) -> None:
        """Send the body of a plot, as far as there is one and it is no longer than `most`."""
        body = self._studio.plot_rows(experiment, digest)
        if most is None or len(body or b"") <= most:
            asked = {"experiment": str(experiment), "digest": digest}
            self.send({"type": "plot", **asked, "body": json.loads(body or "null")})

    def send_series(self, question: Question) -> None:
        """Send one chart's lines, with the times of their points: a chart may change its axis."""
        question = replace(question, time=True)
        seq = self._studio.store.seq()
        said = answer(question, self._studio.series(question), seq)
        self.send({"type": "series", "answer": said})

    def send_groups(self, asked: dict[str, Any]) -> None:
        """Send the means and bands of one chart; what was asked goes along, to be known by."""
        groups = [[int(one) for one in group] for group in asked["groups"]]
        question = Question(
            asked["metric"], (), asked["points"], asked["x"], groups=groups, band=asked["band"]
        )
        if question.problem is None:
            seq = self._studio.store.seq()
            said = answer(question, [], seq, self._studio.groups(question))
            self.send({"type": "groups", "asked": asked, "answer": said})

    def send_plotly(self) -> None:
        """Send what draws charts."""
        if name := _manifest().get("plotly"):
            self.send_file(name)

    def send_file(self, name: str) -> None:
        """Send one built file, compressed."""
        from_manifest = {built: role for role, built in _manifest().items()}
        if name in from_manifest:
            self.send({"type": "file", "name": name}, buffers=[self._built(from_manifest[name])])
        else:
            self.send({"type": "error", "detail": f"{name} is not part of this live_studio"})

    @classmethod
    def _built(cls, role: str) -> bytes:
        if role not in cls._files:
            name = _manifest().get(role)
            cls._files[role] = gzip.compress((STATIC / name).read_bytes(), 9) if name else b""
        return cls._files[role]


def _connect(url: str, token: str) -> str | None:
    """Send this process's runs to a server from now on; what stands in the way, if anything does."""
    global _reports_to  # noqa: PLW0603  # one process, one place to report to
    try:
        # A browser's own address for a server may mean another machine here.
        asked = delivery.address(url) + "api/health"
        with urllib.request.urlopen(asked, timeout=CONNECT_SECONDS) as health:  # noqa: S310
            store_id = json.load(health)["store_id"]
        delivery.connect(url, token)
        _reports_to = str(store_id)
    except LiveStudioError as error:
        return str(error)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"This kernel does not reach {url}: {error}. Open this page by an address that it can reach."
    return None


def _without_paths(row: dict[str, Json]) -> dict[str, Json]:
    """A row as a saved notebook may hold it: no traceback, no folder of this machine."""
    files = {name: _short_keys(row[name]) for name in ("params", "metrics", "series")}
    images = [image | {"path": _short(image["path"])} for image in row["images"]]
    error = row["error"] and row["error"] | {"traceback": None, "text": ""}
    cut = [[kind, *map(_short, rest[:1]), *rest[1:]] for kind, *rest in row["cut"]]
    plots = [plot | {"path": _short(plot["path"])} for plot in row["plots"]]
    return row | files | {"images": images, "plots": plots, "error": error, "cut": cut}


def _short_keys(held: dict[str, Json]) -> dict[str, Json]:
    return {_short(key): value for key, value in held.items()}


def _short(key: str) -> str:
    """An absolute file key by its last parts; a series keeps what its metric's name is made of."""
    if not key.startswith("/") and ":" not in key[:3]:
        return key
    folder, found, name = key.partition("/plots/")
    return (
        f"{'/'.join(folder.split('/')[-1:])}/plots/{name}"
        if found
        else "/".join(key.split("/")[-2:])
    )


def _manifest() -> dict[str, str]:
    try:
        files: dict[str, str] = json.loads((STATIC / "manifest.json").read_text())
    except OSError:
        return {}
    return files


def _weak(owner: Any, method: str) -> Any:
    """A call of `owner.method` that does not keep the owner alive."""
    reference = weakref.ref(owner)

    def call() -> None:
        held = reference()
        if held is not None:
            getattr(held, method)()

    return call
