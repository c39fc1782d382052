"""`Changes`: what a dashboard needs to go from one sequence number to the next, as JSON text.

Rows are spliced: params, metrics and series stand as JSON text in the store and go into the answer
unparsed, because a table of a thousand rows is read far more often than it is looked into.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from .events import Json
from .excerpts import Cut, excerpt

FIRST, LAST = -62_135_596_800.0, 253_402_300_799.0
"""The calendar's ends: a commit can claim any time at all."""


def iso(time: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 UTC with milliseconds, within the years 1 to 9999."""
    if time is None:
        return None
    return (
        datetime.fromtimestamp(min(max(FIRST, time), LAST), UTC).isoformat(timespec="milliseconds")[
            :-6
        ]
        + "Z"
    )


def dumps(value: Json) -> str:
    """Compact JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the store takes nothing, or what happened to it, as a sentence; `since` in seconds."""

    kind: str
    text: str
    since: float

    @property
    def json(self) -> str:
        """The contract's JSON."""
        return dumps({"kind": self.kind, "text": self.text, "since": iso(self.since)})


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that changed in (since, seq]; a snapshot is the changes since 0.

    `experiments`, `projects` and `commits` hold JSON texts, one per row. `trouble` is how the store
    stands now, and there only while it does not stand well.
    """

    seq: int
    now: float
    more: bool = False
    experiments: Sequence[str] = ()
    deleted: Sequence[str] = ()
    projects: Sequence[str] = ()
    commits: Sequence[str] = ()
    trouble: Trouble | None = None

    @property
    def text(self) -> str:
        """The contract's JSON."""
        trouble = f',"trouble":{self.trouble.json}' if self.trouble else ""
        return (
            f'{{"seq":{self.seq},"now":"{iso(self.now)}","more":{"true" if self.more else "false"},'
            f'"experiments":[{",".join(self.experiments)}],"deleted":{dumps(list(self.deleted))},'
            f'"projects":[{",".join(self.projects)}],"commits":[{",".join(self.commits)}]{trouble}}}'
        )

    @property
    def value(self) -> dict[str, Json]:
        """The same, parsed."""
        parsed: dict[str, Json] = json.loads(self.text)
        return parsed

    @property
    def empty(self) -> bool:
        """Whether a dashboard would learn nothing."""
        return not (self.experiments or self.deleted or self.projects or self.commits)


@dataclass(slots=True)
class Row:
    """One experiment as it stands in the store: its newest generation.

    The fields named `..._text` are JSON.
    """

    id: int
    seq: int
    repo_url: str
    baseline_sha: str
    name: str
    generation: int
    status: str
    detail: str | None
    error_text: str
    client: str
    message: str | None
    subdir: str | None
    experiment_rev: str | None
    params_text: str
    metrics_text: str
    series_text: str
    images_text: str
    step: int | None
    started_at: float
    updated_at: float
    ended_at: float | None
    heard_at: float
    stale_at: float
    lost_at: float
    plots_text: str = "[]"
    artifacts_text: str = "[]"
    total_steps: int | None = None
    pushed_at: float | None = None
    ledger: dict[str, Json] = field(default_factory=dict)
    cut: Cut = field(default_factory=list)
    """Where its params and metrics are excerpts."""
    place: dict[str, str | None] = field(default_factory=dict)
    _written: tuple[str, str] | None = field(default=None, init=False)
    """What comes before its place, and what after it."""

    def excerpted(self) -> Row:
        """The same with nothing long in its params and metrics."""
        params, cut_params = excerpt("params", self.params_text)
        metrics, cut_metrics = excerpt("metrics", self.metrics_text)
        cut = [*cut_params, *cut_metrics]
        return replace(self, params_text=params, metrics_text=metrics, cut=cut) if cut else self

    @property
    def text(self) -> str:
        """The contract's JSON of this experiment."""
        return self.placed(dumps(self.place))

    def placed(self, place: str) -> str:
        """The same, with a place of which the JSON is at hand. All but that is written once."""
        if self._written is None:
            self._written = self._without_place()
        return f'{self._written[0]},"place":{place},{self._written[1]}'

    def _without_place(self) -> tuple[str, str]:
        plain = {
            "id": str(self.id),
            "repo_url": self.repo_url,
            "baseline_sha": self.baseline_sha,
            "name": self.name,
            "generation": self.generation,
            "status": self.status,
            "detail": self.detail,
            "client": self.client,
            "message": self.message,
            "subdir": self.subdir,
            "experiment_rev": self.experiment_rev,
            "step": self.step,
            "total_steps": self.total_steps,
            "started_at": iso(self.started_at),
            "updated_at": iso(self.updated_at),
            "ended_at": iso(self.ended_at),
            "heard_at": iso(self.heard_at),
            "stale_at": iso(self.stale_at),
            "lost_at": iso(self.lost_at),
            "pushed_at": iso(self.pushed_at),
            "ledger": self.ledger,
            "cut": self.cut,
        }
        rest = (
            f'"error":{self.error_text},"params":{self.params_text},"metrics":{self.metrics_text},'
            f'"series":{self.series_text},"images":{self.images_text},"plots":{self.plots_text},'
            f'"artifacts":{self.artifacts_text}}}'
        )
        return dumps(plain)[:-1], rest
