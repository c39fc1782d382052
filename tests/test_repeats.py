"""Which runs are one experiment again and again: the same answer as the dashboard's."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from live_studio.changes import Row
from live_studio.repeats import repeats

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "fixtures" / "repeats.json").read_text()
)


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
def test_runs_are_put_together_as_the_dashboard_does(case: dict[str, Any]) -> None:
    empty: dict[str, Any] = {field.name: None for field in fields(Row) if field.init}
    rows = [
        Row(
            **empty
            | {"id": int(run["id"]), "name": run["name"], "params_text": json.dumps(run["params"])}
            | {"repo_url": "github.com/o/r", "baseline_sha": run.get("baseline_sha", "7f")}
        )
        for run in case["runs"]
    ]
    found = repeats(rows, case["over"])
    assert [[group.name, *map(str, group.ids)] for group in found] == case["groups"]
