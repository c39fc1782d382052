"""Experiments out of a file, written inside one transaction: each start once, however often it comes."""

from __future__ import annotations

from typing import Any

from .. import records
from ..changes import dumps
from ..chunks import MOST, packed
from ..events import Image, Imported, Json, Told
from .generations import FACT, Generations
from .points import names
from .resumed import ALONE, FRESH, link

EXPORTED = ("stopped", "was running when it was exported")
ELSEWHERE = "imported-"
"""How the run ids of imported starts begin."""
_AS_THEY_ARE = ("detail", "message", "subdir", "experiment_rev", "step", "total_steps", "updated_at",
                "ended_at", "pushed_at", "received", "repaired", "duplicate", "refused")  # fmt: skip


class Imports:
    """Writes what was exported elsewhere, or here."""

    def __init__(self, generations: Generations) -> None:
        """Write through `generations`."""
        self._generations = generations
        self._sql = generations.sql

    def take(self, event: Imported) -> bool:
        """Write the starts that are not here yet; False where all are."""
        experiment = self._generations.experiment(event.key)
        fresh = [told for told in event.starts if not self._is_here(experiment, told.facts)]
        for told in fresh:
            self._start(experiment, told)
        if fresh:
            link(self._sql, experiment)
        return bool(fresh)

    def _is_here(self, experiment: int, facts: Json) -> bool:
        run = facts["run"]
        known = [run.removeprefix(ELSEWHERE), _renamed(run)] if run else []
        return bool(
            self._sql(
                "SELECT 1 FROM generations WHERE run IN (SELECT value FROM json_each(?))"
                " OR ? AND experiment = ? AND started_at = ? AND client = ?",
                (dumps(known), not run, experiment, facts["started_at"], facts["client"]),
            ).fetchone()
        )

    def _start(self, experiment: int, told: Told) -> None:
        facts = told.facts
        # No journal goes on with it: its own may still arrive where the run was logged.
        run = _renamed(facts["run"]) if facts["run"] else None
        row = self._generations.open(experiment, facts["client"], facts["started_at"], run)
        changed: dict[str, Any] = {name: facts[name] for name in _AS_THEY_ARE}
        changed |= {
            name: dumps(facts[name]) for name in ("error", "params", "metrics", "artifacts")
        }
        changed |= {"status": facts["status"], "guessed": FACT, "heard_at": facts["updated_at"]}
        if facts["status"] == "running":
            changed |= {"status": EXPORTED[0], "detail": EXPORTED[1]}
            changed["ended_at"] = facts["updated_at"]
        changed["resumes"] = ALONE if facts["resumes"] else FRESH
        pictures = [(path, step, Image(body)) for path, step, body in told.pictures]
        changed["images"] = self._generations.images(row, pictures)
        changed["plots"] = self._generations.plots(row, told.plots)
        self._generations.save(row, **changed, **self._points(row["id"], told))

    def _points(self, generation: int, told: Told) -> dict[str, Any]:
        series, known = {}, records.Names()
        for number, (path, column) in enumerate(told.points.items()):
            known.paths[number] = known.metrics[number] = path
            series[path] = {"count": len(column), "last_step": int(max(column.step))}
            column.seqs, column.starts = column.seqs[:0], column.starts[:0]
            column.seqs.append(self._generations.seq)
            column.starts.append(0)
            for begin in range(0, len(column), MOST):
                end = min(begin + MOST, len(column))
                steps = column.step[begin:end]
                self._sql(
                    "INSERT INTO chunks (generation, path, seq, low, high, count, body)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (generation, path, self._generations.seq, min(steps), max(steps), end - begin,
                     packed(column, begin, end)),
                )  # fmt: skip
        last = self._generations.add_slice(generation, names(known))
        points = sum(one["count"] for one in series.values())
        said = {"series": dumps(series), "last_slice": last, "packed": last}
        return said | {"packed_points": points}


def _renamed(run: str) -> str:
    return ELSEWHERE + run.removeprefix(ELSEWHERE)
