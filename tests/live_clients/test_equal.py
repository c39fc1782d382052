"""`Live` and the real DVCLive, fed with the same loops, leave the same experiment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.live_clients.cases import CASES, script
from tests.live_clients.conftest import Place
from tests.servers import Server

pytestmark = pytest.mark.live_clients

Shown = dict[str, dict[str, Any]]

THEIR_OWN = {
    *("id", "name", "client", "experiment_rev"),
    *("started_at", "updated_at", "ended_at", "heard_at", "stale_at", "lost_at"),
    "ledger",
}
"""What must differ: who it is, who sent it, and when. DVCLive alone saves a revision, and sends a
number that is none as text, which the ledger counts."""


def shown(server: Server, producer: str) -> Shown:
    """By case, everything a dashboard shows of it, points included."""
    found: Shown = {}
    for row in server.changes()["experiments"]:
        name, _, case = row["name"].partition("-")
        if name == producer:
            kept = {field: value for field, value in row.items() if field not in THEIR_OWN}
            rows = {}
            for path in row["series"]:
                columns = server.series(row["id"], path)
                rows[path] = list(zip(columns["step"], columns["value"], strict=True))
            found[case.replace("-", " ")] = kept | {
                "rows": rows,
                "received": row["ledger"]["received"],
            }
    return found


@pytest.fixture(scope="module", name="both")
def _both(server: Server, place: Place, studio_env: dict[str, str]) -> tuple[Shown, Shown]:
    """Every case through DVCLive to the server, and through `Live` into the server's store."""
    place.run(script("dvclive", "theirs", save_dvc_exp="False"), **studio_env)
    place.run(
        script("live_studio", "ours", save_dvc_exp="False"), LIVE_STUDIO_STORE=str(server.store)
    )
    return shown(server, "theirs"), shown(server, "ours")


@pytest.fixture(name="theirs")
def _theirs(both: tuple[Shown, Shown]) -> Shown:
    return both[0]


@pytest.fixture(name="ours")
def _ours(both: tuple[Shown, Shown]) -> Shown:
    return both[1]


def test_every_case_arrives_from_both(theirs: Shown, ours: Shown) -> None:
    assert theirs.keys() == ours.keys() == {*CASES, "single"}


@pytest.mark.parametrize("case", CASES)
def test_live_and_dvclive_leave_the_same_experiment(theirs: Shown, ours: Shown, case: str) -> None:
    assert ours[case] == theirs[case]
    assert ours[case]["status"] == "completed"
    assert ours[case]["received"] == theirs[case]["received"]


def test_both_stand_on_the_same_commit_of_the_same_repository(
    theirs: Shown, ours: Shown, place: Place
) -> None:
    for found in (theirs["loop"], ours["loop"]):
        assert (found["repo_url"], found["baseline_sha"]) == (place.repo_url, place.head)
        assert found["place"] == {"kind": "commit", "reason": None}


def test_several_metrics_in_one_call_are_the_same_as_one_by_one(
    server: Server, place: Place
) -> None:
    code = """
from live_studio import Live
for name in ("together", "apart"):
    with Live(exp_name=name) as live:
        for step in range(3):
            metrics = {"a/x": 0.5 * step, "a/y": step, "b": float("nan"), "c": "1.5"}
            if name == "together":
                live.log_metrics(metrics)
            else:
                for metric, value in metrics.items():
                    live.log_metric(metric, value)
            live.next_step()
"""
    place.run(code, LIVE_STUDIO_STORE=str(server.store))
    together, apart = (shown(server, name)[""] for name in ("together", "apart"))
    assert together == apart
    assert together["series"].keys() == {
        f"dvclive/plots/metrics/{name}.tsv" for name in ("a/x", "a/y", "b", "c")
    }


def test_a_float32_keeps_its_own_digits_where_dvclive_writes_the_shortest(
    theirs: Shown, ours: Shown
) -> None:
    """DVCLive's points go through text, its summary does not; ours have one value in both."""
    path = "dvclive/plots/metrics/loss.tsv"
    exact = float(np.float32(0.1))
    assert theirs["single"]["rows"][path] == [(0, 0.1)]
    assert ours["single"]["rows"][path] == [(0, exact)]
    for found in (theirs["single"], ours["single"]):
        assert found["metrics"]["dvclive/metrics.json"]["loss"] == exact


def test_both_name_their_files_from_the_root_of_the_repository(theirs: Shown, ours: Shown) -> None:
    for found in (theirs["from below"], ours["from below"]):
        assert found["params"].keys() == {"deep/up/params.yaml"}
        assert all(path.startswith("deep/up/plots/metrics/") for path in found["series"])
