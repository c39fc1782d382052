"""`Live`: what a person logs is what everybody reads."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import live_studio
from live_studio import InvalidMetric, InvalidParam, Live
from live_studio.curves import Question
from live_studio.studio import Studio
from tests.servers import until


@pytest.fixture(name="live")
def _live(studio: Studio) -> Iterator[Live]:
    opened = Live(exp_name="one")
    yield opened
    opened.end()


def row(studio: Studio) -> dict[str, Any]:
    (shown,) = studio.changes().value["experiments"]
    found: dict[str, Any] = json.loads(studio.details(int(shown["id"]), whole=True) or "")
    whole: dict[str, Any] = found["experiment"]
    return whole


def metrics(studio: Studio) -> dict[str, Any]:
    (held,) = row(studio)["metrics"].values()
    return held


def test_every_kind_of_number_is_what_it_was(studio: Studio) -> None:
    logged = {
        "float": 0.1,
        "whole": 3,
        "huge": 2**70,
        "nan": math.nan,
        "inf": math.inf,
        "down": -math.inf,
        "numpy": np.float32(0.5),
        "numpy-whole": np.int64(7),
        "element": np.array([1.25]),
        "text": "ok",
        "flag": True,
    }
    with Live(exp_name="one") as live:
        for name, value in logged.items():
            live.log_metric(name, value)
    assert metrics(studio) == {
        "float": 0.1,
        "whole": 3,
        "huge": str(2**70),
        "nan": "nan",
        "inf": "inf",
        "down": "-inf",
        "numpy": 0.5,
        "numpy-whole": 7,
        "element": 1.25,
        "text": "ok",
        "flag": True,
    }


def test_log_metrics_says_the_same_as_log_metric(studio: Studio) -> None:
    said: list[dict[str, float]] = [
        {"a/b": 0.5, "c": 1},
        {"a/b": 0.25, "c": 2.5},
        {"c": 3, "d": math.nan},
    ]
    with Live(exp_name="rows") as live:
        for held in said:
            live.log_metrics(held)
            live.next_step()
    with Live(exp_name="points") as live:
        for held in said:
            for name, value in held.items():
                live.log_metric(name, value)
            live.next_step()
    rows, points = (found for found in studio.changes().value["experiments"])
    for field in ("metrics", "series", "step", "status", "params"):
        assert rows[field] == points[field]
    for metric in ("a/b", "c", "d"):
        one, two = studio.series(Question(metric, [int(rows["id"]), int(points["id"])]))
        np.testing.assert_array_equal(one.series.value, two.series.value)
        np.testing.assert_array_equal(one.series.step, two.series.step)


def test_what_is_no_number_is_refused_by_name(live: Live) -> None:
    with pytest.raises(InvalidMetric, match="'loss' got a list"):
        live.log_metric("loss", [1, 2])  # type: ignore[arg-type]
    with pytest.raises(InvalidMetric, match="'loss' got a dict"):
        live.log_metrics({"fine": 1.0, "loss": {}})  # type: ignore[dict-item]
    with pytest.raises(InvalidMetric, match="cannot be a metric's name"):
        live.log_metric("", 1.0)
    with pytest.raises(InvalidParam, match="'model'"):
        live.log_param("model", object())


def test_a_refused_row_leaves_nothing_behind(studio: Studio) -> None:
    with Live(exp_name="one") as live:
        with pytest.raises(InvalidMetric):
            live.log_metrics({"fine": 1.0, "loss": None})  # type: ignore[dict-item]
        live.log_metrics({"fine": 2.0})
    assert metrics(studio) == {"fine": 2.0}


def test_params_are_merged_and_keep_their_shape(studio: Studio) -> None:
    with Live(exp_name="one", params={"lr": 0.1, "layers": (64, 32)}) as live:
        live.log_param("lr", 0.2)
        live.log_params({"opt": {"name": "adam", "eps": np.float64(1e-8)}, "limit": math.inf})
    (params,) = row(studio)["params"].values()
    assert params == {
        "lr": 0.2,
        "layers": [64, 32],
        "opt": {"name": "adam", "eps": 1e-8},
        "limit": "inf",
    }


def test_an_exception_fails_the_run_and_names_itself(studio: Studio) -> None:
    with pytest.raises(FloatingPointError), Live(exp_name="one"):
        raise FloatingPointError("loss is not finite")
    found = row(studio)
    assert (found["status"], found["detail"]) == ("failed", "FloatingPointError")
    assert (found["error"]["type"], found["error"]["text"]) == (
        "FloatingPointError",
        "loss is not finite",
    )
    assert 'raise FloatingPointError("loss is not finite")' in found["error"]["traceback"]


def test_an_interrupt_stops_the_run(studio: Studio) -> None:
    with pytest.raises(KeyboardInterrupt), Live(exp_name="one"):
        raise KeyboardInterrupt
    assert (row(studio)["status"], row(studio)["detail"]) == ("stopped", "interrupted")


def test_end_inside_with_waits_for_the_blocks_end(studio: Studio) -> None:
    with Live(exp_name="one") as live:
        live.log_metric("a", 1.0)
        live.end()
        live.log_metric("a", 2.0)
    assert metrics(studio) == {"a": 2.0}
    assert row(studio)["status"] == "completed"


@pytest.mark.parametrize(
    ("last", "status", "detail"),
    [
        ("", "stopped", "exited without end()"),
        ("raise RuntimeError('no')", "failed", "RuntimeError"),
        ("raise KeyboardInterrupt", "stopped", "interrupted"),
        ("live.end()", "completed", None),
    ],
)
def test_a_script_that_just_ends_is_never_called_completed(
    studio: Studio, last: str, status: str, detail: str | None
) -> None:
    code = f"from live_studio import Live\nlive = Live(exp_name='s')\nlive.log_metric('a', 1.0)\n{last}"
    subprocess.run([sys.executable, "-c", code], check=False, stderr=subprocess.DEVNULL)
    assert (row(studio)["status"], row(studio)["detail"]) == (status, detail)
    assert metrics(studio) == {"a": 1.0}


def test_a_run_shows_while_it_runs(studio: Studio, live: Live) -> None:
    live.log_metric("loss", 0.5)
    until(
        lambda: studio.experiments() and studio.experiments()[0].series_text != "{}", "the courier"
    )
    assert row(studio)["status"] == "running"
    assert live_studio.experiments()["one"].status == "running"


def test_a_picture_is_kept_for_every_step(studio: Studio) -> None:
    with Live(exp_name="reel") as live:
        for _ in range(4):
            live.log_image("a.png", PIXEL)
            live.next_step()
    assert [image["step"] for image in row(studio)["images"]] == [0, 1, 2, 3]


def test_experiments_are_a_list_and_found_by_name(studio: Studio) -> None:
    for name in ("first", "second"):
        with Live(exp_name=name) as live:
            for step in range(3):
                live.log_metric("loss", step / 2)
                live.next_step()
    runs = live_studio.experiments()
    assert [run.name for run in runs] == ["second", "first"]
    assert len(live_studio.experiments(name="first")) == 1
    frame = runs["first"].series("loss")
    assert frame["value"].tolist() == [0.0, 0.5, 1.0]
    assert frame["step"].tolist() == [0, 1, 2]
    assert set(runs.series("loss")["experiment"]) == {"first", "second"}
    with pytest.raises(KeyError, match="no experiment is called 'third'"):
        runs["third"]
    assert "second" in runs._repr_html_()
    assert "<b>State</b> of" in runs._repr_html_()


def test_what_is_put_into_the_summary_is_logged_and_nothing_twice(studio: Studio) -> None:
    with Live(exp_name="summary") as live:
        live.log_metrics({"a/b": 1.5, "broken": math.nan, "c//d": 2.0})
        live.next_step()
        assert live.summary["broken"] == "nan"
        live.make_summary()
        before = live.written
        live.make_summary()
        assert live.written == before
        live.summary["a"]["best"] = 1.25
        live.make_summary()
        live.summary["last"] = 4
    assert metrics(studio)["a"] == {"b": 1.5, "best": 1.25}
    assert metrics(studio)["last"] == 4
    assert metrics(studio)["broken"] == "nan"


def test_what_cannot_be_summed_up_does_not_keep_a_run_from_ending(studio: Studio) -> None:
    live = Live()
    live.log_metric("loss", 0.5)
    live.summary["wrong"] = [1]
    with pytest.warns(UserWarning, match="left out what the summary held"):
        live.end()
    assert row(studio)["status"] == "completed"


def test_a_name_is_drawn_where_none_is_given(studio: Studio) -> None:
    with Live() as live:
        assert live.exp_name.count("-") == 1
    assert row(studio)["name"] == live.exp_name


def test_in_a_repository_the_run_hangs_under_its_commit(studio: Studio, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    for command in (
        ["git", "init", "-q", "-b", "main", str(repo)],
        ["git", "-C", str(repo), "config", "user.email", "a@example.org"],
        ["git", "-C", str(repo), "config", "user.name", "Ada"],
        ["git", "-C", str(repo), "commit", "-q", "--allow-empty", "-m", "First"],
    ):
        subprocess.run(command, check=True)
    os.chdir(repo)
    with Live(exp_name="in-git"):
        pass
    changes = studio.changes().value
    (found,) = changes["experiments"]
    assert found["place"] == {"kind": "commit", "reason": None}
    (commit,) = changes["commits"]
    assert (commit["sha"], commit["title"]) == (found["baseline_sha"], "First")
    assert (commit["branch"], commit["author"], commit["order"]) == ("main", "Ada", 0)


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080200000090"
    "7753de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def test_pictures_of_every_kind_arrive_as_they_are(studio: Studio, tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "one.png").write_bytes(PIXEL)
    array = np.zeros((4, 6, 3), dtype=np.uint8)
    with Live(exp_name="one") as live:
        live.log_image("path.png", tmp_path / "one.png")
        live.log_image("bytes.png", PIXEL)
        live.next_step()
        live.log_image("array.png", array)
        live.log_image("pil.jpg", Image.fromarray(array))
        live.log_image("bytes.png", PIXEL)
    found = row(studio)
    images = {image["path"].rpartition("/")[2]: image for image in found["images"]}
    assert {name: image["step"] for name, image in images.items()} == {
        "path.png": 0,
        "bytes.png": 1,
        "array.png": 1,
        "pil.jpg": 1,
    }
    assert studio.image(int(found["id"]), images["path.png"]["digest"]) == ("image/png", PIXEL)
    kind, body = studio.image(int(found["id"]), images["pil.jpg"]["digest"]) or ("", b"")
    assert (kind, body[:2]) == ("image/jpeg", b"\xff\xd8")
    # What is stored is seen a moment before its files are taken away.
    until(lambda: not list(studio.journals.glob("*.[0-9a-f]*")), "the pictures' files to go")


def test_what_is_no_picture_is_refused(live: Live) -> None:
    with pytest.raises(InvalidMetric, match="needs a suffix"):
        live.log_image("picture", PIXEL)
    with pytest.raises(InvalidMetric, match="got a list"):
        live.log_image("picture.png", [1, 2])
    with pytest.raises(InvalidMetric, match="got a bytes"):
        live.log_image("picture.png", b"<svg/>")


def test_parameters_of_any_length_arrive(studio: Studio) -> None:
    text = "x" * 300_000
    with Live(exp_name="one", params={"prompt": text, "lr": 0.1}) as live:
        live.log_param("lr", 0.2)
    (params,) = row(studio)["params"].values()
    assert params == {"prompt": text, "lr": 0.2}


def test_thousands_of_metrics_in_one_call_are_all_there(studio: Studio) -> None:
    said = {f"layer/{number}": float(number) for number in range(9_001)}
    with Live(exp_name="one") as live:
        for _ in range(3):
            live.log_metrics(said)
            live.next_step()
        live.log_metrics({})
    (held,) = row(studio)["metrics"].values()
    assert len(held["layer"]) == 9_001
    (line,) = studio.series(Question("layer/9000", [int(row(studio)["id"])]))
    assert line.series.value.tolist() == [9000.0] * 3


def test_long_texts_are_kept_and_long_names_are_refused(studio: Studio) -> None:
    with Live(exp_name="n" * 2_000, exp_message="m" * 100_000) as live:
        live.log_metric("note", "x" * 100_000)
        with pytest.raises(InvalidMetric, match="too long"):
            live.log_metric("y" * 70_000, 1.0)
    assert metrics(studio) == {"note": "x" * 100_000}
    assert (len(row(studio)["name"]), len(row(studio)["message"])) == (500, 500)


def test_a_name_may_also_be_a_group(studio: Studio) -> None:
    with Live(exp_name="one") as live:
        live.log_metric("loss/train", 1.0)
        live.log_metric("loss/deep/er", 2.0)
        live.next_step()
        live.log_metric("loss", 3.0)
        live.next_step()
        live.log_metric("loss/train", 4.0)
    held = metrics(studio)
    assert {name: held[name] for name in held if name != "step"} == {
        "loss": 3.0,
        "loss/train": 4.0,
        "loss/deep/er": 2.0,
    }


def test_requests_beside_a_journal_name_their_own_series(studio: Studio) -> None:
    from live_studio.events import Data, Key, Point

    live = Live(exp_name="both")
    # A name without points: the journal's numbers are not the places in the row's list of series.
    live.log_metric("quiet", 0.0, plot=False)
    live.log_metric("first", 1.0)
    live.log_metric("loss", 2.0)
    live.next_step()
    until(lambda: studio.experiments() and '"loss' in studio.experiments()[0].metrics_text, "it")
    found = row(studio)
    key = Key(found["repo_url"], found["baseline_sha"], "both")
    paths = list(found["series"])
    for step in (5, 6):
        points = {path: [Point(step, 10.0 * step)] for path in reversed(paths)}
        studio.record([Data(key, "dvclive", step, points=points)])
    live.log_metric("loss", 3.0)
    live.log_metric("first", 4.0)
    live.end()
    one = int(found["id"])
    assert studio.series(Question("first", [one]))[0].series.value.tolist() == [
        1.0,
        4.0,
        50.0,
        60.0,
    ]
    assert studio.series(Question("loss", [one]))[0].series.value.tolist() == [2.0, 3.0, 50.0, 60.0]


def test_a_journal_that_makes_no_sense_stops_no_other(studio: Studio) -> None:
    from live_studio import records
    from live_studio.drainer import Drainer

    bad, good = Live(exp_name="bad"), Live(exp_name="good")
    bad._append(records.text(records.LARGE, {"kind": records.PARAMS, "digest": None}))
    good.log_metric("loss", 1.0)
    drainer = Drainer(studio)
    drainer.drain()
    drainer.drain()
    good.end()
    bad.end()
    statuses = {found.name: found.status for found in studio.experiments()}
    assert statuses["good"] == "completed"


def test_a_folder_that_cannot_be_written_is_said_and_stops_no_training(
    store_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = store_path.with_name("a-file")
    blocked.write_text("not a folder")
    with pytest.warns(UserWarning, match="records nothing"):
        live = Live(exp_name="one", store=blocked / "store.db")
    live.log_metric("loss", 1.0)
    live.end()
