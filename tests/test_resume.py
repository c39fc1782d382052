"""`Live(resume=True)`: the same row, one line that only goes forward, every point of both runs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests

from live_studio import InvalidMetric, Live
from live_studio.curves import Line, Question
from live_studio.studio import Studio
from tests.faults.network import Network
from tests.servers import Server, own_home

TRAINS = """
import os, signal, sys
from live_studio import Live
begin, end, how, *rest = sys.argv[1:]
live = Live(*rest[:1], exp_name="run", resume=how != "new", params={"lr": 0.1, how: 1})
assert live.step == int(begin), live.step
for step in range(live.step, int(end)):
    live.log_metrics({"loss": step / 2, "acc": step})
    live.next_step()
if how.startswith("killed") or how == "new":
    live.log_metric("loss", -1.0)
    os.kill(os.getpid(), signal.SIGKILL)
live.end()
"""


def line(studio: Studio, experiment: Any, **how: Any) -> Line:
    (found,) = studio.curves.lines(Question("loss", [int(experiment)], **how))
    return found


def rows(studio: Studio) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = studio.changes().value["experiments"]
    return found


def trains(home: Path, *arguments: str, **env: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", TRAINS, *arguments],
        cwd=home, env=own_home(home) | {"LIVE_STUDIO_STORE": str(home / "store.db")} | env,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    killed = arguments[2] in ("new", "killed")
    assert done.returncode == (-signal.SIGKILL if killed else 0), done.stderr
    assert done.stderr == ""


def test_a_killed_run_goes_on_in_its_row_as_one_line(studio: Studio, tmp_path: Path) -> None:
    trains(tmp_path, "0", "10", "new")
    trains(tmp_path, "10", "15", "killed")
    trains(tmp_path, "15", "20", "ended")
    (row,) = rows(studio)
    assert (row["name"], row["status"], row["step"]) == ("run", "completed", 19)
    (params,) = row["params"].values()
    assert params == {"lr": 0.1, "new": 1, "killed": 1, "ended": 1}
    (metrics,) = row["metrics"].values()
    assert metrics == {"loss": 9.5, "acc": 19, "step": 19}
    # What a killed run had logged of the step in which it died stands beside what came in its place.
    steps = sorted([*range(20), 10, 15])
    drawn = line(studio, row["id"])
    assert drawn.series.step.tolist() == steps
    assert drawn.total == len(steps)
    redone = drawn.series.value[drawn.series.step == 15].tolist()
    assert redone == [-1.0, 7.5]
    (counted,) = [said for path, said in row["series"].items() if path.endswith("loss.tsv")]
    assert counted == {"count": len(steps), "last_step": 19}
    assert row["ledger"]["received"] == len(steps) + 20


@pytest.mark.parametrize("axis", ["step", "time", "relative", "metric:acc"])
def test_steps_that_are_done_again_stay_and_the_line_only_goes_forward(
    studio: Studio, axis: str
) -> None:
    for begin, end in ((0, 10), (5, 12), (7, 14)):
        with Live(exp_name="again", resume=begin > 0) as live:
            # The checkpoint was older than the last step that was logged.
            live.step = begin
            for step in range(begin, end):
                live.log_metrics({"loss": float(begin), "acc": step})
                live.next_step()
    (row,) = rows(studio)
    drawn = line(studio, row["id"], x=axis)
    assert sorted(drawn.series.step) == sorted([*range(10), *range(5, 12), *range(7, 14)])
    assert (np.diff(drawn.series.at) >= 0).all()
    if axis == "relative":
        assert drawn.series.at[0] >= 0


def test_a_part_of_a_line_is_what_was_recorded_since_then(studio: Studio) -> None:
    with Live(exp_name="parts") as live:
        live.log_metric("loss", 1.0)
    before = studio.changes().value["seq"]
    (row,) = rows(studio)
    with Live(exp_name="parts", resume=True) as live:
        live.log_metric("loss", 2.0)
    part = line(studio, row["id"], since=before)
    assert (part.series.value.tolist(), part.total) == ([2.0], 2)
    assert line(studio, row["id"], until=before).total == 1


def test_without_a_name_the_newest_run_of_the_folder_goes_on(studio: Studio) -> None:
    for folder in ("here", "there"):
        with Live(folder, exp_name=f"in-{folder}") as live:
            live.log_metric("loss", 1.0)
            live.next_step()
    with Live("here", resume=True) as live:
        assert (live.exp_name, live.step) == ("in-here", 1)
    with Live("nowhere", resume=True) as live:
        assert live.step == 0
        assert live.exp_name not in ("in-here", "in-there")
    assert {row["name"]: row["generation"] for row in rows(studio)} == {
        "in-here": 2,
        "in-there": 1,
        live.exp_name: 1,
    }


@pytest.mark.parametrize("said", ["1", "true", "Yes"])
def test_dvclives_own_variable_resumes_too(
    studio: Studio, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Live(exp_name="asked") as live:
        live.next_step()
    monkeypatch.setenv("DVCLIVE_RESUME", said)
    with Live(exp_name="asked") as live:
        assert live.step == 1
    assert len(rows(studio)) == 1


def test_a_run_that_goes_on_runs_and_is_one_start_among_others(studio: Studio) -> None:
    with pytest.raises(InvalidMetric), Live(exp_name="again") as live:
        live.log_metrics({"loss": 1.0, "acc": [1]})  # type: ignore[dict-item]
    live = Live(exp_name="again", resume=True)
    live.log_metric("acc", 1.0)
    studio_sees(studio, live)
    (row,) = rows(studio)
    assert (row["status"], row["detail"], row["generation"]) == ("running", None, 2)
    live.end()
    earlier = json.loads(studio.details(int(row["id"]), 1) or "")
    assert earlier["experiment"]["status"] == "failed"
    assert "dvclive/plots/metrics/acc.tsv" not in earlier["experiment"]["series"]


def studio_sees(studio: Studio, live: Live) -> None:
    """Store what a run has logged so far."""
    from live_studio.drainer import Drainer

    live.beat()
    drainer = Drainer(studio)
    while drainer.drain():
        pass


def test_a_new_start_after_a_resumed_run_hides_both(studio: Studio) -> None:
    for resume in (False, True, False):
        with Live(exp_name="run", resume=resume) as live:
            live.log_metric("loss", float(resume))
    (row,) = rows(studio)
    assert line(studio, row["id"]).series.value.tolist() == [0.0]
    assert line(studio, row["id"], generation=2).series.value.tolist() == [0.0, 1.0]


def test_the_summary_goes_on_where_it_was(studio: Studio) -> None:
    with Live(exp_name="run") as live:
        live.log_metric("val/acc", 0.5)
        live.log_metric("train/loss", 2.0)
        live.next_step()
    with Live(exp_name="run", resume=True) as live:
        assert live.summary == {"val": {"acc": 0.5}, "train": {"loss": 2.0}, "step": 0}
        live.log_metric("val/acc", 0.75)
        assert live.summary["val"] == {"acc": 0.75}
    (row,) = rows(studio)
    (metrics,) = row["metrics"].values()
    assert metrics == {"val": {"acc": 0.75}, "train": {"loss": 2.0}, "step": 1}


def test_dvclives_own_file_says_the_step_where_no_run_is_known(
    studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "dvclive").mkdir()
    (tmp_path / "dvclive" / "metrics.json").write_text('{"loss": 0.5, "step": 41}\n')
    with Live(exp_name="from-files", resume=True) as live:
        assert live.step == 42
        assert live.summary["loss"] == 0.5
    (row,) = rows(studio)
    assert row["generation"] == 1


def test_a_deleted_run_is_not_gone_on_with(studio: Studio) -> None:
    with Live(exp_name="run") as live:
        live.log_metric("loss", 1.0)
        live.next_step()
    (row,) = rows(studio)
    studio.delete(int(row["id"]))
    with Live(exp_name="run", resume=True) as live:
        assert live.step == 0
        live.log_metric("loss", 2.0)
    (row,) = rows(studio)
    assert line(studio, row["id"]).series.value.tolist() == [2.0]


def test_pictures_and_plots_of_both_are_listed(studio: Studio) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(40)
    for resume, body in ((False, picture), (True, picture + b"x")):
        with Live(exp_name="run", resume=resume) as live:
            live.log_image("a.png", body)
            live.log_image(f"{resume}.png", body)
            live.log_plot("rows", [{"x": 1, "y": int(resume)}], "x", "y")
            live.next_step()
    (row,) = rows(studio)
    shown = sorted((image["path"].rpartition("/")[2], image["step"]) for image in row["images"])
    assert shown == [("False.png", 0), ("True.png", 1), ("a.png", 0), ("a.png", 1)]
    (plot,) = row["plots"]
    assert plot["step"] == 1


def test_a_run_on_a_server_far_away_goes_on_from_another_machine(
    server: Server, tmp_path: Path
) -> None:
    token = server.token("--name", "resumes")
    env = {"LIVE_STUDIO_URL": server.url, "LIVE_STUDIO_TOKEN": token}
    env["DVC_STUDIO_REPO_URL"] = "https://example.com/team/project.git"
    for place, *arguments in (
        ("one", "0", "10", "new"),
        ("one", "10", "15", "killed"),
        ("two", "15", "20", "ended"),
    ):
        home = tmp_path / place
        home.mkdir(exist_ok=True)
        if place == "two":
            # The first machine is gone; what it had not delivered yet was delivered before it went.
            sync(tmp_path / "one", **env)
        trains(home, *arguments, **env)
    row = server.experiment("run")
    assert row is not None
    assert (row["status"], row["generation"], row["step"]) == ("completed", 3, 19)
    (path,) = [path for path in row["series"] if path.endswith("acc.tsv")]
    columns = server.series(row["id"], path)
    assert columns["step"] == columns["value"] == list(range(20))


def sync(home: Path, **env: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "live_studio.cli", "sync"],
        cwd=home, env=own_home(home) | {"LIVE_STUDIO_STORE": str(home / "store.db")} | env,
        check=True, timeout=120,
    )  # fmt: skip


def test_while_the_server_is_away_a_run_goes_on_with_the_one_that_waits(
    server: Server, tmp_path: Path
) -> None:
    token = server.token("--name", "away")
    network = Network(urlsplit(server.url).port or 80)
    env = {"LIVE_STUDIO_TOKEN": token, "LIVE_STUDIO_URL": network.through(server.url)}
    network.mode = "503"
    for arguments in (("0", "10", "new"), ("10", "15", "killed"), ("15", "20", "killed")):
        trains_away(tmp_path, *arguments, **env)
    network.mode = "fine"
    sync(tmp_path, **env)
    network.stop()
    rows = [row for row in server.changes()["experiments"] if row["name"] == "run"]
    (row,) = [row for row in rows if row["repo_url"].startswith("local:")]
    (path,) = [path for path in row["series"] if path.endswith("acc.tsv")]
    assert server.series(row["id"], path)["step"] == list(range(20))
    assert row["status"] == "stopped"


def trains_away(home: Path, *arguments: str, **env: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRAINS, *arguments],
        cwd=home, env=own_home(home) | {"LIVE_STUDIO_STORE": str(home / "store.db")} | env,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


ASKS = {"Content-Type": "application/x-live-studio-resume"}


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"repo_url": "", "metrics_file": "m"}', b"\xff", b"[" * 100_000,
     b'{"repo_url": "r", "metrics_file": "m", "more": 1}', b'{"repo_url": 1, "metrics_file": "m"}'],
)  # fmt: skip
def test_a_question_that_is_none_is_refused(server: Server, body: bytes) -> None:
    headers = ASKS | {"Authorization": f"Bearer {server.token('--name', 'wrong')}"}
    answer = requests.post(server.url + "api/live", data=body, headers=headers, timeout=30)
    assert answer.status_code == 400
    assert list(answer.json()) == ["detail"]


def test_a_token_of_one_project_learns_nothing_of_another(server: Server, tmp_path: Path) -> None:
    url, its = "https://example.com/team/secret.git", {"metrics_file": "dvclive/metrics.json"}
    token = server.token("--name", "any")
    trains(tmp_path, "0", "3", "ended", LIVE_STUDIO_URL=server.url, LIVE_STUDIO_TOKEN=token,
           DVC_STUDIO_REPO_URL=url)  # fmt: skip
    bound = server.token("--name", "bound", "--project", "https://example.com/team/other.git")
    status = {}
    for secret in (token, bound, "lst_wrong"):
        headers = ASKS | {"Authorization": f"Bearer {secret}"}
        body = json.dumps({"repo_url": url, "name": "run"} | its)
        answer = requests.post(server.url + "api/live", data=body, headers=headers, timeout=30)
        status[secret] = answer.status_code
        if secret == token:
            last = answer.json()["last"]
    assert [*status.values()] == [200, 403, 401]
    # What it measured is for those who may look.
    assert sorted(last) == ["baseline_sha", "name", "started_at", "step"]
    assert last["step"] == 2


def test_a_resumed_run_counts_once_in_the_mean_over_seeds(studio: Studio) -> None:
    for seed in (0, 1):
        for part in (range(3), range(3, 6)):
            with Live(exp_name=f"s{seed}", resume=part[0] > 0, params={"seed": seed}) as live:
                for step in part:
                    live.step = step
                    live.log_metric("loss", float(step + 10 * seed))
    ids = [row.id for row in studio.experiments()]
    (group,) = studio.groups(Question("loss", (), groups=[ids]))
    assert group.total == 12
    assert group.band.at.tolist() == list(range(6))
    assert group.band.mean.tolist() == [step + 5.0 for step in range(6)]
    assert group.band.n.tolist() == [2.0] * 6
