"""A project in one file: how it looks, how it is written, and how it is read without being believed.

A SQLite file of a few plain tables, whatever the store's own schema is by then. Points are chunks,
which carry a checksum. Tokens, folders of this machine and journals are not in it. What is read
is vetted as a request from anywhere is: the file may have been made to harm.
"""

from __future__ import annotations

import errno
import json
import math
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from . import extent
from .addresses import has_credentials, normal_repo_url
from .chunks import MOST, BrokenChunk, packed, unpacked
from .errors import InvalidBundle, InvalidProject, NotWritten, StoreError
from .events import Imported, Json, Key, Told, image_kind
from .projects import Project, vetted
from .rasters import PIXELS_MOST, pixels
from .series import Column
from .store import Store

APPLICATION, VERSION = 0x4C535458, 1
"""What SQLite files of this kind are marked with."""
SERIES_MOST = 10_000
JSON_MOST, FILE_MOST, TEXT_MOST = 32 << 20, 64 << 20, 2000
"""Bytes of JSON that one start of an experiment may have, bytes of a picture, characters of a name."""
_TABLES = """
    CREATE TABLE projects (name TEXT, repo_url TEXT, subdir TEXT, view TEXT);
    CREATE TABLE experiments (id INTEGER PRIMARY KEY, repo_url TEXT, baseline_sha TEXT, name TEXT);
    CREATE TABLE starts (id INTEGER PRIMARY KEY, experiment INTEGER, said TEXT);
    CREATE TABLE chunks (id INTEGER PRIMARY KEY, start INTEGER, path TEXT, body BLOB);
    CREATE TABLE files (digest TEXT PRIMARY KEY, body BLOB);
"""
_BODY = {
    "images": "SELECT body FROM images WHERE digest = ?",
    "plot_rows": "SELECT body FROM plot_rows WHERE digest = ?",
}
_PLAIN = ("run", "status", "detail", "client", "message", "subdir", "experiment_rev", "step",
          "total_steps", "started_at", "updated_at", "ended_at", "pushed_at", "received", "repaired",
          "duplicate", "refused")  # fmt: skip
_JSON = ("error", "params", "metrics", "images", "plots", "artifacts")

Text = Annotated[str, msgspec.Meta(max_length=TEXT_MOST)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MOST)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Whole = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Time = Annotated[float, msgspec.Meta(ge=0, le=4e9)]


class Shown(msgspec.Struct, forbid_unknown_fields=True):
    """A picture or a plot."""

    path: Name
    step: Whole | None
    digest: Digest
    props: dict[str, Json] | None = None


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """What one start of an experiment says of itself."""

    run: Annotated[str, msgspec.Meta(max_length=100)] | None
    status: Literal["running", "completed", "failed", "stopped"]
    detail: Text | None
    client: Name
    message: Text | None
    subdir: Text | None
    experiment_rev: Text | None
    step: Whole | None
    total_steps: Count | None
    started_at: Time
    updated_at: Time
    ended_at: Time | None
    pushed_at: Time | None
    received: Count
    repaired: Count
    duplicate: Count
    refused: Count
    error: dict[str, Json] | None
    params: dict[Name, Json]
    metrics: dict[Name, Json]
    images: Annotated[list[Shown], msgspec.Meta(max_length=100_000)]
    plots: Annotated[list[Shown], msgspec.Meta(max_length=10_000)]
    artifacts: Annotated[list[dict[str, Json]], msgspec.Meta(max_length=10_000)]
    resumes: bool


# out


def write(store: Store, projects: Sequence[Project], path: Path) -> int:
    """Write the experiments of some projects of one repository into a new file; says how many.

    Raises:
        InvalidBundle: there is a file of that name already.
        NotWritten: its disk is full, or it cannot be written for another reason.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    if path.exists():
        raise InvalidBundle(f"{path.name} exists already; name another file")
    try:
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(sqlite3.connect(fresh)) as out:
            out.executescript(
                f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; {_TABLES}"
            )
            count = _fill(store, projects, out)
            out.commit()
        fresh.replace(path)
    except (OSError, sqlite3.OperationalError) as error:
        # What is read comes from the store, which says its own troubles.
        raise error if isinstance(error, StoreError) else _not_written(path, error) from None
    finally:
        fresh.unlink(missing_ok=True)
    return count


def _not_written(path: Path, error: OSError | sqlite3.OperationalError) -> NotWritten:
    full = "disk is full" in str(error) or getattr(error, "errno", 0) in (
        errno.ENOSPC,
        errno.EDQUOT,
    )
    if full:
        return NotWritten(f"the disk of {path.parent} is full; free some space there and try again")
    return NotWritten(
        f"{path.name} cannot be written in {path.parent}: {getattr(error, 'strerror', None) or error}"
    )


def _fill(store: Store, projects: Sequence[Project], out: sqlite3.Connection) -> int:
    for one in projects:
        row = (one.name, one.repo_url, one.subdir, json.dumps(one.view))
        out.execute("INSERT INTO projects VALUES (?, ?, ?, ?)", row)
    count = 0
    for repo_url in {one.repo_url for one in projects}:
        for experiment in store.read(
            "SELECT id, repo_url, baseline_sha, name FROM experiments"
            " WHERE repo_url = ? AND deleted_at IS NULL",
            (repo_url,),
        ):
            out.execute("INSERT INTO experiments VALUES (?, ?, ?, ?)", tuple(experiment))
            for start in store.read(
                "SELECT * FROM generations WHERE experiment = ? ORDER BY number",
                (experiment["id"],),
            ):
                _put(store, start, out)
            count += 1
    return count


def _put(store: Store, start: sqlite3.Row, out: sqlite3.Connection) -> None:
    said = {name: start[name] for name in _PLAIN} | {n: json.loads(start[n]) for n in _JSON}
    said["resumes"] = bool(start["resumes"])
    row = (start["id"], start["experiment"], json.dumps(said))
    out.execute("INSERT INTO starts VALUES (?, ?, ?)", row)
    columns = store.whole(start["id"])
    for path in sorted(columns.paths(), key=[*json.loads(start["series"])].index):
        column = columns[path]
        for begin in range(0, len(column), MOST):
            body = packed(column, begin, min(begin + MOST, len(column)))
            chunk = (start["id"], path, body)
            out.execute("INSERT INTO chunks (start, path, body) VALUES (?, ?, ?)", chunk)
    for table, listed in (("images", said["images"]), ("plot_rows", said["plots"])):
        for digest in {one["digest"] for one in listed}:
            for (body,) in store.read(_BODY[table], (digest,)):
                out.execute("INSERT OR IGNORE INTO files VALUES (?, ?)", (digest, body))


# in


class Bundle:
    """A file that somebody gave us, open for reading; every answer is vetted."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            InvalidBundle: it is no such file, or a later live_studio wrote it.
        """
        if not path.is_file():
            raise InvalidBundle(f"{path} is no file")
        self._file = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            # Nothing in the file may run: it is read, and by plain tables only.
            for pragma in ("trusted_schema = 0", "cell_size_check = 1", "query_only = 1"):
                self._file.execute(f"PRAGMA {pragma}")
            self._look(path)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            self._file.close()
            raise InvalidBundle(
                f"{path.name} is damaged, or none that live_studio wrote"
            ) from error
        except InvalidBundle:
            self._file.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _look(self, path: Path) -> None:
        marked = [
            self._file.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version")
        ]
        if marked[0] != APPLICATION:
            raise InvalidBundle(f"{path.name} is none that `jupyter live-studio export` wrote")
        if marked[1] > VERSION:
            raise InvalidBundle(f"{path.name} was written by a later live_studio; upgrade this one")
        kinds = self._file.execute("SELECT name, type, sql FROM sqlite_master").fetchall()
        odd = [
            name
            for name, kind, sql in kinds
            if (sql and kind != "table") or "VIRTUAL" in (sql or "")
        ]
        if odd or self._file.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise InvalidBundle(f"{path.name} is damaged, or none that live_studio wrote")

    def projects(self) -> Iterator[tuple[str, str, str | None, Json]]:
        """Name, repository, folder and view of each."""
        for name, repo_url, subdir, view in self._rows("SELECT * FROM projects LIMIT 100"):
            try:
                found = vetted(name, subdir, _parsed(view, "a project's view"))
            except InvalidProject as error:
                raise InvalidBundle(f"a project in the file can be none: {error}") from None
            yield found[0], _repo(repo_url), found[1], found[2]

    def experiments(self) -> Iterator[Imported]:
        """Every experiment, whole: one at a time is in memory."""
        rows = self._rows("SELECT id, repo_url, baseline_sha, name FROM experiments ORDER BY id")
        for row, repo_url, sha, name in rows:
            if not (isinstance(sha, str) and isinstance(name, str) and 0 < len(name) <= TEXT_MOST):
                raise InvalidBundle("an experiment in the file has no name")
            starts = self._rows(
                "SELECT id, said FROM starts WHERE experiment = ? ORDER BY id", (row,)
            )
            told = [self._told(one, said) for one, said in starts]
            if told:
                yield Imported(Key(_repo(repo_url), sha[:TEXT_MOST], name), told)

    def _rows(self, select: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            return self._file.execute(select, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
            raise InvalidBundle("the file is damaged, or none that live_studio wrote") from error

    def _told(self, start: int, text: Any) -> Told:
        if not isinstance(text, str) or len(text) > JSON_MOST:
            raise InvalidBundle("an experiment in the file says nothing that can be read")
        try:
            said = msgspec.json.decode(text, type=Said)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidBundle(f"an experiment in the file cannot be read: {error}") from None
        for value in (said.params, said.metrics, said.error, said.artifacts):
            if extent.is_deeper(value, extent.DEPTH_MOST):
                raise InvalidBundle("an experiment in the file is nested too deeply")
        facts = msgspec.structs.asdict(said)
        for name in ("images", "plots"):
            del facts[name]
        return Told(facts, self._points(start), self._pictures(said), self._plots(said))

    def _points(self, start: int) -> dict[str, Column]:
        found: dict[str, Column] = {}
        for path, body in self._rows(
            "SELECT path, body FROM chunks WHERE start = ? ORDER BY id", (start,)
        ):
            if not isinstance(path, str) or not 0 < len(path) <= TEXT_MOST or "\0" in path:
                raise InvalidBundle("a series in the file has no name")
            try:
                column = unpacked(body)
            except (BrokenChunk, TypeError):
                raise InvalidBundle(f"the points of {path} in the file are damaged") from None
            if not all(math.isfinite(step) and step == int(step) for step in column.step):
                raise InvalidBundle(f"the steps of {path} in the file are none")
            if not all(-1 <= time <= 1e12 for time in column.time):
                raise InvalidBundle(f"the times of {path} in the file are none")
            found.setdefault(path, Column()).join(column)
            if len(found) > SERIES_MOST:
                raise InvalidBundle(f"a run in the file has more than {SERIES_MOST:,} series")
        return found

    def _pictures(self, said: Said) -> list[tuple[str, int | None, bytes]]:
        found = []
        for one in said.images:
            body = self._body(one.digest)
            if image_kind(body) is None or (pixels(body) or 0) > PIXELS_MOST:
                raise InvalidBundle(f"{one.path} in the file is no picture")
            found.append((one.path, one.step, body))
        return found

    def _plots(self, said: Said) -> list[tuple[str, int, Json, bytes]]:
        found = []
        for one in said.plots:
            body = self._body(one.digest)
            rows = _parsed(body, one.path)
            if not isinstance(rows, list) or extent.is_deeper(rows, extent.DEPTH_MOST):
                raise InvalidBundle(f"{one.path} in the file has no rows")
            found.append((one.path, one.step or 0, one.props or {}, body))
        return found

    def _body(self, digest: str) -> bytes:
        found = self._rows("SELECT body FROM files WHERE digest = ?", (digest,))
        if not found or not isinstance(found[0][0], bytes) or len(found[0][0]) > FILE_MOST:
            raise InvalidBundle(f"a picture or plot is missing in the file: {digest[:12]}")
        return found[0][0]


def _repo(said: Any) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= 2000 or not said.isprintable():
        raise InvalidBundle("an experiment in the file belongs to no repository")
    if has_credentials(said) or normal_repo_url(said) != said:
        raise InvalidBundle("the address of a repository in the file is spelt as none of ours")
    return said


def _parsed(text: Any, what: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, TypeError, RecursionError):
        raise InvalidBundle(f"{what} in the file cannot be read") from None
