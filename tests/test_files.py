"""DVCLive's files: where they are written, when, and what happens where they cannot be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from live_studio import InvalidParam, Live
from live_studio.studio import Studio
from tests.servers import own_home

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def left(folder: Path) -> list[str]:
    """The files below a folder, but for those of the store."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and not path.relative_to(folder).parts[0].strip(".").startswith("store.db")
    )


def logged(folder: str) -> None:
    with Live(folder) as live:
        live.log_metric("loss", 1.0)


def table(folder: Path, name: str = "loss") -> list[list[str]]:
    text = (folder / "plots" / "metrics" / f"{name}.tsv").read_text()
    return [line.split("\t") for line in text.splitlines()]


def test_nothing_is_written_where_no_folder_was_named(studio: Studio, tmp_path: Path) -> None:
    with Live(exp_name="run", params={"lr": 0.1}) as live:
        live.log_metric("loss", 1.0)
        live.make_summary()
    assert left(tmp_path) == []
    assert studio.experiments()[0].status == "completed"


@pytest.mark.parametrize("how", ["named", "in a DVC repository"])
def test_files_are_written_at_the_end_where_they_are_wanted(
    studio: Studio, tmp_path: Path, how: str
) -> None:
    if how != "named":
        (tmp_path / ".dvc").mkdir()
        (tmp_path / ".dvc" / "config").touch()
    named = {"dir": "dvclive"} if how == "named" else {}
    live = Live(**named, params={"lr": 0.1}, save_dvc_exp=False)  # type: ignore[arg-type]
    live.log_metric("loss", 1.0)
    live.log_image("a.png", PNG)
    live.next_step()
    assert left(tmp_path / "dvclive") == []
    live.end()
    assert left(tmp_path / "dvclive") == [
        "metrics.json", "params.yaml", "plots/images/a.png", "plots/metrics/loss.tsv",
    ]  # fmt: skip
    assert (tmp_path / "dvc.yaml").exists()
    assert studio.experiments()[0].status == "completed"


@pytest.mark.parametrize("dvcyaml", [None, False])
def test_no_dvcyaml_is_written_where_none_is_wanted(
    studio: Studio, tmp_path: Path, dvcyaml: bool | None
) -> None:
    with Live("kept", dvcyaml=dvcyaml) as live:
        live.log_metric("loss", 1.0)
    assert not list(tmp_path.rglob("dvc.yaml"))
    assert studio.experiments()


def test_a_dvcyaml_of_another_name_is_refused_before_anything_is_recorded(studio: Studio) -> None:
    with pytest.raises(InvalidParam, match="only where it is called"):
        Live("kept", dvcyaml="plots.yaml")
    assert not studio.experiments()


def test_what_others_wrote_into_dvcyaml_stays(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text(
        "# by hand\nstages:\n  train:\n    cmd: python train.py  # slow\n"
        "metrics:\n- other/metrics.json\n- kept/metrics.json\nplots:\n- kept/plots/old\n"
    )
    with Live("kept") as live:
        live.log_metric("loss", 1.0)
    assert (tmp_path / "dvc.yaml").read_text() == (
        "# by hand\nstages:\n  train:\n    cmd: python train.py  # slow\n"
        "metrics:\n- other/metrics.json\n- kept/metrics.json\n"
        "plots:\n- kept/plots/metrics:\n    x: step\n"
    )
    assert studio.experiments()


def test_a_later_run_takes_the_place_of_an_earlier_ones_files(
    studio: Studio, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        with Live("kept") as live:
            live.log_metric(name, 1.0)
            live.log_image(f"{name}.png", PNG)
    assert left(tmp_path / "kept") == [
        "metrics.json", "plots/images/second.png", "plots/metrics/second.tsv",
    ]  # fmt: skip
    assert len(studio.experiments()) == 2


def test_a_resumed_run_goes_on_in_its_files(studio: Studio, tmp_path: Path) -> None:
    for value in (1.0, 2.0):
        with Live("kept", resume=value > 1, params={f"p{value:g}": 1}) as live:
            live.log_metric("loss", value)
            live.log_metric(f"only{value:g}", value)
            live.next_step()
    assert table(tmp_path / "kept") == [["step", "loss"], ["0", "1.0"], ["1", "2.0"]]
    held = json.loads((tmp_path / "kept" / "metrics.json").read_text())
    assert held == {"loss": 2.0, "only1": 1.0, "only2": 2.0, "step": 1}
    assert (tmp_path / "kept" / "params.yaml").read_text() == "p1: 1\np2: 1\n"
    assert len(studio.experiments()) == 1


def test_a_resumed_run_leaves_alone_the_rows_of_another(studio: Studio, tmp_path: Path) -> None:
    for name, steps in (("one", 3), ("other", 5)):
        with Live("kept", exp_name=name) as live:
            for step in range(steps):
                live.log_metric("loss", float(step))
                live.next_step()
    with Live("kept", exp_name="one", resume=True) as live:
        live.log_metric("loss", 9.0)
    assert table(tmp_path / "kept") == [["step", "loss"], ["3", "9.0"]]
    assert len(studio.experiments()) == 2


def test_a_failed_run_leaves_its_files_too(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(TypeError), Live("kept") as live:
        live.log_metrics({"loss": 1.0, "acc": []})  # type: ignore[dict-item]
    assert left(tmp_path / "kept") == ["metrics.json"]
    assert studio.experiments()[0].status == "failed"


def test_the_summary_is_written_when_asked_for(studio: Studio, tmp_path: Path) -> None:
    with Live("kept") as live:
        live.log_metric("loss", 1.0)
        live.summary["best"] = 0.5
        live.sync()
        said = json.loads((tmp_path / "kept" / "metrics.json").read_text())
        assert said == {"loss": 1.0, "best": 0.5}
    assert studio.experiments()


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out"])
def test_a_name_that_leads_out_of_the_folder_is_not_followed(
    studio: Studio, tmp_path: Path, name: str
) -> None:
    with Live("kept") as live:
        live.log_metric(name, 1.0)
        live.log_image(f"{name}.png", PNG)
        live.log_plot(name, [{"x": 1, "y": 2}], "x", "y")
    outside = [path for path in left(tmp_path) if not path.startswith("kept/")]
    assert outside == ["dvc.yaml"]
    assert not Path("/etc/out.tsv").exists()
    assert studio.experiments()[0].status == "completed"


def test_where_files_cannot_be_written_one_warning_says_so_and_the_run_is_stored(
    studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("a file stands where the folder should")
    with pytest.warns(UserWarning, match="could not write a run's files") as told:
        logged("kept/below")
    assert len(told) == 1
    (row,) = studio.experiments()
    assert row.status == "completed"


def test_a_full_disk_leaves_the_earlier_files_whole(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Live("kept") as live:
        live.log_metric("loss", 1.0)
    before = {path: path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file()}
    code = """
import resource, signal
from live_studio import InvalidParam, Live
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
live = Live("kept", exp_name="full")
for step in range(20_000):
    live.log_metric("loss", 0.123456789 * step)
live.make_summary()
# A file of the folder may not grow further than this; the journal has its space already.
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
live.make_dvcyaml()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
        env=own_home(tmp_path) | {"LIVE_STUDIO_STORE": str(tmp_path / "store.db"), "PYTHONWARNINGS": "default"},
    )  # fmt: skip
    assert done.stderr.count("could not write a run's files: File too large") == 1
    # It ended without `end()`, with room again: then the files are its own.
    assert len(table(tmp_path / "kept")) == 20_001
    assert set(before) <= {path for path in (tmp_path / "kept").rglob("*") if path.is_file()}


def test_a_killed_run_leaves_the_earlier_files(studio: Studio, tmp_path: Path) -> None:
    with Live("kept") as live:
        live.log_metric("loss", 1.0)
    code = """
import os, signal
from live_studio import InvalidParam, Live
live = Live("kept")
live.log_metric("loss", 2.0)
os.kill(os.getpid(), signal.SIGKILL)
"""
    env = own_home(tmp_path) | {"LIVE_STUDIO_STORE": os.environ["LIVE_STUDIO_STORE"]}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    assert table(tmp_path / "kept") == [["step", "loss"], ["0", "1.0"]]
    assert studio.experiments()


def test_every_kind_of_number_stands_in_its_table_as_it_was_logged(
    studio: Studio, tmp_path: Path
) -> None:
    logged = [1, 2.0, 2**60, 2**70, float("nan"), float("-inf"), 1e-300, -0.0]
    with Live("kept") as live:
        for value in logged:
            live.log_metric("group/one", value, timestamp=True)
            live.next_step()
        for step in range(100):
            live.log_metrics({"many": step / 8, "whole": step})
            live.next_step()
    head, *rows = table(tmp_path / "kept", "group/one")
    assert head == ["timestamp", "step", "one"]
    assert [row[1:] for row in rows] == [[str(at), str(value)] for at, value in enumerate(logged)]
    assert table(tmp_path / "kept", "many")[-1] == ["107", "12.375"]
    assert table(tmp_path / "kept", "whole")[-1] == ["107", "99"]
    assert studio.experiments()
