"""Events into rows, inside one transaction that somebody else opened.

Recording rules: a start opens a generation; params and metrics replace per file; points are a set
of exact rows per series; a done is never undone by data; a journal's slice counts exactly once,
because the transaction that adds it advances the journal's end by compare-and-set.
"""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .. import records, status
from ..changes import dumps
from ..events import (
    Connect,
    Data,
    Done,
    Event,
    Facts,
    Image,
    Json,
    Key,
    Lost,
    Mark,
    Point,
    Refs,
    Removal,
    Slice,
    Start,
    image_kind,
)
from .seen import Seen

Row = sqlite3.Row
EXACT = 2**53
BESIDE_JOURNAL = 1 << 31
"""From here on series are numbered that came by request into a journal's generation."""
FACT, GUESSED, MARKED = range(3)
"""How a status came about: what was said, what probably happened, what a person marked."""
_COLUMNS = "g.*, e.id AS experiment_id"
_STANDING = """
    SELECT json_group_array(json_object('id', id, 'experiment', experiment, 'run', run,
        'journal_end', journal_end, 'files', files, 'params', params, 'metrics', metrics,
        'series', series, 'images', images, 'guessed', guessed, 'status_now', status, 'step', step, 'updated_at', updated_at, 'heard', heard_at, 'gaps', gaps))
    FROM generations WHERE run IN (SELECT value FROM json_each(?))
"""
_ADD_SLICES = """
    INSERT INTO slices (generation, seq, body)
    SELECT json_extract(value, '$[0]'), ?1,
        substr(?2, json_extract(value, '$[1]'), json_extract(value, '$[2]'))
    FROM json_each(?3)
"""
# A status and its detail come together; a detail of none takes away the one before.
_RENEW = """
    UPDATE generations SET
        journal_end = json_extract(said.value, '$.journal_end'),
        last_slice = (SELECT max(id) FROM slices WHERE generation = generations.id),
        params = json_extract(said.value, '$.params'),
        metrics = json_extract(said.value, '$.metrics'),
        series = json_extract(said.value, '$.series'),
        images = json_extract(said.value, '$.images'),
        guessed = json_extract(said.value, '$.guessed'),
        said = coalesce(json_extract(said.value, '$.said'), generations.said),
        step = json_extract(said.value, '$.step'),
        updated_at = json_extract(said.value, '$.updated_at'),
        heard_at = json_extract(said.value, '$.heard_at'),
        gaps = json_extract(said.value, '$.gaps'),
        status = coalesce(json_extract(said.value, '$.status'), status),
        detail = iif(json_extract(said.value, '$.status') IS NULL, detail, json_extract(said.value, '$.detail')),
        error = coalesce(json_extract(said.value, '$.error'), error),
        ended_at = iif(json_extract(said.value, '$.status') IS NULL, ended_at, json_extract(said.value, '$.ended_at'))
    FROM json_each(?) AS said
    WHERE generations.id = json_extract(said.value, '$.id')
"""


class Writer:
    """Writes the events of one transaction; every row it touches carries the same seq."""

    def __init__(self, connection: sqlite3.Connection, seen: Seen, now: float) -> None:
        """Take the next sequence number."""
        self._sql = connection.execute
        self._seen = seen
        self.now = now
        self.seq = int(self._sql("UPDATE clock SET seq = seq + 1 RETURNING seq").fetchone()[0])

    def record_all(self, events: Sequence[Event]) -> list[bool]:
        """Write events, parts of journals all at once; says of each whether it was taken."""
        pieces = [event for event in events if isinstance(event, Slice)]
        taken = iter(self.slices(pieces) if pieces else ())
        return [next(taken) if isinstance(event, Slice) else self.record(event) for event in events]

    def record(self, event: Event) -> bool:
        """Write one event. False: somebody else already stored this part of a journal."""
        match event:
            case Slice():
                return self.slices([event])[0]
            case Data():
                self._data(event)
            case Start():
                self._start(event)
            case Done():
                self._done(event)
            case Lost():
                self._lost(event)
            case Connect():
                self._connect(event)
            case Refs():
                self._refs(event)
            case Removal():
                return self._remove(event)
            case Mark():
                return self._mark(event)
        return True

    # experiments and generations

    def _experiment(self, key: Key) -> int:
        found = self._sql(
            "SELECT id FROM experiments WHERE repo_url = ? AND baseline_sha = ? AND name = ?",
            (key.repo_url, key.baseline_sha, key.name),
        ).fetchone()
        if found:
            return int(found[0])
        self._project(key.repo_url)
        added = self._sql(
            "INSERT INTO experiments (repo_url, baseline_sha, name, seq) VALUES (?, ?, ?, ?)",
            (key.repo_url, key.baseline_sha, key.name, self.seq),
        )
        return int(added.lastrowid or 0)

    def _generation(self, key: Key, client: str) -> Row:
        """The shown generation of an experiment; data may arrive whose start never did."""
        found: Row | None = self._sql(
            f"SELECT {_COLUMNS} FROM experiments e JOIN generations g ON g.id = e.generation"
            " WHERE e.repo_url = ? AND e.baseline_sha = ? AND e.name = ?",
            (key.repo_url, key.baseline_sha, key.name),
        ).fetchone()
        return found or self._open(self._experiment(key), client, self.now)

    def _open(self, experiment: int, client: str, started: float, run: str | None = None) -> Row:
        number = self._sql(
            "SELECT coalesce(max(number), 0) + 1 FROM generations WHERE experiment = ?",
            (experiment,),
        ).fetchone()[0]
        generation = self._sql(
            "INSERT INTO generations (experiment, number, run, status, client,"
            " started_at, updated_at, heard_at) VALUES (?, ?, ?, 'running', ?, ?, ?, ?)",
            (experiment, number, run, client, started, started, started),
        ).lastrowid
        # A journal found late belongs to its own time: the newest start is the one shown.
        self._sql(
            "UPDATE experiments SET deleted_at = NULL, seq = ?1, generation = (SELECT id FROM"
            " generations WHERE experiment = ?2 ORDER BY started_at DESC, id DESC LIMIT 1)"
            " WHERE id = ?2",
            (self.seq, experiment),
        )
        self._sql(
            "UPDATE repos SET seq = ? WHERE repo_url ="
            " (SELECT repo_url FROM experiments WHERE id = ?)",
            (self.seq, experiment),
        )
        return self._load(int(generation or 0))

    def _load(self, generation: int) -> Row:
        row: Row = self._sql(
            f"SELECT {_COLUMNS} FROM generations g JOIN experiments e ON e.id = g.experiment"
            " WHERE g.id = ?",
            (generation,),
        ).fetchone()
        return row

    def _save(self, row: Row, **changed: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in changed)
        self._sql(
            f"UPDATE generations SET {names} WHERE id = ?",
            (*changed.values(), row["id"]),
        )
        self._sql("UPDATE experiments SET seq = ? WHERE id = ?", (self.seq, row["experiment_id"]))

    # what stock clients say

    def _start(self, event: Start) -> None:
        experiment = self._experiment(event.key)
        before = self._sql(
            "SELECT g.* FROM experiments e JOIN generations g ON g.id = e.generation WHERE e.id = ?",
            (experiment,),
        ).fetchone()
        row = self._open(experiment, event.client, self.now)
        keep: dict[str, Any] = {}
        if before:
            # A client that resumes sends its series again from the start, but not its pictures.
            keep = {name: before[name] for name in ("images", "message", "subdir")}
        if event.message is not None:
            keep["message"] = event.message
        if event.subdir is not None:
            keep["subdir"] = event.subdir
        self._save(row, params=_with("{}", event.params), **keep)

    def _data(self, event: Data) -> None:
        row = self._generation(event.key, event.client)
        changed: dict[str, Any] = self._heard(row)
        if event.params:
            changed["params"] = _with(row["params"], event.params)
        if event.metrics:
            changed["metrics"] = _with(row["metrics"], event.metrics)
        if event.points:
            changed |= self._points(row, event.points)
        if event.images:
            changed["images"] = self._images(
                row, {path: (image, event.step) for path, image in event.images.items()}
            )
        if event.step is not None:
            changed["step"] = max(event.step, event.step if row["step"] is None else row["step"])
        self._save(row, updated_at=self.now, **changed)

    def _points(self, row: Row, points: Mapping[str, Iterable[Point]]) -> dict[str, Any]:
        series: dict[str, dict[str, int]] = json.loads(row["series"])
        # A journal numbers its series itself: beside one, requests name theirs anew each time.
        ids = {} if row["run"] else {path: number for number, path in enumerate(series)}
        tails = self._seen.tails(self._sql, row["id"], row["last_slice"])
        body = bytearray()
        for path, rows in points.items():
            if path not in ids:
                ids[path] = len(ids) + (BESIDE_JOURNAL if row["run"] else 0)
                series.setdefault(path, {"count": 0, "last_step": -1})
                said = {"id": ids[path], "path": path}
                body += records.sealed(records.text(records.NAME, said))
            for point in tails.new(path, rows):
                stamped = point.stamp is not None
                time = self.now if point.stamp is None else point.stamp
                body += records.point(ids[path], point.step, point.value, time, stamped=stamped)
                counted = series[path]
                counted["count"] += 1
                counted["last_step"] = max(counted["last_step"], point.step)
        if not body:
            return {}
        last = self._add_slice(row["id"], bytes(body))
        tails.last_slice = last
        return {"series": dumps(series), "last_slice": last}

    def _images(
        self, row: Row | Mapping[str, Any], images: Mapping[str, tuple[Image, int | None]]
    ) -> str:
        shown = {image["path"]: image for image in json.loads(row["images"])}
        for path, (image, step) in images.items():
            digest = hashlib.sha256(image.body).hexdigest()
            self._sql(
                "INSERT OR IGNORE INTO images VALUES (?, ?, ?)",
                (digest, image_kind(image.body), image.body),
            )
            shown[path] = {"path": path, "step": step, "digest": digest}
        return dumps(list(shown.values()))

    def _done(self, event: Done) -> None:
        row = self._generation(event.key, event.client)
        changed: dict[str, Any] = self._heard(row)
        if event.metrics:
            changed["metrics"] = _with(row["metrics"], event.metrics)
        if event.experiment_rev is not None:
            changed["experiment_rev"] = event.experiment_rev
        done = {"status": event.status, "detail": event.detail, "time": self.now}
        if row["guessed"] == MARKED:
            changed["said"] = dumps(_ended(done))
        else:
            changed |= _ended(done) | {"guessed": FACT}
        self._save(row, updated_at=self.now, **changed)

    def _heard(self, row: Row) -> dict[str, Any]:
        gaps = status.with_gap(json.loads(row["gaps"]), row["heard_at"], self.now)
        return {"heard_at": self.now, "gaps": dumps(gaps)}

    # what journals say

    def slices(self, pieces: Sequence[Slice]) -> list[bool]:
        """Write parts of journals; says of each whether it was the next of its run.

        A few statements, however many runs there are: in a busy kernel each statement waits for
        the GIL. What is compared here stays true until the commit, because the transaction began
        as a writer.
        """
        for piece in pieces:
            if piece.facts.header and not piece.start:
                self._begin(piece.run, piece.facts.header)
        rows = self._rows_of({piece.run for piece in pieces})
        fresh, taken = [], []
        for piece in pieces:
            row = rows.get(piece.run)
            is_next = row is not None and row["journal_end"] == piece.start
            if row is not None and is_next:
                row |= self._said(row, piece)
                fresh.append((row["id"], piece.body))
            taken.append(is_next)
        if fresh:
            self._add_slices(fresh)
            self._renew([row for row in rows.values() if "heard_at" in row])
        return taken

    def _begin(self, run: str, header: dict[str, Any]) -> None:
        if self._sql("SELECT 1 FROM generations WHERE run = ?", (run,)).fetchone():
            return
        key = Key(header["repo_url"], header["baseline_sha"], header["name"])
        row = self._open(self._experiment(key), header["client"], header["time"], run)
        said = {name: header[name] for name in ("message", "subdir") if header.get(name)}
        if header.get("repo_path"):
            self._connect(Connect(key.repo_url, header["repo_path"]))
        files = {"params": header["params_file"], "metrics": header["metrics_file"]}
        # As with DVCLive, both files are there from the start, empty.
        said |= {name: dumps({file: {}}) for name, file in files.items()} | {"files": dumps(files)}
        self._save(row, **said)

    def _rows_of(self, runs: set[str]) -> dict[str, dict[str, Any]]:
        """What a slice changes in a generation, by run, as it stands."""
        found = self._sql(_STANDING, (dumps(sorted(runs)),)).fetchone()[0]
        return {row["run"]: row for row in json.loads(found)}

    def _said(self, row: Mapping[str, Any], piece: Slice) -> dict[str, Any]:
        facts = piece.facts
        files = json.loads(row["files"])
        gaps = status.with_gap(json.loads(row["gaps"]), row["heard"], self.now)
        changed: dict[str, Any] = {
            "journal_end": piece.end,
            "heard": self.now,
            "heard_at": self.now,
            "gaps": dumps(gaps),
        }
        if facts.params:
            changed["params"] = _merged(row["params"], files["params"], facts.params)
        metrics = dict(facts.metrics)
        if facts.step_ended is not None:
            metrics["step"] = facts.step_ended
        if metrics:
            changed["metrics"] = _nested(row["metrics"], files["metrics"], metrics)
        if facts.counts:
            changed["series"] = _counted(row["series"], facts.counts)
        if facts.step is not None:
            changed["step"] = max(facts.step, facts.step if row["step"] is None else row["step"])
        if facts.last_time is not None:
            changed["updated_at"] = max(facts.last_time, row["updated_at"])
        if facts.images:
            pictures = {path: (Image(body), step) for path, step, body in facts.images}
            changed["images"] = self._images(row, pictures)
        return changed | _status(row, facts)

    def _add_slices(self, fresh: Sequence[tuple[int, bytes]]) -> None:
        places, at = [], 1
        for generation, body in fresh:
            places.append((generation, at, len(body)))
            at += len(body)
        self._sql(_ADD_SLICES, (self.seq, b"".join(body for _, body in fresh), dumps(places)))

    def _renew(self, rows: Sequence[Mapping[str, Any]]) -> None:
        said = dumps(rows)
        self._sql(_RENEW, (said,))
        self._sql(
            "UPDATE experiments SET seq = ? WHERE id IN"
            " (SELECT json_extract(value, '$.experiment') FROM json_each(?))",
            (self.seq, said),
        )

    def _lost(self, event: Lost) -> None:
        row = self._sql(
            f"SELECT {_COLUMNS} FROM generations g JOIN experiments e ON e.id = g.experiment"
            " WHERE g.run = ?",
            (event.run,),
        ).fetchone()
        if not row:
            return
        done = {"status": "stopped", "detail": event.detail, "time": row["updated_at"]}
        if row["guessed"] == MARKED:
            self._save(row, said=row["said"] or dumps(_ended(done)))
        elif row["status"] == "running":
            self._save(row, **_ended(done))

    def _add_slice(self, generation: int, body: bytes) -> int:
        added = self._sql(
            "INSERT INTO slices (generation, seq, body) VALUES (?, ?, ?)",
            (generation, self.seq, body),
        )
        return int(added.lastrowid or 0)

    # projects and repositories

    def _project(self, repo_url: str) -> None:
        if self._sql("SELECT 1 FROM projects WHERE repo_url = ?", (repo_url,)).fetchone():
            return
        self._sql(
            "INSERT INTO projects (id, name, repo_url, seq) VALUES (?, ?, ?, ?)",
            (uuid.uuid4().hex[:12], project_name(repo_url), repo_url, self.seq),
        )

    def _connect(self, event: Connect) -> None:
        self._project(event.repo_url)
        moved = self._sql(
            "INSERT INTO repos (repo_url, path, seq) VALUES (?1, ?2, ?3) ON CONFLICT (repo_url)"
            " DO UPDATE SET path = ?2, refs = '', seq = ?3 WHERE path != ?2",
            (event.repo_url, event.path, self.seq),
        )
        if moved.rowcount:
            self._send_again(event.repo_url)

    def _refs(self, event: Refs) -> None:
        self._sql(
            "UPDATE repos SET refs = ?, seq = ? WHERE repo_url = ?",
            (event.fingerprint, self.seq, event.repo_url),
        )
        self._send_again(event.repo_url)

    def _send_again(self, repo_url: str) -> None:
        """Let every experiment of a repository count as changed, each with a seq of its own.

        One shared seq could not be cut into answers of bearable size.
        """
        found = self._sql("SELECT id FROM experiments WHERE repo_url = ?", (repo_url,)).fetchall()
        for offset, (experiment,) in enumerate(found):
            self._sql(
                "UPDATE experiments SET seq = ? WHERE id = ?", (self.seq + offset, experiment)
            )
        self._sql("UPDATE clock SET seq = seq + ?", (max(len(found) - 1, 0),))

    def _mark(self, event: Mark) -> bool:
        """A person's word stands until the next start; it concerns only what counts as running."""
        wanted = ("running", FACT) if event.stopped else ("stopped", MARKED)
        row = self._sql(
            f"SELECT {_COLUMNS} FROM experiments e JOIN generations g ON g.id = e.generation"
            " WHERE e.id = ? AND g.status = ? AND g.guessed = ?",
            (event.experiment, *wanted),
        ).fetchone()
        if not row:
            return False
        if event.stopped:
            detail, ended = "marked as stopped", row["updated_at"]
            self._save(row, status="stopped", detail=detail, ended_at=ended, guessed=MARKED)
        else:
            # What was said while the mark stood is true as soon as the mark is gone.
            said = json.loads(row["said"] or "null") or _ended({"status": "running", "time": None})
            self._save(row, guessed=FACT, said=None, **said)
        return True

    def _remove(self, event: Removal) -> bool:
        moved = self._sql(
            "UPDATE experiments SET deleted_at = ?, seq = ? WHERE id = ?",
            (self.now if event.deleted else None, self.seq, event.experiment),
        )
        return bool(moved.rowcount)


def project_name(repo_url: str) -> str:
    """What a project is called until somebody names it: the repository's or folder's own name."""
    if repo_url.startswith("local:"):
        return repo_url[len("local:") :].rpartition("-")[0] or repo_url
    return repo_url.rpartition("/")[2] or repo_url


def jsonable(value: Json) -> Json:
    """A value as the contract writes it: numbers that JSON or a browser cannot hold become text."""
    if isinstance(value, dict):
        return {name: jsonable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [jsonable(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT:
        return str(value)
    return value


def _with(text: str, files: Mapping[str, Json]) -> str:
    return dumps(json.loads(text) | jsonable(dict(files)))


def _merged(text: str, file: str, said: Mapping[str, Json]) -> str:
    held = json.loads(text)
    held[file] = held.get(file, {}) | jsonable(dict(said))
    return dumps(held)


def _nested(text: str, file: str, values: Mapping[str, Json]) -> str:
    """Metrics by name into the nested form that DVCLive's summary has."""
    held = json.loads(text)
    top: dict[str, Json] = held.setdefault(file, {})
    for name, value in values.items():
        *groups, last = [part for part in name.split("/") if part] or [name]
        inner = top
        for group in groups:
            below = inner.setdefault(group, {})
            if not isinstance(below, dict):
                # `loss` and `loss/train` in one run: the flat name keeps both.
                inner, last = top, name
                break
            inner = below
        before = inner.get(last)
        if isinstance(before, dict):
            # `loss` after `loss/train`: the group's own names stand flat from now on.
            top |= {f"{name}/{below}": leaf for below, leaf in _leaves(before)}
        inner[last] = jsonable(value)
    return dumps(held)


def _leaves(group: Mapping[str, Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    for name, value in group.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}/")
        else:
            yield prefix + name, value


def _counted(text: str, counts: Mapping[str, tuple[int, int]]) -> str:
    series = json.loads(text)
    for path, (count, step) in counts.items():
        held = series.setdefault(path, {"count": 0, "last_step": step})
        held["count"] += count
        held["last_step"] = max(held["last_step"], step)
    return dumps(series)


def _status(row: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """What a slice says about how the run stands: a fact, a guess, or the undoing of one."""
    if row["guessed"] == MARKED:
        return {"said": dumps(_ended(facts.done))} if facts.done else {}
    if facts.done:
        return _ended(facts.done) | {"step": facts.done["step"], "guessed": FACT}
    if facts.guess and (row["status_now"] == "running" or row["guessed"]):
        return _ended(facts.guess) | {"guessed": GUESSED}
    if facts.logged and row["guessed"]:
        return _ended({"status": "running", "time": None}) | {"guessed": FACT}
    return {}


def _ended(done: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": done["status"],
        "detail": done.get("detail"),
        "error": dumps(done.get("error")),
        "ended_at": done["time"],
    }
