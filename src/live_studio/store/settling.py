"""What was read of a damaged file, made to agree with itself again.

Runs whose experiment is gone get one, counts follow from the points that are there, and a journal
that is still there is stored anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import records
from ..addresses import NO_COMMIT
from ..chunks import BrokenChunk, unpacked
from ..config import journals_dir
from ..series import Column, Columns
from .generations import FACT, GUESSED
from .opening import transaction
from .points import came_by_request

_JSON = {"error": "null", "files": "{}", "params": "{}", "metrics": "{}", "images": "[]"}
_JSON |= {"gaps": "[]", "series": "{}", "refusal": "null", "plots": "[]", "artifacts": "[]"}
_RECOVERED = {"status": "stopped", "detail": "recovered from a damaged store"}


@dataclass(slots=True)
class Saved:
    """What came over."""

    experiments: int = 0
    points: int = 0


def settle(target: sqlite3.Connection, store: Path, seq: int) -> Saved:
    """Repair what rows say of rows that did not come over; say what came."""
    with transaction(target):
        _adopt(target)
        for row in target.execute("SELECT * FROM generations").fetchall():
            _repair(target, row, store)
        target.execute(
            "UPDATE experiments SET generation = (SELECT id FROM generations g"
            " WHERE g.experiment = experiments.id ORDER BY started_at DESC, id DESC LIMIT 1)"
            " WHERE generation IS NULL OR NOT EXISTS (SELECT 1 FROM generations g"
            " WHERE g.id = experiments.generation AND g.experiment = experiments.id)"
        )
        target.execute("UPDATE projects SET view = 'null' WHERE NOT json_valid(view)")
        target.execute("UPDATE repos SET others = '[]' WHERE NOT json_valid(others)")
        _renumber(target, seq)
    counted = target.execute("SELECT count(*) FROM experiments").fetchone()[0]
    points = target.execute(
        "SELECT coalesce(sum(json_extract(s.value, '$.count')), 0)"
        " FROM generations g, json_each(g.series) s"
    ).fetchone()[0]
    return Saved(int(counted), int(points))


def _adopt(target: sqlite3.Connection) -> None:
    """Numbers whose run is gone, and runs whose experiment is gone, get one: they can be seen."""
    for (generation,) in target.execute(
        "SELECT generation FROM slices UNION SELECT generation FROM chunks"
        " UNION SELECT generation FROM experiments"
        " EXCEPT SELECT id FROM generations"
    ).fetchall():
        if generation is not None:
            _adopt_run(target, generation)
    for (experiment,) in target.execute(
        "SELECT DISTINCT experiment FROM generations"
        " WHERE experiment NOT IN (SELECT id FROM experiments)"
    ).fetchall():
        _adopt_experiment(target, experiment)
    # And a project, without which no menu offers them.
    target.execute(
        "INSERT INTO projects (id, name, repo_url, seq)"
        " SELECT lower(hex(randomblob(6))), CASE WHEN repo_url LIKE 'local:%'"
        " THEN substr(repo_url, 7) ELSE repo_url END, repo_url, 0 FROM"
        " (SELECT DISTINCT repo_url FROM experiments WHERE repo_url NOT IN"
        " (SELECT repo_url FROM projects))"
    )


def _adopt_run(target: sqlite3.Connection, generation: int) -> None:
    found = target.execute(
        "SELECT id FROM experiments WHERE generation = ?", (generation,)
    ).fetchone()
    experiment = found[0] if found else _adopt_experiment(target, None)
    columns = _decoded(target, generation, b"")
    times = [time for path in columns.paths() for time in columns[path].time] or [0.0]
    target.execute(
        "INSERT INTO generations (id, experiment, number, status, detail, client, started_at,"
        " updated_at, ended_at, heard_at) VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1"
        " FROM generations WHERE experiment = ?2), 'stopped', 'recovered from a damaged store',"
        " 'unknown', ?3, ?4, ?4, ?4)",
        (generation, experiment, min(times), max(times)),
    )


def _adopt_experiment(target: sqlite3.Connection, wanted: int | None) -> int:
    added = target.execute(
        "INSERT INTO experiments (id, repo_url, baseline_sha, name, seq)"
        " VALUES (?, 'local:recovered-00000000', ?, lower(hex(randomblob(8))), 0)",
        (wanted, NO_COMMIT),
    )
    experiment = int(added.lastrowid or 0)
    target.execute(
        "UPDATE experiments SET name = ? WHERE id = ?", (f"recovered-{experiment}", experiment)
    )
    return experiment


def _repair(target: sqlite3.Connection, row: sqlite3.Row, store: Path) -> None:
    """One generation: its slices that can be decoded, and the counts that follow from them."""
    changed: dict[str, Any] = {
        name: empty for name, empty in _JSON.items() if not _is_json(row[name])
    }
    again = bool(row["run"]) and (journals_dir(store) / f"{row['run']}.journal").exists()
    if again:
        # All of it is still in the journal: whoever drains next stores it anew, from the start.
        _drop_journal(target, row["id"])
        changed |= {"journal_end": 0, "packed": 0, "packed_points": 0, "packed_bytes": 0}
    elif row["owner"] and _is_open(row) and _has_lost_some(target, row):
        # Its client still has all of it, and is to send it anew: as another start, because nobody
        # knows whether it ever comes back. Until then this one shows what is left.
        changed |= {"run": f"recovered-{row['run']}", "guessed": FACT, **_RECOVERED}
        changed |= {"ended_at": row["updated_at"]}
    known = json.loads(row["series"]) if "series" not in changed and not again else {}
    # Requests number series in this order, so it can stand for a slice that is lost.
    columns = _decoded(target, row["id"], b"" if row["run"] else _names(known))
    series = _counts(columns, known)
    if row["packed"] and not again:
        _keep_place(target, row)
    if not row["run"]:
        _name_again(target, row["id"], series)
    last = target.execute(
        "SELECT coalesce(max(id), 0) FROM slices WHERE generation = ?", (row["id"],)
    ).fetchone()[0]
    changed |= {"series": json.dumps(series), "last_slice": last}
    if again:
        changed["received"] = sum(counted["count"] for counted in series.values())
    names = ", ".join(f"{name} = ?" for name in changed)
    target.execute(f"UPDATE generations SET {names} WHERE id = ?", (*changed.values(), row["id"]))


def _has_lost_some(target: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Whether some of what the journal of a run brought is not here any more."""
    kept = target.execute("SELECT 1 FROM slices WHERE id = ?", (row["packed"],)).fetchone()
    if row["packed"] and not kept:
        return True  # it said the names that later ones refer to
    in_chunks = sum(len(column) for _, column in _chunks(target, row["id"]))
    in_slices = sum(length for one, length in _of_journal(target, row["id"]) if one > row["packed"])
    return bool(
        in_chunks != row["packed_points"] or in_slices + row["packed_bytes"] != row["journal_end"]
    )


def _keep_place(target: sqlite3.Connection, row: sqlite3.Row) -> None:
    """See that the last slice whose points are in chunks is there: new ones come after it."""
    target.execute(
        "INSERT OR IGNORE INTO slices (id, generation, seq, body) VALUES (?, ?, 0, ?)",
        (row["packed"], row["id"], b""),
    )


def _is_open(row: sqlite3.Row) -> bool:
    """Whether the process of a run may go on: it has not said that it ended."""
    return bool(row["status"] == "running" or row["guessed"] == GUESSED)


def _of_journal(target: sqlite3.Connection, generation: int) -> Iterator[tuple[int, int]]:
    """The slices that came by journal, as ids and lengths; requests name their series first."""
    for slice_id, body in target.execute(
        "SELECT id, body FROM slices WHERE generation = ?", (generation,)
    ).fetchall():
        if not came_by_request(body):
            yield slice_id, len(body)


def _drop_journal(target: sqlite3.Connection, generation: int) -> None:
    gone = [(slice_id,) for slice_id, _ in _of_journal(target, generation)]
    target.executemany("DELETE FROM slices WHERE id = ?", gone)
    # All of a journal's: there are none of a generation in which requests came beside it.
    target.execute("DELETE FROM chunks WHERE generation = ?", (generation,))


def _chunks(target: sqlite3.Connection, generation: int) -> list[tuple[str, Column]]:
    """The chunks that can be decoded, by path; the others are taken away."""
    sound, broken = [], []
    for chunk, path, body in target.execute(
        "SELECT id, path, body FROM chunks WHERE generation = ? ORDER BY id", (generation,)
    ).fetchall():
        try:
            sound.append((path, unpacked(body)))
        except (BrokenChunk, TypeError):
            broken.append((chunk,))
    target.executemany("DELETE FROM chunks WHERE id = ?", broken)
    return sound


def _decoded(target: sqlite3.Connection, generation: int, names: bytes) -> Columns:
    """The points of a generation; slices that mean nothing without a lost one are taken away."""
    bad: set[int] = set()
    while True:
        columns = Columns()
        columns.feed(0, names)
        try:
            for slice_id, body in target.execute(
                "SELECT id, body FROM slices WHERE generation = ? ORDER BY id", (generation,)
            ):
                if slice_id not in bad:
                    at = slice_id
                    columns.feed(slice_id, body)
        except Exception:  # noqa: BLE001  # bytes of a damaged disk: anything may be wrong with them
            bad.add(at)
            continue
        target.executemany("DELETE FROM slices WHERE id = ?", [(one,) for one in bad])
        chunked: dict[str, Column] = {}
        for path, column in _chunks(target, generation):
            chunked.setdefault(path, Column()).join(column)
        for path, column in chunked.items():
            columns.precede(path, column)
        return columns


def _counts(columns: Columns, known: dict[str, Any]) -> dict[str, dict[str, int]]:
    """What is there of each series. The order stays: it is what requests number series by."""
    counts = {path: {"count": 0, "last_step": -1} for path in [*known, *columns.paths()]}
    for path in columns.paths():
        steps = columns[path].step
        if len(steps):
            counts[path] = {"count": len(steps), "last_step": int(max(steps))}
    return counts


def _name_again(
    target: sqlite3.Connection, generation: int, series: dict[str, dict[str, int]]
) -> None:
    """Say each series' number before all else: the slice that said it may be lost."""
    if not series:
        return
    first = target.execute(
        "SELECT id, body FROM slices WHERE generation = ? ORDER BY id LIMIT 1", (generation,)
    ).fetchone()
    if first:
        body = _names(series) + first["body"]
        target.execute("UPDATE slices SET body = ? WHERE id = ?", (body, first["id"]))
    else:
        target.execute(
            "INSERT INTO slices (generation, seq, body) VALUES (?, 0, ?)",
            (generation, _names(series)),
        )


def _names(series: Iterable[str]) -> bytes:
    return b"".join(
        records.sealed(records.text(records.NAME, {"id": number, "path": path}))
        for number, path in enumerate(series)
    )


def _is_json(text: object) -> bool:
    try:
        json.loads(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def _renumber(target: sqlite3.Connection, seq: int) -> None:
    """Let everything count as changed just now, so that every page that is open asks for it."""
    held = target.execute(
        "SELECT max(?, (SELECT max(seq) FROM clock),"
        " (SELECT coalesce(max(seq), 0) FROM experiments),"
        " (SELECT coalesce(max(seq), 0) FROM slices),"
        " (SELECT coalesce(max(seq), 0) FROM chunks))",
        (seq,),
    ).fetchone()[0]
    for (experiment,) in target.execute("SELECT id FROM experiments ORDER BY seq, id").fetchall():
        held += 1
        target.execute("UPDATE experiments SET seq = ? WHERE id = ?", (held, experiment))
    held += 1
    target.execute("UPDATE projects SET seq = ?", (held,))
    target.execute("UPDATE repos SET seq = ?", (held,))
    target.execute("UPDATE clock SET seq = ?", (held,))
