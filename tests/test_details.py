"""One experiment looked at closely: its generations, and what is too long for a table."""

from __future__ import annotations

import json
from typing import Any

from live_studio import experiments
from live_studio.events import Data, Done, Event, Key, Point, Start
from live_studio.excerpts import KIND_MOST, excerpt
from live_studio.studio import Question, Studio

KEY = Key("github.com/o/r", "1dc7b7bd70c19851d751788ee36ed964c25da1f4", "run")
LOSS = "dvclive/plots/metrics/loss.tsv"
FILE = "params.yaml"


def start(**params: Any) -> Event:
    return Start(KEY, "dvclive", {FILE: params})


def data(*values: float) -> Event:
    points = [Point(step, value) for step, value in enumerate(values)]
    return Data(KEY, "dvclive", len(values) - 1, points={LOSS: points})


def shown(studio: Studio) -> dict[str, Any]:
    (found,) = studio.changes().value["experiments"]
    experiment: dict[str, Any] = found
    return experiment


def details(studio: Studio, generation: int | None = None, **how: bool) -> dict[str, Any]:
    text = studio.details(int(shown(studio)["id"]), generation, **how)
    assert text is not None
    found: dict[str, Any] = json.loads(text)
    return found


def test_every_start_can_be_looked_at_again(studio: Studio) -> None:
    studio.record([start(lr=1), data(0.5, 0.25), Done(KEY, "dvclive", "failed", "gave up")])
    studio.record([start(lr=2), data(0.75)])
    newest = details(studio)
    assert newest["experiment"] == shown(studio)
    said = [
        {name: one[name] for name in ("generation", "status", "detail", "step", "points")}
        for one in newest["generations"]
    ]
    assert said == [
        {"generation": 2, "status": "running", "detail": None, "step": 0, "points": 1},
        {"generation": 1, "status": "failed", "detail": "gave up", "step": 1, "points": 2},
    ]
    first = details(studio, 1)
    assert first["generations"] == newest["generations"]
    assert first["experiment"]["params"] == {FILE: {"lr": 1}}
    assert first["experiment"]["ledger"]["received"] == 2
    experiment = int(first["experiment"]["id"])
    lines = {
        generation: studio.series(Question("loss", [experiment], generation=generation))
        for generation in (None, 1, 2, 3)
    }
    values = {each: [line.series.value.tolist() for line in found] for each, found in lines.items()}
    assert values == {None: [[0.75]], 1: [[0.5, 0.25]], 2: [[0.75]], 3: []}


def test_what_is_not_there_has_no_details(studio: Studio) -> None:
    studio.record([start()])
    experiment = int(shown(studio)["id"])
    assert studio.details(experiment, 2) is None
    assert studio.details(experiment + 1) is None
    studio.delete(experiment)
    assert studio.details(experiment) is None


def test_a_value_of_ten_megabytes_is_told_and_not_sent(studio: Studio) -> None:
    prompt = "ä" * 10_000_000
    studio.record([start(lr=0.1, prompt=prompt, layers={"sizes": list(range(2000))})])
    row = shown(studio)
    held = row["params"][FILE]
    assert held["lr"] == 0.1
    assert held["prompt"] == f"{'ä' * 200}… (10,000,000 characters)"
    assert held["layers"]["sizes"].startswith("[0, 1, 2, ")
    assert row["cut"] == [["params", FILE, "prompt"], ["params", FILE, "layers", "sizes"]]
    assert len(studio.changes().text) < 10_000
    assert details(studio)["experiment"] == row
    whole = details(studio, whole=True)["experiment"]
    assert (whole["params"][FILE]["prompt"] == prompt, whole["cut"]) == (True, [])
    (found,) = experiments()
    assert found.params[FILE]["prompt"] == prompt
    assert found.params[FILE]["layers"]["sizes"] == list(range(2000))


def test_a_value_that_changes_is_cut_anew(studio: Studio) -> None:
    studio.record([start(prompt="a" * 5000)])
    studio.record([Data(KEY, "dvclive", params={FILE: {"prompt": "b" * 5000}})])
    assert shown(studio)["params"][FILE]["prompt"].startswith("bbb")


def test_a_row_of_many_values_keeps_the_first(studio: Studio) -> None:
    studio.record([start(**{f"p{n}": n for n in range(90_000)})])
    row = shown(studio)
    kept = row["params"][FILE]
    assert list(kept) == [f"p{n}" for n in range(len(kept))]
    assert KIND_MOST / 2 < len(json.dumps(kept)) < 3 * KIND_MOST
    assert row["cut"] == [["params", FILE]]


def test_what_is_short_stays_as_it_was_written() -> None:
    text = json.dumps({FILE: {f"p{n}": [n, str(n)] for n in range(300)}})
    assert excerpt("params", text) == (text, [])


def test_rows_with_long_values_share_an_answer(studio: Studio) -> None:
    for n in range(5):
        key = Key(KEY.repo_url, KEY.baseline_sha, f"run-{n}")
        studio.record([Start(key, "dvclive", {FILE: {"prompt": "a" * 1_000_000}})])
    found = studio.changes()
    assert (len(found.experiments), found.more) == (5, False)
