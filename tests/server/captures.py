"""Recorded requests of real DVCLive and DVC, and the state a server must end with.

`fixtures/captures/<case>.jsonl` holds what unmodified clients sent, faults they met included;
`fixtures/expected/<case>.json` what all of those requests together mean.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"
SHORTENED = 60
"""Longer series stand in `expected` as their length, first and last row."""

Body = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One capture."""

    name: str

    @cached_property
    def bodies(self) -> list[Body]:
        """The bodies that speak to `api/live`, in the order in which they were sent."""
        lines = (FIXTURES / "captures" / f"{self.name}.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        return [
            record["body"]
            for record in records
            if record["kind"] == "request"
            and isinstance(record["body"], dict)
            and record["body"].get("type") in ("start", "data", "done")
        ]

    @cached_property
    def expected(self) -> dict[str, dict[str, Any]]:
        """By the experiment's name: what a server must show in the end."""
        text = (FIXTURES / "expected" / f"{self.name}.json").read_text()
        found = json.loads(text)["all"]["experiments"]
        return {key.split("|")[2]: {"key": key, **state} for key, state in found.items()}

    def status(self, experiment: str) -> tuple[str, str | None]:
        """Status and detail: `expected` says completed where DVC only hints that its stage failed."""
        said = [
            body
            for body in self.bodies
            if body["name"] == experiment and body["type"] in ("start", "done")
        ][-1]
        if said["client"] == "dvc" and said["type"] == "done" and "experiment_rev" not in said:
            return "failed", "the DVC stage failed"
        return self.expected[experiment]["status"], None

    def shuffled(self, seed: int) -> list[Body]:
        """The data requests between two starts in another order, some of them twice."""
        draw = random.Random(seed)
        bodies: list[Body] = []
        for is_data, group in groupby(self.bodies, lambda body: body["type"] == "data"):
            some = list(group)
            if is_data:
                some += draw.choices(some, k=min(3, len(some)))
                draw.shuffle(some)
            bodies += some
        return bodies


CASES = [Case(path.stem) for path in sorted((FIXTURES / "captures").glob("*.jsonl"))]


def shortened(rows: list[Row]) -> Any:
    """Rows as `expected` holds them."""
    if len(rows) <= SHORTENED:
        return rows
    return {"n": len(rows), "first": rows[0], "last": rows[-1]}
