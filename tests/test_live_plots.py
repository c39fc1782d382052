"""Plots, artifacts and the number of steps: what is logged is what everybody reads."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from live_studio import Live, errors
from live_studio.keeper import Keeper
from live_studio.store.retention import let_go, loose
from live_studio.studio import Studio

ROWS = [{"x": 0, "a": 1.5, "b": "low"}, {"x": 1, "a": float("nan"), "b": None}]


def row(studio: Studio) -> dict[str, Any]:
    (shown,) = studio.changes().value["experiments"]
    found: dict[str, Any] = shown
    return found


def rows(studio: Studio, plot: dict[str, Any]) -> Any:
    return json.loads(studio.plot_rows(int(row(studio)["id"]), plot["digest"]) or b"")


def test_a_plot_arrives_with_its_rows_and_how_it_is_drawn(studio: Studio) -> None:
    with Live(exp_name="plots") as live:
        live.next_step()
        live.log_plot("deep/curve.json", ROWS, "x", ["a", "b"], "scatter", "Curve", y_label="both")
    (plot,) = row(studio)["plots"]
    assert plot.pop("digest")
    assert plot == {
        "path": "dvclive/plots/custom/deep/curve.json",
        "step": 1,
        "props": {
            "template": "scatter",
            "x": "x",
            "y": ["a", "b"],
            "title": "Curve",
            "y_label": "both",
        },
    }
    (plot,) = row(studio)["plots"]
    assert rows(studio, plot) == [{"x": 0, "a": 1.5, "b": "low"}, {"x": 1, "a": "nan", "b": None}]


@pytest.mark.parametrize(
    "datapoints",
    [
        [{"0": 1, "1": 2}, {"0": 3, "1": 4}],
        pd.DataFrame({"0": [1, 2], "1": [3, 4]}).assign(**{"0": [1, 3], "1": [2, 4]}),
        np.array([[1, 2], [3, 4]]),
        np.array([(1, 2), (3, 4)], dtype=[("0", int), ("1", int)]),
        [{"0": np.int64(1), "1": np.float32(2)}, {"0": 3, "1": 4}],
    ],
    ids=["dicts", "frame", "array", "records", "numpy numbers"],
)
def test_rows_of_every_kind_are_the_same_rows(studio: Studio, datapoints: Any) -> None:
    with Live(exp_name="rows") as live:
        live.log_plot("p", datapoints, "0", "1")
    (plot,) = row(studio)["plots"]
    assert rows(studio, plot) == [{"0": 1, "1": 2}, {"0": 3, "1": 4}]


def test_a_later_plot_takes_the_place_of_the_earlier(studio: Studio) -> None:
    with Live(exp_name="later") as live:
        for step in range(3):
            live.log_plot("p", [{"x": step, "y": step}], "x", "y")
            live.log_plot(f"own/{step}", [{"x": step, "y": step}], "x", "y")
            live.next_step()
    plots = {plot["path"].rpartition("custom/")[2]: plot for plot in row(studio)["plots"]}
    assert plots.keys() == {"p.json", "own/0.json", "own/1.json", "own/2.json"}
    assert rows(studio, plots["p.json"]) == [{"x": 2, "y": 2}]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("p", 3, "x", "y"), r"'p' got a int; give a list of dicts"),
        (("p", [1, 2], "x", "y"), r"'p' got a list"),
        (("p", [{"x": 1}], "x", "y"), r"no column 'y'"),
        (("", [], "x", "y"), r"cannot be a plot's name"),
        (("p", [{"x": "a" * 5_000_000, "y": 1}], "x", "y"), r"at most 4,000,000"),
    ],
)
def test_what_is_no_plot_is_refused(studio: Studio, arguments: Any, reason: str) -> None:
    with Live(exp_name="refused") as live, pytest.raises(errors.InvalidPlot, match=reason):
        live.log_plot(*arguments)


def test_a_confusion_matrix_needs_no_other_package(studio: Studio) -> None:
    with Live(exp_name="matrix") as live:
        live.log_sklearn_plot("confusion_matrix", [1, 0], np.array([1, 1]), normalized=True)
    (plot,) = row(studio)["plots"]
    assert plot["path"] == "dvclive/plots/sklearn/confusion_matrix.json"
    assert plot["props"]["template"] == "confusion_normalized"
    assert rows(studio, plot) == [
        {"actual": "1", "predicted": "1"},
        {"actual": "0", "predicted": "1"},
    ]


def test_an_unknown_kind_is_refused_and_a_missing_package_is_named(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(errors.InvalidPlot, match=r"'pie' is no kind of plot; there are calib"):
        live.log_sklearn_plot("pie", [1], [1])
    monkeypatch.setitem(__import__("sys").modules, "sklearn.metrics", None)
    with pytest.raises(errors.MissingPackage, match="pip install scikit-learn"):
        live.log_sklearn_plot("roc", [1, 0], [0.5, 0.1])


@pytest.fixture(name="live")
def _live(studio: Studio) -> Any:
    opened = Live(exp_name="one")
    yield opened
    opened.end()


def test_an_artifact_is_noted_and_stays_where_it_is(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = tmp_path / "out" / "model.bin"
    model.parent.mkdir()
    model.write_bytes(b"weights")
    with Live(exp_name="artifact") as live:
        live.log_artifact("out/model.bin", "model", desc="small", labels=["a"], meta={"k": [1]})
        live.log_artifact(model.parent, name="folder")
        live.log_artifact(model, "model", name="copied", copy=True)
    first, folder, copied = row(studio)["artifacts"]
    assert first.pop("time") > 0
    assert first == {
        "name": "model",
        "path": "out/model.bin",
        "size": 7,
        "sha256": hashlib.sha256(b"weights").hexdigest(),
        "type": "model",
        "desc": "small",
        "labels": ["a"],
        "meta": {"k": [1]},
    }
    assert (folder["path"], folder["size"]) == ("out", 7)
    assert copied["path"] == "dvclive/artifacts/model.bin"
    assert (tmp_path / copied["path"]).read_bytes() == b"weights"


def test_no_folder_of_the_machine_is_told(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "secret" / "model.bin").write_bytes(b"1")
    with Live(exp_name="elsewhere") as live:
        live.log_artifact(tmp_path / "secret" / "model.bin")
    (artifact,) = row(studio)["artifacts"]
    assert artifact["path"] == "model.bin"


def test_what_is_no_artifact_is_refused(live: Live, tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidArtifact, match="got a int"):
        live.log_artifact(3)  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArtifact, match=r"'none.bin' cannot be read: No such file"):
        live.log_artifact(tmp_path / "none.bin")
    (tmp_path / "some").write_bytes(b"")
    with pytest.raises(errors.InvalidParam, match="some"):
        live.log_artifact(tmp_path / "some", meta={"what": object()})


def test_the_number_of_steps_is_told_and_taken_back(studio: Studio) -> None:
    with Live(exp_name="steps", steps=10) as live:
        assert live.total_steps == 10
        live.sync()
    assert row(studio)["total_steps"] == 10
    with Live(exp_name="steps") as live:
        live.total_steps = np.int64(20)  # type: ignore[assignment]
        live.total_steps = None
        with pytest.raises(errors.InvalidMetric, match="number of steps"):
            live.total_steps = 0
    assert row(studio)["total_steps"] is None


def test_a_plotly_figure_is_kept_as_data_without_what_could_act(studio: Studio) -> None:
    drawing = go.Figure(
        [
            go.Scatter(x=np.arange(3), y=np.array([1.5, np.nan, 2]), customdata=[[1], [2], [3]]),
            go.Heatmap(z=np.array([[1, 2], [3, 4]]), hovertemplate="<b>%{z}</b>"),
            go.Bar(x=[dt.date(2026, 1, 2)], y=[3]),
        ]
    )
    drawing.update_layout(title="Three", template="plotly_dark", updatemenus=[{"type": "buttons"}])
    drawing.add_layout_image(source="https://example.org/pixel.png")
    with Live(exp_name="figures") as live:
        live.log_plot("three", drawing)
        live.log_plot("own words", {"data": [{"y": [1, 2]}]}, title="Plain")
    three, own = row(studio)["plots"]
    assert three["props"] == {"template": "figure", "title": "Three"}
    assert rows(studio, three) == {
        "data": [
            {"type": "scatter", "x": [0, 1, 2], "y": [1.5, "nan", 2.0]},
            {"type": "heatmap", "z": [[1, 2], [3, 4]]},
            {"type": "bar", "x": ["2026-01-02"], "y": [3]},
        ],
        "layout": {"title": {"text": "Three"}},
    }
    assert own["props"] == {"template": "figure", "title": "Plain"}
    assert rows(studio, own) == {"data": [{"y": [1, 2]}], "layout": {}}


@pytest.mark.parametrize(
    ("drawing", "reason"),
    [
        (go.Figure(go.Pie(values=[1, 2])), r"type 'pie'; there are bar, heatmap, .*log_image"),
        ({"data": [{"type": "scattergeo"}]}, r"type 'scattergeo'"),
        ({"data": []}, r"0 traces; from 1 to 100"),
        ({"data": [{"y": [1]}] * 101}, r"101 traces"),
        ({"data": [{"y": [0.123456789] * 500_000}]}, r"bytes; at most 4,000,000"),
        ({"data": [{"y": {"bdata": "?", "dtype": "f8"}}]}, r"cannot be written as JSON"),
    ],
)
def test_a_figure_that_would_not_be_drawn_is_refused_with_the_reason(
    live: Live, drawing: Any, reason: str
) -> None:
    with pytest.raises(errors.InvalidPlot, match=reason):
        live.log_plot("p", drawing)


def test_rows_need_columns_and_a_histogram_one_of_them(live: Live) -> None:
    with pytest.raises(errors.InvalidPlot, match="give `x` and `y`"):
        live.log_plot("p", ROWS, "x")
    live.log_plot("p", ROWS, "x", template="histogram")


def bodies(studio: Studio) -> set[str]:
    return {bytes(row[0]).decode() for row in studio.store.read("SELECT body FROM plot_rows")}


def test_a_figure_of_matplotlib_is_a_picture_and_is_closed(studio: Studio) -> None:
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    with Live(exp_name="figures") as live:
        for step in range(3):
            figure, axes = pyplot.subplots()
            axes.plot([step, 1, 2])
            live.log_plot("curve", figure)
            live.next_step()
    assert pyplot.get_fignums() == []
    (row,) = studio.changes().value["experiments"]
    assert {image["path"] for image in row["images"]} == {"dvclive/plots/images/curve.png"}
    assert {image["step"] for image in row["images"]} == {0, 1, 2}


def test_of_a_plot_that_is_logged_at_every_epoch_the_newest_rows_alone_stay(studio: Studio) -> None:
    for name, epochs in (("long", 20), ("short", 4)):
        with Live(exp_name=name) as live:
            for epoch in range(epochs):
                live.log_plot("roc", [{"x": epoch}], "x", "x")
                live.next_step()
    assert len(bodies(studio)) == 20
    Keeper(studio.store).tidy()
    # What is old in one run is the newest of another.
    assert bodies(studio) == {'[{"x":19}]', '[{"x":3}]'}
    assert studio.store.drop_loose() == 0


def test_rows_that_are_named_again_while_loose_ones_are_looked_for_stay(studio: Studio) -> None:
    with Live(exp_name="first") as live:
        for epoch in (1, 2):
            live.log_plot("roc", [{"x": epoch}], "x", "x")
            live.next_step()
    since, found = studio.store.seq(), loose(studio.store.read)  # type: ignore[arg-type]
    assert len(found["plot_rows"]) == 1
    with Live(exp_name="second") as live:
        live.log_plot("roc", [{"x": 1}], "x", "x")
    with sqlite3.connect(studio.store.path) as file:
        assert let_go(file.execute, found, since) == 0
    assert bodies(studio) == {'[{"x":1}]', '[{"x":2}]'}
