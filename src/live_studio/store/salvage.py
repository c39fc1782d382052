"""Taking what can be read out of a damaged file, row by row.

A page that is gone takes its rows with it and leaves the others: they are found by stepping over
the gap. What was read is then made to agree with itself again.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import records
from ..addresses import NO_COMMIT
from ..config import journals_dir
from ..series import Columns
from .generations import FACT, GUESSED
from .opening import beside, connect, remove, transaction
from .requests import BESIDE_JOURNAL

PAGE = 4096
HEADER = 100
"""Bytes at the start of the first page that say what the file is."""
MAGIC = b"SQLite format 3\0"
ROWID_MOST = 1 << 40
PROBES_MOST = 20_000
"""Steps over gaps in one table: a bound, not a hope."""
OURS = ("store_id",)
"""Of `meta` what goes over. The rest speaks of the old file."""
_JSON = {"error": "null", "files": "{}", "params": "{}", "metrics": "{}", "images": "[]"}
_JSON |= {"gaps": "[]", "series": "{}", "refusal": "null", "plots": "[]", "artifacts": "[]"}
_RECOVERED = {"status": "stopped", "detail": "recovered from a damaged store"}


@dataclass(slots=True)
class Saved:
    """What came over."""

    experiments: int = 0
    points: int = 0


def from_damaged(aside: Path, target: sqlite3.Connection, store: Path, seq: int) -> Saved:
    """Fill the fresh store behind `target` with what the file set aside still says.

    `aside` is left as it is. `seq` is the newest sequence number anybody has been told of.

    Raises:
        OSError: there is no room for the copy that is read.
    """
    work = aside.with_name(f".{aside.name}-{uuid.uuid4().hex[:8]}")
    try:
        for suffix in ("", "-wal"):
            source = beside(aside, suffix)
            if source.exists():
                shutil.copyfile(source, beside(work, suffix))
                beside(work, suffix).chmod(0o600)
        work.touch(mode=0o600)
        pour_file(work, target)
    finally:
        remove(work)
    return settle(target, store, seq)


def pour_file(work: Path, target: sqlite3.Connection) -> None:
    """Copy the rows of a damaged file, which may be written to, as far as they can be read."""
    first = _first_page(target)
    for patch in (_with_header, _with_first_page):
        if not _opens(work):
            patch(work, first)
    # Whatever it is, it is none of ours, or nothing of it is left.
    if not _opens(work):
        return
    with closing(connect(work)) as source:
        pour(source, target)


def pour(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy every row that can be read, as it is, table by table."""
    with transaction(target):
        for (table,) in target.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall():
            _pour_table(source, target, table)


def _pour_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    names = [row["name"] for row in target.execute(f"PRAGMA table_info({table})")]
    with suppress(sqlite3.Error):
        held = {row["name"] for row in source.execute(f"PRAGMA table_info({table})")}
        names = [name for name in names if name in held]
    if table == "meta":
        rows: Iterator[Any] = _few(source, "SELECT key, value FROM meta WHERE key = ?", OURS)
    elif table == "clock":
        rows = _few(source, "SELECT id, seq FROM clock WHERE id = ?", (1,))
    else:
        rows = _rows(source, table, names)
    insert = f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    for row in rows:
        # A row of garbage breaks a rule of the table and is left out.
        with suppress(sqlite3.IntegrityError):
            target.execute(insert, tuple(row))


def _few(source: sqlite3.Connection, select: str, keys: tuple[Any, ...]) -> Iterator[Any]:
    for key in keys:
        with suppress(sqlite3.Error):
            yield from source.execute(select, (key,)).fetchall()


def _rows(source: sqlite3.Connection, table: str, names: list[str]) -> Iterator[Any]:
    """The rows of a table by rowid, stepping over those that cannot be read."""
    select = f"SELECT rowid, {', '.join(names)} FROM {table} WHERE rowid > ? ORDER BY rowid"
    at, probes = -1, 0
    while probes < PROBES_MOST:
        try:
            for row in source.execute(select, (at,)):
                at = row[0]
                yield tuple(row)[1:]
            return
        except sqlite3.Error:
            step = 1
        # The next row that can be read: ever farther on, then back to the first of them.
        while not _reads(source, select, at + step):
            probes += 1
            step *= 2
            if step > ROWID_MOST:
                return
        low, high = at + step // 2, at + step
        while high - low > 1:
            probes += 1
            middle = (low + high) // 2
            low, high = (low, middle) if _reads(source, select, middle) else (middle, high)
        at = high


def _reads(source: sqlite3.Connection, select: str, after: int) -> bool:
    """Whether the first row after a rowid can be read; True too where there is none."""
    try:
        source.execute(f"{select} LIMIT 1", (after,)).fetchone()
    except sqlite3.Error:
        return False
    return True


# the first page, without which SQLite reads nothing


def _opens(work: Path) -> bool:
    try:
        with closing(connect(work)) as source:
            found = source.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'experiments'"
            ).fetchone()[0]
    except sqlite3.Error:
        return False
    return bool(found)


def _first_page(target: sqlite3.Connection) -> bytes:
    """The first page of a fresh store: its header, and where its tables begin."""
    return bytes(target.serialize()[:PAGE])


def _with_header(work: Path, first: bytes) -> None:
    """Give a file back the header that all files of ours begin with."""
    with work.open("r+b") as file:
        file.write(_sized(first[:HEADER], work))


def _with_first_page(work: Path, first: bytes) -> None:
    """The same for all of the first page: tables made in one order begin at the same places."""
    with work.open("r+b") as file:
        file.write(_sized(first, work) + first[HEADER:])


def _sized(first: bytes, work: Path) -> bytes:
    pages = max(work.stat().st_size // PAGE, 1)
    header = bytearray(first[:HEADER])
    header[28:32] = pages.to_bytes(4, "big")
    header[32:40] = bytes(8)  # no list of free pages: it may lead anywhere
    header[92:96] = header[24:28]  # the size counts only where these two agree
    return bytes(header)


# what was read, made to agree with itself


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
        "SELECT generation FROM slices UNION SELECT generation FROM experiments"
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
        changed["journal_end"] = 0
    elif row["owner"] and _is_open(row) and _journal_bytes(target, row["id"]) != row["journal_end"]:
        # Its client still has all of it, and is to send it anew: as another start, because nobody
        # knows whether it ever comes back. Until then this one shows what is left.
        changed |= {"run": f"recovered-{row['run']}", "guessed": FACT, **_RECOVERED}
        changed |= {"ended_at": row["updated_at"]}
    known = json.loads(row["series"]) if "series" not in changed and not again else {}
    # Requests number series in this order, so it can stand for a slice that is lost.
    columns = _decoded(target, row["id"], b"" if row["run"] else _names(known))
    series = _counts(columns, known)
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


def _is_open(row: sqlite3.Row) -> bool:
    """Whether the process of a run may go on: it has not said that it ended."""
    return bool(row["status"] == "running" or row["guessed"] == GUESSED)


def _of_journal(target: sqlite3.Connection, generation: int) -> Iterator[tuple[int, int]]:
    """The slices that came by journal, as ids and lengths; requests name their series first."""
    for slice_id, body in target.execute(
        "SELECT id, body FROM slices WHERE generation = ?", (generation,)
    ).fetchall():
        if not _by_request(body):
            yield slice_id, len(body)


def _by_request(body: bytes) -> bool:
    try:
        kind, start, end = next(records.scan(body))
        said = records.payload(body, start, end) if kind == records.NAME else {}
        return bool(said.get("id", 0) >= BESIDE_JOURNAL)
    except Exception:  # noqa: BLE001  # as below
        return False


def _drop_journal(target: sqlite3.Connection, generation: int) -> None:
    gone = [(slice_id,) for slice_id, _ in _of_journal(target, generation)]
    target.executemany("DELETE FROM slices WHERE id = ?", gone)


def _journal_bytes(target: sqlite3.Connection, generation: int) -> int:
    return sum(length for _, length in _of_journal(target, generation))


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
        " (SELECT coalesce(max(seq), 0) FROM slices))",
        (seq,),
    ).fetchone()[0]
    for (experiment,) in target.execute("SELECT id FROM experiments ORDER BY seq, id").fetchall():
        held += 1
        target.execute("UPDATE experiments SET seq = ? WHERE id = ?", (held, experiment))
    held += 1
    target.execute("UPDATE projects SET seq = ?", (held,))
    target.execute("UPDATE repos SET seq = ?", (held,))
    target.execute("UPDATE clock SET seq = ?", (held,))
