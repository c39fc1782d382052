"""What journals say of their run, written inside one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .. import status
from ..changes import dumps
from ..events import Connect, Facts, Image, Key, Lost, Slice
from .generations import FACT, FIND, GUESSED, MARKED, Generations
from .ledger import points
from .merging import ended, with_artifacts, with_counts, with_metrics, with_params
from .repositories import Repositories
from .resumed import ALONE, link

_STANDING = """
    SELECT json_group_array(json_object('id', id, 'experiment', experiment, 'run', run,
        'journal_end', journal_end, 'files', files, 'metrics', metrics,
        'params', iif(run IN (SELECT value FROM json_each(?2)), params, NULL),
        'series', series, 'images', images, 'plots', plots, 'artifacts', artifacts, 'guessed', guessed, 'status_now', status, 'step', step, 'updated_at', updated_at, 'heard', heard_at, 'gaps', gaps))
    FROM generations WHERE run IN (SELECT value FROM json_each(?1))
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
        params = coalesce(json_extract(said.value, '$.params'), params),
        metrics = json_extract(said.value, '$.metrics'),
        series = json_extract(said.value, '$.series'),
        images = json_extract(said.value, '$.images'),
        plots = json_extract(said.value, '$.plots'),
        artifacts = json_extract(said.value, '$.artifacts'),
        total_steps = nullif(coalesce(json_extract(said.value, '$.total_steps'), total_steps), 0),
        guessed = json_extract(said.value, '$.guessed'),
        said = coalesce(json_extract(said.value, '$.said'), generations.said),
        step = json_extract(said.value, '$.step'),
        updated_at = json_extract(said.value, '$.updated_at'),
        heard_at = json_extract(said.value, '$.heard_at'),
        gaps = json_extract(said.value, '$.gaps'),
        status = coalesce(json_extract(said.value, '$.status'), status),
        detail = iif(json_extract(said.value, '$.status') IS NULL, detail, json_extract(said.value, '$.detail')),
        error = coalesce(json_extract(said.value, '$.error'), error),
        experiment_rev = coalesce(json_extract(said.value, '$.experiment_rev'), experiment_rev),
        ended_at = iif(json_extract(said.value, '$.status') IS NULL, ended_at, json_extract(said.value, '$.ended_at')),
        received = received + json_extract(said.value, '$.points')
    FROM json_each(?) AS said
    WHERE generations.id = json_extract(said.value, '$.id')
"""


class Journals:
    """Writes parts of journals, each exactly once, into the generation of its run."""

    def __init__(self, generations: Generations, repositories: Repositories) -> None:
        """Write through `generations`."""
        self._generations = generations
        self._repositories = repositories
        self._sql = generations.sql

    def slices(self, pieces: Sequence[Slice]) -> list[bool]:
        """Write parts of journals; says of each whether it was the next of its run.

        A few statements, however many runs there are: in a busy kernel each statement waits for
        the GIL. What is compared here stays true until the commit, because the transaction began
        as a writer.
        """
        for piece in pieces:
            if piece.facts.header and not piece.start:
                self._begin(piece)
        rows = self._rows_of(pieces)
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

    def lost(self, event: Lost) -> None:
        """The process of a run is gone."""
        row = self._sql(f"{FIND} g.run = ?", (event.run,)).fetchone()
        if not row:
            return
        done = {"status": "stopped", "detail": event.detail, "time": row["updated_at"]}
        # A second drainer, or a client that got no answer, says it again: it is the same end.
        first = row["said"] is None if row["guessed"] == MARKED else row["status"] == "running"
        changed: dict[str, Any] = {"repaired": row["repaired"] + 1} if event.torn and first else {}
        if row["guessed"] == MARKED:
            changed["said"] = row["said"] or dumps(ended(done))
        elif row["status"] == "running":
            changed |= ended(done)
        if changed:
            self._generations.save(row, **changed)

    def _begin(self, piece: Slice) -> None:
        if self._sql("SELECT 1 FROM generations WHERE run = ?", (piece.run,)).fetchone():
            return
        header = piece.facts.header
        key = Key(header["repo_url"], header["baseline_sha"], header["name"])
        row = self._generations.open(
            self._generations.experiment(key), header["client"], header["time"], piece.run
        )
        said = {name: header[name] for name in ("message", "subdir") if header.get(name)}
        if header.get("repo_path"):
            self._repositories.connect(Connect(key.repo_url, header["repo_path"]))
        files = {"params": header["params_file"], "metrics": header["metrics_file"]}
        # As with DVCLive, both files are there from the start, empty.
        said |= {"owner": piece.owner}
        said |= {name: dumps({file: {}}) for name, file in files.items()} | {"files": dumps(files)}
        self._generations.save(row, resumes=ALONE if header.get("resume") else None, **said)
        link(self._sql, row["experiment_id"])

    def _rows_of(self, pieces: Sequence[Slice]) -> dict[str, dict[str, Any]]:
        """What a slice changes in a generation, by run, as it stands.

        Parameters only where some are said: they may be megabytes, and most slices are numbers.
        """
        runs = {piece.run for piece in pieces}
        saying = {piece.run for piece in pieces if piece.facts.params}
        found = self._sql(_STANDING, (dumps(sorted(runs)), dumps(sorted(saying)))).fetchone()[0]
        return {row["run"]: row for row in json.loads(found)}

    def _said(self, row: Mapping[str, Any], piece: Slice) -> dict[str, Any]:
        facts = piece.facts
        files = json.loads(row["files"])
        changed: dict[str, Any] = {
            "journal_end": piece.end,
            "heard": self._generations.now,
            "heard_at": self._generations.now,
            "gaps": status.with_gap(row["gaps"], row["heard"], self._generations.now),
            "points": row.get("points", 0) + points(piece),
        }
        if facts.params:
            changed["params"] = with_params(row["params"], files["params"], facts.params)
        metrics = dict(facts.metrics)
        if facts.step_ended is not None:
            metrics["step"] = facts.step_ended
        if metrics:
            changed["metrics"] = with_metrics(row["metrics"], files["metrics"], metrics)
        if facts.counts:
            changed["series"] = with_counts(row["series"], facts.counts)
        if facts.step is not None:
            changed["step"] = max(facts.step, facts.step if row["step"] is None else row["step"])
        if facts.last_time is not None:
            changed["updated_at"] = max(facts.last_time, row["updated_at"])
        return changed | self._beside(row, facts) | _status(row, facts)

    def _beside(self, row: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
        """What a slice says beside numbers and parameters."""
        changed: dict[str, Any] = {}
        if facts.images:
            pictures = [(path, step, Image(body)) for path, step, body in facts.images]
            changed["images"] = self._generations.images(row, pictures)
        if facts.plots:
            changed["plots"] = self._generations.plots(row, facts.plots)
        if facts.artifacts:
            changed["artifacts"] = with_artifacts(row["artifacts"], facts.artifacts)
        if facts.total_steps is not None:
            changed["total_steps"] = facts.total_steps
        return changed

    def _add_slices(self, fresh: Sequence[tuple[int, bytes]]) -> None:
        places, at = [], 1
        for generation, body in fresh:
            places.append((generation, at, len(body)))
            at += len(body)
        self._sql(
            _ADD_SLICES, (self._generations.seq, b"".join(body for _, body in fresh), dumps(places))
        )

    def _renew(self, rows: Sequence[Mapping[str, Any]]) -> None:
        said = dumps(rows)
        self._sql(_RENEW, (said,))
        self._sql(
            "UPDATE experiments SET seq = ? WHERE id IN"
            " (SELECT json_extract(value, '$.experiment') FROM json_each(?))",
            (self._generations.seq, said),
        )


def _status(row: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """What a slice says about how the run stands: a fact, a guess, or the undoing of one."""
    if row["guessed"] == MARKED:
        return {"said": dumps(ended(facts.done))} if facts.done else {}
    if facts.done:
        rev = {"experiment_rev": facts.done.get("experiment_rev")}
        return ended(facts.done) | rev | {"step": facts.done["step"], "guessed": FACT}
    if facts.guess and (row["status_now"] == "running" or row["guessed"]):
        return ended(facts.guess) | {"guessed": GUESSED}
    if facts.logged and row["guessed"]:
        return ended({"status": "running", "time": None}) | {"guessed": FACT}
    return {}
