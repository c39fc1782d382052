"""What producers say: the facts that enter through `Studio.record`.

Nothing here knows how a fact travelled. `wire` makes events from request bodies, `records` makes
`Slice` events from journals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Json = Any
"""A value as `json.loads` gives it."""


@dataclass(frozen=True, slots=True)
class Key:
    """Who an experiment is."""

    repo_url: str
    baseline_sha: str
    name: str


class Point(NamedTuple):
    """One row of a series. `stamp` is the client's own clock in seconds, where it sent one.

    A tuple: a body may hold a million, and these are made in a fifth of a dataclass's time.
    """

    step: int
    value: float
    stamp: float | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A raster picture and the step it was sent with."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Start:
    """A producer opens an experiment: a new generation begins."""

    key: Key
    client: str
    params: Mapping[str, Json] = field(default_factory=dict)
    message: str | None = None
    subdir: str | None = None
    repaired: int = 0
    """How many things in it were changed so that they could be kept."""
    sender: str | None = None
    """The id of the token that it came with."""


@dataclass(frozen=True, slots=True)
class Data:
    """Numbers arrive. `params` and `metrics` replace what their file held before."""

    key: Key
    client: str
    step: int | None = None
    params: Mapping[str, Json] = field(default_factory=dict)
    metrics: Mapping[str, Json] = field(default_factory=dict)
    points: Mapping[str, Sequence[Point]] = field(default_factory=dict)
    images: Mapping[str, Image] = field(default_factory=dict)
    repaired: int = 0
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A producer says that an experiment ended, and how."""

    key: Key
    client: str
    status: str = "completed"
    detail: str | None = None
    metrics: Mapping[str, Json] = field(default_factory=dict)
    experiment_rev: str | None = None
    repaired: int = 0
    sender: str | None = None


@dataclass(slots=True)
class Facts:
    """What a slice of a journal says beyond its points: enough to renew an experiment's row."""

    header: Json = None
    params: dict[str, Json] = field(default_factory=dict)
    metrics: dict[str, Json] = field(default_factory=dict)
    """The newest value of each metric, by name."""
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of each series path: points in this slice, largest step."""
    step: int | None = None
    step_ended: int | None = None
    done: Json = None
    guess: Json = None
    """What probably happened, where nothing was logged after it."""
    logged: bool = False
    """Whether it says more than beats and guesses."""
    images: list[tuple[str, int, bytes]] = field(default_factory=list)
    """Path, step and file of each picture."""
    plots: list[tuple[str, int, Json, bytes]] = field(default_factory=list)
    """Path, step, properties and rows (JSON) of each plot."""
    artifacts: dict[str, Json] = field(default_factory=dict)
    """What is said of each artifact, by name."""
    total_steps: int | None = None
    """How many steps there will be; zero: nobody knows any more."""
    digests: list[str] = field(default_factory=list)
    """The files beside the journal that it names."""
    first_time: float | None = None
    last_time: float | None = None
    end: int = 0
    """Bytes of whole, verified records."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes `start` to `end` of one run's journal: whole, verified records, and what they say."""

    run: str
    start: int
    body: bytes
    facts: Facts
    owner: str | None = None
    """The id of the token that brought it; None where it lay on this machine."""

    @property
    def end(self) -> int:
        """Where the next slice of this run starts."""
        return self.start + len(self.body)


@dataclass(frozen=True, slots=True)
class Lost:
    """The process of a run is gone and its journal is read to the end."""

    run: str
    detail: str = "process died"
    torn: bool = False
    """Whether its last record was half written."""


@dataclass(frozen=True, slots=True)
class Connect:
    """A local clone of a repository, named by somebody on this machine (never by a client).

    Several clones of one repository are looked at together; a `chosen` one comes first.
    """

    repo_url: str
    path: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Refs:
    """The refs of a connected clone moved: the place of its experiments may have changed."""

    repo_url: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Removal:
    """Somebody at a dashboard deleted an experiment, or took that back."""

    experiment: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody at a dashboard says that a run has stopped, or takes that back."""

    experiment: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody at a dashboard wants a run to stop; its producer hears it when it carries its journal."""

    experiment: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Requests about an experiment were turned away, or parts of them, the last one with this status and sentence."""

    about: Key | str
    """An experiment, or the run id of one start of it."""
    count: int
    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class InRemote:
    """DVC said that an experiment's commit is in a remote now, or is not there any more."""

    key: Key
    there: bool
    experiment_rev: str | None = None
    elsewhere: bool = True
    """Whether a run that reported under another address may be meant: not by a token of one project."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A cell that logged to a stock client's generation has raised: probably that run failed."""

    generation: int
    status: str
    detail: str
    error: Json = None


@dataclass(frozen=True, slots=True)
class Resume:
    """A kernel begins its next cell: what this sender says from now on undoes such guesses."""

    sender: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The kernel that a sender's token was made for has gone."""

    sender: str
    detail: str = "process died"


@dataclass(frozen=True, slots=True)
class Made:
    """Somebody made a project: a named view of one repository, or of a folder in it."""

    id: str
    name: str
    repo_url: str
    subdir: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody changed a project. Only what is named here: `name`, `subdir`, `view`, `deleted`."""

    id: str
    to: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Pushed:
    """An experiment that Git holds under `refs/exps`: what its commit says of it.

    It is the same one as a row with this revision, or else with this key.
    """

    key: Key
    experiment_rev: str
    message: str
    time: float
    params: Mapping[str, Json] = field(default_factory=dict)
    metrics: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """One start of an experiment that was exported: a row's facts, and what belongs to it."""

    facts: Mapping[str, Json]
    points: Mapping[str, Any]
    """Of each series path its `series.Column`, in order of arrival."""
    pictures: Sequence[tuple[str, int | None, bytes]]
    plots: Sequence[tuple[str, int, Json, bytes]]


@dataclass(frozen=True, slots=True)
class Imported:
    """An experiment out of a file: its starts, the oldest first. What is here already is left alone."""

    key: Key
    starts: Sequence[Told]


Event = (
    Start
    | Data
    | Done
    | Slice
    | Lost
    | Connect
    | InRemote
    | Refs
    | Removal
    | Mark
    | Stop
    | Refused
    | Guess
    | Resume
    | Gone
    | Made
    | Changed
    | Pushed
    | Imported
)


class Standing(NamedTuple):
    """How a run stands where its journal is carried to."""

    end: int
    """How much of its journal is there, in bytes."""
    stop: bool = False
    """Whether somebody wants it to stop."""


def metric_name(path: str) -> str:
    """What a series is called: the part after the last `plots/metrics/`, without `.tsv`."""
    name = path.rpartition("plots/metrics/")[2] or path
    return name.removesuffix(".tsv")


def image_kind(body: bytes) -> str | None:
    """The kind of a raster picture by its first bytes; None for everything else, SVG included."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return None
