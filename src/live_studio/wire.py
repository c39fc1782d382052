"""Bodies of `POST api/live` into events: what DVCLive and DVC send, and the optional keys of others.

Only this module knows the clients' JSON. A body that is something else is refused with one
sentence that names the field.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from typing import Annotated, Any

import msgspec

from .addresses import has_credentials, normal_repo_url
from .errors import InvalidEvent
from .events import Data, Done, Image, Key, Point, Start, image_kind, metric_name
from .rasters import PIXELS_MOST, pixels
from .rows import Rows

TEXT = 500
"""Longest name, message, path of a file and the like."""
STEP_MOST = 1 << 53
STAMP_MOST = 8.64e12
"""Seconds from the epoch to the last moment that a browser's clock knows."""
DEPTH_MOST = 64
"""Deepest nesting of a params or metrics file: every reader of the store can follow it."""
OBJECTS_MOST = 1_500_000
"""Points, files and lists of a body. DVCLive's largest has 1,200,000; each takes ten times its text."""
OBJECT_BYTES = 600
"""Memory that a point takes while it is decoded: what JSON says, and the point made of it."""
ROWS_MANY = 1_000
"""From here on points are kept as columns until somebody stores them."""
FILE_MOST = 4_000_000
"""Characters of a params or metrics file, about."""

_IDENTITY = tuple(
    f'"{name}"'.encode() for name in ("type", "repo_url", "baseline_sha", "name", "client")
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SCRIPT = re.compile(r"\s*(javascript|vbscript)\s*:", re.IGNORECASE)
_OUTSIDE = re.compile(r"(^|/)\.\.(/|$)|^[/~]|\\|^[A-Za-z]:")

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT)]
Sha = Annotated[str, msgspec.Meta(min_length=40, max_length=40, pattern="^[0-9a-fA-F]{40}$")]
Step = Annotated[int, msgspec.Meta(ge=-STEP_MOST, le=STEP_MOST)]
File = Annotated[str, msgspec.Meta(max_length=TEXT)]
Files = dict[File, Any]


class _Error(msgspec.Struct):
    cls: str
    text: str


class _Body(msgspec.Struct, tag_field="type"):
    repo_url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    baseline_sha: Sha
    name: Short
    client: Short
    errors: list[_Error] = []
    machine: dict[str, Any] = {}
    env: dict[str, Any] = {}


class _Start(_Body, tag="start"):
    params: Files = {}
    message: Annotated[str, msgspec.Meta(max_length=TEXT)] | None = None
    subdir: Annotated[str, msgspec.Meta(max_length=TEXT)] | None = None
    step: None = None


class _Plot(msgspec.Struct):
    data: list[dict[str, float | str | None]] | None = None
    image: str | None = None
    props: dict[str, Any] = {}
    error: _Error | None = None


class _Data(_Body, tag="data", kw_only=True):
    step: Step
    params: Files = {}
    metrics: Files = {}
    plots: dict[File, _Plot] = {}


class _Done(_Body, tag="done"):
    metrics: Files = {}
    experiment_rev: Sha | None = None


class _Who(msgspec.Struct):
    repo_url: str
    baseline_sha: Sha
    name: Short


Body = _Start | _Data | _Done
_decoder: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)
_whose = msgspec.json.Decoder(_Who)


def weight(body: bytes | bytearray) -> int:
    """About how many bytes of memory `parse` takes for a body, whatever it says."""
    return 2 * len(body) + OBJECT_BYTES * _objects(body)


def _objects(body: bytes | bytearray) -> int:
    return body.count(b"{") + body.count(b"[")


def parse(body: bytes | bytearray, sender: str | None = None) -> Start | Data | Done:
    """The event that a request body says; `sender` is the id of the token that it came with.

    Raises:
        InvalidEvent: the body is not one; the text names the field.
    """
    objects = _objects(body)
    if objects > OBJECTS_MOST:
        raise InvalidEvent(f"the body holds too much: at most {OBJECTS_MOST:,} points and the like")
    try:
        said = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEvent(sentence(error)) from None
    _once(body)
    if objects > DEPTH_MOST or len(body) > FILE_MOST // 2:
        # Nothing in another body can be nested too deeply, or be too large.
        _measure(said)
    key = _key(said)
    repaired = int(has_credentials(said.repo_url))
    match said:
        case _Start():
            params, subdir = _files("params", said.params), _subdir(said.subdir)
            return Start(key, said.client, params, said.message, subdir, repaired, sender)
        case _Data():
            return _data(key, said, repaired, sender)
        case _Done():
            return replace(_done(key, said, repaired), sender=sender)


def key_of(body: bytes | bytearray) -> Key | None:
    """Which experiment a body is about that `parse` has refused, as far as it says so."""
    try:
        return _key(_whose.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidEvent):
        return None


def _key(said: _Body | _Who) -> Key:
    return Key(repo_url(said.repo_url), said.baseline_sha.lower(), _plain("name", said.name))


def _once(body: bytes | bytearray) -> None:
    """Whoever reads a name twice must not choose which of them it is: proxies may choose another."""
    if all(body.count(name) < 2 for name in _IDENTITY):
        return
    try:
        names = [name for name, _ in json.loads(body, object_pairs_hook=list)]
    except (ValueError, RecursionError):
        raise InvalidEvent("the body is not JSON that every reader takes") from None
    for name in names:
        if names.count(name) > 1:
            raise InvalidEvent(f"duplicate key {_shown(name)} in the body")


@lru_cache(maxsize=256)
def repo_url(raw: str) -> str:
    """A client's address of a repository as its one spelling, without credentials.

    Raises:
        InvalidEvent: it is none.
    """
    url = normal_repo_url(raw)
    if not url.isprintable() or not url or url.startswith("-") or _SCRIPT.match(raw):
        raise InvalidEvent("`repo_url` is not the address of a repository")
    return url


def _plain(what: str, text: str) -> str:
    """A text that stands in one line wherever it is shown, also in a log."""
    if _CONTROL.search(text) or not text.strip():
        raise InvalidEvent(f"`{what}` is blank or holds a control character: {_shown(text)}")
    return text


def _subdir(subdir: str | None) -> str | None:
    """A folder inside the repository; nobody opens it, but a project is found by it."""
    if subdir and (_CONTROL.search(subdir) or _OUTSIDE.search(subdir)):
        raise InvalidEvent(f"`subdir` {_shown(subdir)} is no path inside the repository")
    return subdir


def _data(key: Key, said: _Data, repaired: int, sender: str | None) -> Data:
    points: dict[str, Sequence[Point]] = {}
    images: dict[str, Image] = {}
    for path, plot in said.plots.items():
        _plain("plots", path)
        if plot.image is not None and plot.data is not None:
            raise InvalidEvent(f"plot {_shown(path)} has both `data` and `image`")
        if plot.image is not None:
            # DVCLive reads a file while the training loop writes it anew: empty is not refused.
            if plot.image:
                images[path] = _image(path, plot.image)
        elif plot.data is not None:
            points[path], mended = _points(path, plot.data)
            repaired += mended
    params = _files("params", said.params)
    metrics = _summaries(said.metrics)
    return Data(key, said.client, said.step, params, metrics, points, images, repaired, sender)


def _done(key: Key, said: _Done, repaired: int) -> Done:
    metrics = _summaries(said.metrics)
    if said.client == "dvc" and said.experiment_rev is None:
        # The only hint on the wire: DVC leaves the revision out when its stage failed.
        return Done(key, said.client, "failed", "the DVC stage failed", metrics, None, repaired)
    return Done(key, said.client, "completed", None, metrics, said.experiment_rev, repaired)


def _summaries(metrics: Files) -> Files:
    """The files' own content: DVC wraps it into `data`."""
    files = _files("metrics", metrics)
    wrapped = {file: held["data"] for file, held in files.items() if "data" in held}
    return {**files, **_files("metrics", wrapped)} if wrapped else files


def _files(what: str, files: Files) -> Files:
    for file, held in files.items():
        _plain(what, file)
        if not isinstance(held, dict):
            raise InvalidEvent(f"{what} file {_shown(file)} holds no object")
    return files


def _measure(said: Body) -> None:
    """Refuse files that are too much for whoever reads rows."""
    kinds = {
        "params": {} if isinstance(said, _Done) else said.params,
        "metrics": {} if isinstance(said, _Start) else said.metrics,
    }
    for what, files in kinds.items():
        for file, held in files.items():
            if _size(what, file, held) > FILE_MOST:
                most = f"{FILE_MOST:,}"
                text = f"{what} file {_shown(file)} is too large: {most} characters at most"
                raise InvalidEvent(text)


def _size(what: str, file: str, held: Any) -> int:
    """About how many characters a file has: it stands in its row, which every page reads."""
    size = 0
    level: list[Any] = [held]
    for _ in range(DEPTH_MOST + 1):
        if not level:
            return size
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                size += sum(map(len, value)) + 4 * len(value)
                inner += value.values()
            elif isinstance(value, list):
                size += 4 * len(value)
                inner += value
            elif isinstance(value, str):
                size += len(value)
        level = [value for value in inner if isinstance(value, dict | list | str)]
    if any(isinstance(value, dict | list) for value in level):
        raise InvalidEvent(f"{what} file {_shown(file)} is nested too deeply")
    return size


def is_deeper(value: Any, most: int) -> bool:
    """Whether lists and objects lie in each other more than `most` deep."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return most == 0 or any(is_deeper(item, most - 1) for item in inner)


def _points(path: str, rows: list[dict[str, float | str | None]]) -> tuple[Sequence[Point], int]:
    """The points, and how many of them had no number for a value.

    By columns: a million rows may come at once, and their client waits five seconds.
    """
    steps = _steps(path, rows)
    raw = _raw(path, rows)
    plain = set(map(type, raw)) <= {float}
    values: list[Any] = raw if plain else [_value(path, one) for one in raw]
    stamps = (
        [_stamp(path, row) for row in rows] if any("timestamp" in row for row in rows) else None
    )
    mended = sum(type(one) is not float for one in raw)
    if len(rows) > ROWS_MANY:
        return Rows(steps, values, stamps), mended
    every = zip(steps, values, stamps or repeat(None))  # noqa: B905  # nobody knows the length of `repeat`
    return list(map(Point._make, every)), mended


def _steps(path: str, rows: list[dict[str, float | str | None]]) -> list[int]:
    steps = [row.get("step") for row in rows]
    if set(map(type, steps)) <= {float}:
        whole = list(map(int, steps))  # type: ignore[arg-type]  # numbers, as was just seen
        if whole == steps and max(map(abs, whole), default=0) <= STEP_MOST:
            return whole
    raise InvalidEvent(f"a point of {_shown(path)} has no whole `step`")


def _raw(path: str, rows: list[dict[str, float | str | None]]) -> list[float | str | None]:
    """The values as they were written: of the metric's own column, or of the only one there is."""
    column = metric_name(path).rpartition("/")[2]
    if all(column in row for row in rows):
        return [row[column] for row in rows]
    return [row[_column(path, column, row)] for row in rows]


def _column(path: str, column: str, row: dict[str, float | str | None]) -> str:
    if column in row:
        return column
    others = [name for name in row if name not in ("step", "timestamp")]
    if len(others) != 1:
        raise InvalidEvent(f"a point of {_shown(path)} has no column {_shown(column)}")
    return others[0]


def _value(path: str, value: float | str | None) -> float:
    try:
        return math.nan if value is None else float(value)
    except ValueError:
        raise InvalidEvent(f"{_shown(path)} got {_shown(str(value))}, which is no number") from None


def _stamp(path: str, row: dict[str, float | str | None]) -> float | None:
    stamp = row.get("timestamp")
    if stamp is None:
        return None
    try:
        seconds = float(stamp) / 1000
    except ValueError:
        seconds = math.nan
    if not abs(seconds) <= STAMP_MOST:
        raise InvalidEvent(f"a `timestamp` of {_shown(path)} is no number of milliseconds")
    return seconds


def _image(path: str, text: str) -> Image:
    try:
        body = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidEvent(f"image {_shown(path)} is not base64") from None
    if image_kind(body) is None:
        raise InvalidEvent(f"image {_shown(path)} is no PNG, JPEG, GIF or WebP")
    if (pixels(body) or 0) > PIXELS_MOST:
        most = f"{PIXELS_MOST:,}"
        raise InvalidEvent(f"image {_shown(path)} is too large: at most {most} pixels are taken")
    return Image(body)


def _shown(text: str) -> str:
    """A client's text as it may stand in an answer or a log: short, and without control characters."""
    shown = ascii(text[:80])
    return shown if len(text) <= 80 and len(shown) <= 160 else f"{shown[:76]}...'"


def sentence(error: Exception) -> str:
    """Why a body could not be decoded, for the person who sent it."""
    if isinstance(error, UnicodeDecodeError):
        return "the body is not UTF-8"
    if isinstance(error, RecursionError):
        return "the body is nested too deeply"
    text = str(error)
    if text.startswith("Invalid value"):
        # Here alone msgspec repeats what the client wrote, whatever that was.
        return "`$.type` is none of start, data and done"
    if not isinstance(error, msgspec.ValidationError):
        return f"the body is not JSON: {text.rpartition(': ')[2].lower()}"
    return text[0].lower() + text[1:].replace("float | str | null", "number")
