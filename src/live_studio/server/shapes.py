"""What each kind of record may say: its fields, and how long and how large they may be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from .. import columns, records, wire
from ..store.points import BESIDE_JOURNAL

TEXT_MOST = 100_000
"""Longest text logged as a value, and traceback."""

File = Annotated[str, msgspec.Meta(min_length=1, max_length=wire.TEXT)]
Line = Annotated[str, msgspec.Meta(max_length=wire.TEXT)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_MOST)]
Sha = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-fA-F]{40}([0-9a-fA-F]{24})?\Z")]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
SeriesId = Annotated[int, msgspec.Meta(ge=0, lt=BESIDE_JOURNAL)]


class Header(msgspec.Struct):
    """What the first record may say. Nothing else of it is kept: no path of the client's, above all."""

    version: Literal[1]
    run: str
    repo_url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    baseline_sha: Sha
    name: wire.Short
    client: wire.Short
    time: float
    params_file: File
    metrics_file: File
    message: Line | None = None
    subdir: Line | None = None
    resume: bool = False


class Name(msgspec.Struct):
    """A series."""

    id: SeriesId
    path: File
    name: wire.Short | msgspec.UnsetType = msgspec.UNSET


class Layout(msgspec.Struct):
    """The shape of a row."""

    id: Annotated[int, msgspec.Meta(ge=0, lt=1 << 16)]
    series: Annotated[list[int], msgspec.Meta(min_length=1, max_length=records.LARGEST // 8)]
    codes: Annotated[str, msgspec.Meta(pattern=r"^[dq]+\Z")]


class Value(msgspec.Struct):
    """A value that has no place in a record's columns."""

    name: wire.Short
    value: float | int | bool | Text
    step: int
    time: float
    id: int | msgspec.UnsetType = msgspec.UNSET


class Error(msgspec.Struct):
    """What a run failed with."""

    type: Line
    text: Text
    cell: int | None = None
    traceback: Text | None = None


class Guess(msgspec.Struct):
    """How a run probably ended."""

    status: Literal["completed", "failed", "stopped"]
    time: float
    detail: Line | None = None
    error: Error | None = None


class Done(Guess, kw_only=True):
    """How it ended."""

    step: int | None
    experiment_rev: Sha | None = None


class Image(msgspec.Struct):
    """A picture, whose file comes beside the records."""

    path: File
    step: int
    time: float
    digest: Digest


class Props(msgspec.Struct):
    """How a plot is drawn, in DVC's words."""

    x: Line | None = None
    y: Line | Annotated[list[Line], msgspec.Meta(max_length=100)] | None = None
    template: Line | None = None
    title: Line | None = None
    x_label: Line | None = None
    y_label: Line | None = None
    kind: Line | None = None


class Plot(Image):
    """A plot, whose rows come beside the records."""

    props: Props


class Artifact(msgspec.Struct):
    """A file or folder that the run speaks of."""

    name: wire.Short
    path: File
    time: float
    type: Line | None = None
    desc: Line | None = None
    labels: Annotated[list[Line], msgspec.Meta(max_length=100)] | None = None
    meta: dict[str, Any] | None = None
    size: int | None = None
    sha256: Digest | None = None


class Total(msgspec.Struct):
    """How many steps there will be."""

    steps: Annotated[int, msgspec.Meta(ge=0, le=columns.STEP_MOST)]
    time: float


class Large(msgspec.Struct):
    """A record that lies in a file."""

    kind: int
    digest: Digest


SHAPES: dict[int, Any] = {
    records.HEADER: Header,
    records.NAME: Name,
    records.LAYOUT: Layout,
    records.VALUE: Value,
    records.PARAMS: dict[str, Any],
    records.DONE: Done,
    records.GUESS: Guess,
    records.IMAGE: Image,
    records.LARGE: Large,
    records.PLOT: Plot,
    records.ARTIFACT: Artifact,
    records.TOTAL: Total,
}
