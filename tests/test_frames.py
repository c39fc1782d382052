"""`experiments()` as data frames, and what is asked of it."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import live_studio
from live_studio import Live
from live_studio.errors import NoSuchProject
from live_studio.events import Data, Key, Start
from live_studio.runs import Experiments
from live_studio.studio import Studio


@pytest.fixture(name="runs")
def _runs(store_path: Path) -> Experiments:
    with Live(exp_name="one", params={"lr": 0.1, "model": {"depth": 3}}) as live:
        live.log_metrics({"train/loss": 0.5, "acc": float("nan")})
        live.next_step()
    with Live(exp_name="two", params={"lr": 1e-3}) as live:
        live.log_metric("train/loss", 0.25)
    return live_studio.experiments()


def test_the_table_has_a_row_for_each_and_a_column_for_everything(
    runs: Experiments,
) -> None:
    frame = runs.to_frame()
    assert list(frame["name"]) == ["two", "one"]
    assert list(frame["status"]) == ["completed", "completed"]
    assert list(frame["params.lr"]) == [1e-3, 0.1]
    assert list(frame["metrics.train/loss"]) == [0.25, 0.5]
    assert frame["params.model/depth"].isna().tolist() == [True, False]
    assert math.isnan(frame["metrics.acc"][1])
    assert str(frame["started_at"].dt.tz) == "UTC"
    assert (frame["ended_at"] >= frame["started_at"]).all()


def test_the_frame_survives_a_file(runs: Experiments, tmp_path: Path) -> None:
    runs.to_frame().to_csv(tmp_path / "runs.csv", index=False)
    assert list(pd.read_csv(tmp_path / "runs.csv")["params.lr"]) == [1e-3, 0.1]


def test_files_are_named_only_where_two_hold_the_same_name(store_path: Path) -> None:
    studio = Studio(store_path)
    key = Key("github.com/o/r", "a" * 40, "both")
    params = {"a.yaml": {"lr": 1, "only": 2}, "b.yaml": {"lr": 3}}
    studio.record(
        [Start(key, "dvclive", params), Data(key, "dvclive", metrics={"m": {"x": "inf"}})]
    )
    studio.close()
    frame = live_studio.experiments().to_frame()
    assert frame.loc[0, "params.a.yaml:lr"] == 1
    assert frame.loc[0, "params.b.yaml:lr"] == 3
    assert frame.loc[0, "params.only"] == 2
    assert frame.loc[0, "metrics.x"] == math.inf


def test_without_experiments_the_frame_is_empty_and_has_its_columns(store_path: Path) -> None:
    frame = live_studio.experiments().to_frame()
    assert len(frame) == 0
    assert {"name", "status", "step"} <= set(frame.columns)


def test_experiments_of_one_project(store_path: Path) -> None:
    studio = Studio(store_path)
    for repo in ("github.com/one/cifar", "github.com/two/moons"):
        studio.record([Start(Key(repo, "a" * 40, f"in {repo}"), "dvclive")])
    studio.close()
    for said in ("cifar", "https://github.com/one/cifar.git"):
        found = live_studio.experiments(project=said)
        assert [run.name for run in found] == ["in github.com/one/cifar"]
    with pytest.raises(NoSuchProject, match="there is cifar, moons"):
        live_studio.experiments(project="nobody")


def test_without_pandas_a_sentence_says_what_to_install(store_path: Path, tmp_path: Path) -> None:
    # A pandas that cannot be imported stands before the real one.
    (tmp_path / "pandas.py").write_text("raise ImportError('none here')")
    code = "import live_studio; live_studio.experiments().to_frame()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path), "LIVE_STUDIO_STORE": str(store_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "MissingPackage: Data frames need pandas" in done.stderr
    assert "pip install 'live-studio[pandas]'" in done.stderr
