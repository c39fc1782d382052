"""Rows that were read before are not read again, and nobody can tell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from live_studio.changes import Row
from live_studio.events import Data, Key
from live_studio.store.shown import Shown
from live_studio.studio import Studio

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"


def key(name: str) -> Key:
    return Key("github.com/o/r", SHA, name)


def said(name: str, loss: float) -> Data:
    return Data(key(name), "dvclive", 0, metrics={"m.json": {"loss": loss}})


def losses(studio: Studio) -> dict[str, Any]:
    rows = [json.loads(text) for text in studio.changes().experiments]
    return {row["name"]: row["metrics"]["m.json"]["loss"] for row in rows}


def test_a_changed_row_is_read_anew_and_the_others_are_not(tmp_path: Path) -> None:
    studio, other = Studio(tmp_path / "store.db"), Studio(tmp_path / "store.db")
    studio.record([said("a", 1), said("b", 1)])
    assert losses(studio) == {"a": 1, "b": 1}
    studio.record([said("a", 2)])
    before = {row.name: row for row in studio.store.rows(0, 10**9).rows}
    assert losses(studio) == {"a": 2, "b": 1}
    other.record([said("a", 3)])
    after = {row.name: row for row in studio.store.rows(0, 10**9).rows}
    assert losses(studio) == losses(other) == {"a": 3, "b": 1}
    assert after["b"] is before["b"]
    other.close()
    studio.close()


def test_rows_of_another_file_are_not_shown_for_those_of_this_one(tmp_path: Path) -> None:
    """Two stores count alike: the same experiments have the same seqs in both."""
    first, second = Studio(tmp_path / "first.db"), Studio(tmp_path / "second.db")
    first.record([said("a", 1)])
    second.record([said("a", 2)])
    assert losses(first) == {"a": 1}
    second.close()
    for path in tmp_path.glob("first.db*"):
        path.unlink()
    for path in tmp_path.glob("second.db*"):
        shutil.copy(path, tmp_path / path.name.replace("second", "first"))
    assert losses(first) == {"a": 2}
    first.close()


def row(number: int, seq: int = 1) -> Row:
    texts = dict.fromkeys(("error_text", "params_text", "metrics_text", "series_text"), "{}")
    who = {"repo_url": "o/r", "baseline_sha": SHA, "name": "a", "client": "dvclive"}
    nothing = dict.fromkeys(("detail", "message", "subdir", "experiment_rev", "step", "ended_at"))
    times = dict.fromkeys(("started_at", "updated_at", "heard_at", "stale_at", "lost_at"), 0.0)
    more: dict[str, Any] = {**texts, **who, **nothing, **times}
    return Row(id=number, seq=seq, generation=1, status="running", images_text="[]", **more)


def test_a_row_that_was_written_stands_in_whatever_place_it_is_given() -> None:
    one = row(1)
    places: list[dict[str, Any]] = [
        {"kind": "commit"},
        {"kind": "detached", "reason": "not pushed"},
    ]
    written = [json.loads(one.placed(json.dumps(place))) for place in places]
    assert [said.pop("place") for said in written] == places
    assert written[0] == written[1]
    assert written[0]["id"] == "1"


def test_what_is_remembered_is_bounded_and_the_oldest_goes() -> None:
    shown = Shown(most=6_000)
    for number in range(3):
        shown.keep(row(number), 1_000)
    assert shown.get(0, 1) is not None
    shown.keep(row(3), 1_000)
    assert [shown.get(number, 1) is not None for number in range(4)] == [True, False, True, True]
    for seq in range(2, 50):
        shown.keep(row(3, seq), 1_000)
    assert shown.get(3, 48) is None
    assert shown.get(3, 49) is not None
    assert shown.get(0, 1) is not None
    shown.keep(row(4), 10_000)
    assert shown.get(4, 1) is None
