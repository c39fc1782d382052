"""Bodies of `POST api/live` into events: what DVCLive and DVC send, and the optional keys of others.

Only this module knows the clients' JSON. A body that is something else is refused with one
sentence that names the field.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from .addresses import has_credentials, normal_repo_url
from .columns import STEP_MOST, points
from .errors import InvalidEvent, shown
from .events import Data, Done, Image, Key, Point, Start, image_kind
from .extent import DEPTH_MOST, FILE_MOST, size
from .rasters import PIXELS_MOST, pixels

TEXT = 500
"""Longest name, message, path of a file and the like."""
OBJECTS_MOST = 1_500_000
"""Points, files and lists of a body. DVCLive's largest has 1,200,000; each takes ten times its text."""
OBJECT_BYTES = 600
"""Memory that a point takes while it is decoded: what JSON says, and the point made of it."""
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
            raise InvalidEvent(f"duplicate key {shown(name)} in the body")


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
        raise InvalidEvent(f"`{what}` is blank or holds a control character: {shown(text)}")
    return text


def _subdir(subdir: str | None) -> str | None:
    """A folder inside the repository; nobody opens it, but a project is found by it."""
    if subdir and (_CONTROL.search(subdir) or _OUTSIDE.search(subdir)):
        raise InvalidEvent(f"`subdir` {shown(subdir)} is no path inside the repository")
    return subdir


def _data(key: Key, said: _Data, repaired: int, sender: str | None) -> Data:
    found: dict[str, Sequence[Point]] = {}
    images: dict[str, Image] = {}
    for path, plot in said.plots.items():
        _plain("plots", path)
        if plot.image is not None and plot.data is not None:
            raise InvalidEvent(f"plot {shown(path)} has both `data` and `image`")
        if plot.image is not None:
            # DVCLive reads a file while the training loop writes it anew: empty is not refused.
            if plot.image:
                images[path] = _image(path, plot.image)
        elif plot.data is not None:
            found[path], mended = points(path, plot.data)
            repaired += mended
    params = _files("params", said.params)
    metrics = _summaries(said.metrics)
    return Data(key, said.client, said.step, params, metrics, found, images, repaired, sender)


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
            raise InvalidEvent(f"{what} file {shown(file)} holds no object")
    return files


def _measure(said: Body) -> None:
    """Refuse files that are too much for whoever reads rows."""
    kinds = {
        "params": {} if isinstance(said, _Done) else said.params,
        "metrics": {} if isinstance(said, _Start) else said.metrics,
    }
    for what, files in kinds.items():
        for file, held in files.items():
            if size(what, file, held) > FILE_MOST:
                most = f"{FILE_MOST:,}"
                text = f"{what} file {shown(file)} is too large: {most} characters at most"
                raise InvalidEvent(text)


def _image(path: str, text: str) -> Image:
    try:
        body = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidEvent(f"image {shown(path)} is not base64") from None
    if image_kind(body) is None:
        raise InvalidEvent(f"image {shown(path)} is no PNG, JPEG, GIF or WebP")
    if (pixels(body) or 0) > PIXELS_MOST:
        most = f"{PIXELS_MOST:,}"
        raise InvalidEvent(f"image {shown(path)} is too large: at most {most} pixels are taken")
    return Image(body)


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
