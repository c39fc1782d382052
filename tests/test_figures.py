"""A figure in code holds what was logged, as the dashboard would draw it."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

import live_studio
from live_studio.live import Live
from live_studio.smoothing import smoothed
from live_studio.studio import Studio


def logged(name: str, values: list[float]) -> None:
    with Live(exp_name=name) as live:
        for step, value in enumerate(values):
            live.step = step
            live.log_metric("train/loss", value)


def test_a_figure_has_a_line_for_each_experiment_and_says_what_has_no_place(studio: Studio) -> None:
    logged("plain", [3.0, 2.0, 1.0])
    logged("<b>odd</b>", [1.0, math.nan, 0.5, math.nan, math.inf, 0.25])
    drawn = live_studio.experiments().figure("train/loss")
    assert [trace.name for trace in drawn.data] == ["plain", "&lt;b&gt;odd&lt;/b&gt;"]
    assert drawn.data[0].y.tolist() == [3.0, 2.0, 1.0]
    np.testing.assert_array_equal(drawn.data[1].y, [1, np.nan, 0.5, np.nan, np.nan, 0.25])
    # No line reaches the points between two gaps: they are dots.
    assert drawn.data[1].marker.size.tolist() == [5, 0, 5, 0, 0, 5]
    assert [(mark.text, mark.y) for mark in drawn.layout.annotations] == [
        ("◇ NaN ×2", 0),
        ("△ ∞", 1),
    ]
    assert drawn.layout.annotations[0].hovertext == "NaN at steps 1, 3"


def test_smoothed_lines_stand_before_what_was_logged(studio: Studio) -> None:
    values = [math.sin(step) for step in range(5000)]
    values[2500] = 40.0
    logged("long", values)
    (raw, soft) = live_studio.experiments()["long"].figure("train/loss", smooth=0.9).data
    assert max(raw.y) == 40.0
    assert raw.opacity == 0.28
    assert len(raw.x) <= 1010
    whole = smoothed(np.array(values), 0.9)
    np.testing.assert_array_equal(soft.y, whole[np.array(soft.x, dtype=int)])
    assert len(live_studio.experiments().figure("train/loss", points=0).data[0].x) == 5000


def test_a_figure_stands_on_the_axes_that_were_asked_for(studio: Studio) -> None:
    logged("one", [1.0, 0.0, 2.0])
    found = live_studio.experiments()
    assert found.figure("train/loss", x="time").data[0].x.dtype.kind == "M"
    log = found.figure("train/loss", log=True, x="metric:train/loss")
    assert log.layout.yaxis.type == "log"
    assert log.data[0].x.tolist() == [0.0, 1.0, 2.0]
    assert log.layout.annotations[0].text == "▼ ≤ 0"
    with pytest.raises(ValueError, match="`x` is none of step"):
        found.figure("train/loss", x="epoch")
    assert found.figure("nobody/logged/this").data == ()


def test_plotly_is_imported_for_figures_alone() -> None:
    code = "import sys, live_studio; live_studio.experiments; print('plotly' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_runs_that_are_equal_but_for_a_parameter_are_a_mean_in_a_band(studio: Studio) -> None:
    for seed, values in enumerate(([1.0, 2.0, 3.0], [3.0, 4.0], [5.0, 6.0, 7.0])):
        with Live(exp_name=f"cos-s{seed}", params={"seed": seed, "lr": 0.1}) as live:
            for step, value in enumerate(values):
                live.step = step
                live.log_metric("train/loss", value)
    logged("alone", [9.0])
    drawn = live_studio.experiments().figure("train/loss", group="seed")
    band, alone, mean = drawn.data
    assert [(trace.name, trace.y.tolist()) for trace in (alone, mean)] == [
        ("alone", [9.0]),
        ("cos", [3.0, 4.0, 5.0]),
    ]
    assert band.x.tolist()[:-1] == [0, 1, 2, 2, 1, 0]
    np.testing.assert_allclose(
        band.y[:-1], [5, 6, 5 + 8**0.5, 5 - 8**0.5, 2, 1], err_msg="high edge, low edge backwards"
    )
    assert band.fillcolor == "rgba(138, 79, 208, 0.16)"
    assert mean.line.color == "#8a4fd0"
    assert drawn.layout.title.text == "train/loss<br><sub>mean ± std over seed · n = 3</sub>"
    several = live_studio.experiments().figure("train/loss", group=["seed"], band="range", log=True)
    assert several.data[0].y.tolist()[:-1] == [5, 6, 7, 3, 2, 1]
    with pytest.raises(ValueError, match="`band` is none of std"):
        live_studio.experiments().figure("train/loss", group="seed", band="sem")
