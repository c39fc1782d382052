"""The real DVCLive, unmodified, in a process and a repository of its own, against a real server."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.live_clients.conftest import Place
from tests.servers import Server

pytestmark = pytest.mark.live_clients

LOOP = """
import numpy as np
from PIL import Image
from dvclive import Live

Image.new("RGB", (4, 4), (255, 0, 0)).save("drawn.png")
with Live(exp_name={name!r}, exp_message="What was tried") as live:
    live.log_params({{"lr": 0.001, "optimizer": {{"name": "adam", "betas": [0.9, 0.999]}}}})
    for step in range(4):
        live.log_metric("train/loss", [1.5, float("nan"), float("inf"), 0.25][step])
        live.log_metric("eval/deep/accuracy", step)
        live.log_metric("stamped", step, timestamp=True)
        live.log_metric("gain", float("-inf"))
        live.log_metric("summary only", step * 10, plot=False)
        live.log_image("array.png", np.full((4, 4, 3), step * 60, dtype=np.uint8))
        live.log_image(f"slides/{{step}}.png", np.full((4, 4, 3), step * 60, dtype=np.uint8))
        if step == 0:
            live.log_image("drawn", "drawn.png")
        live.next_step()
"""


def arrived(server: Server, name: str) -> dict[str, Any]:
    found = server.experiment(name)
    assert found is not None, f"{name} did not arrive"
    return found


def values(server: Server, experiment: dict[str, Any], metric: str) -> list[tuple[int, Any]]:
    columns = server.series(experiment["id"], f"dvclive/plots/metrics/{metric}.tsv")
    return list(zip(columns["step"], columns["value"], strict=True))


@pytest.mark.parametrize("ending", ["", "live-studio", "live-studio/"])
def test_a_run_of_dvclive_arrives_whole(
    server: Server, place: Place, studio_env: dict[str, str], ending: str
) -> None:
    """Clients drop what stands behind the last slash, so both mounts are met here."""
    name = f"run-to-{ending.replace('/', '-slash')}"
    said = place.run(
        LOOP.format(name=name), **(studio_env | {"DVC_STUDIO_URL": server.root + ending})
    )
    assert "Failed to post" not in said
    assert "failed" not in said

    found = arrived(server, name)
    assert (found["status"], found["client"], found["generation"]) == ("completed", "dvclive", 1)
    assert (found["repo_url"], found["baseline_sha"]) == (place.repo_url, place.head)
    assert (found["message"], found["subdir"], found["step"]) == ("What was tried", None, 3)
    assert found["experiment_rev"] == place.git("rev-parse", f"refs/exps/{exps(place)}/{name}")
    assert found["params"] == {
        "dvclive/params.yaml": {"lr": 0.001, "optimizer": {"name": "adam", "betas": [0.9, 0.999]}}
    }
    assert found["metrics"] == {
        "dvclive/metrics.json": {
            "train": {"loss": 0.25},
            "eval": {"deep": {"accuracy": 3}},
            "stamped": 3,
            "gain": "-inf",
            "summary only": 30,
            "step": 3,
        }
    }
    assert found["series"] == {
        f"dvclive/plots/metrics/{metric}.tsv": {"count": 4, "last_step": 3}
        for metric in ("train/loss", "eval/deep/accuracy", "stamped", "gain")
    }
    assert values(server, found, "train/loss") == [(0, 1.5), (1, "nan"), (2, "inf"), (3, 0.25)]
    assert values(server, found, "eval/deep/accuracy") == [(n, float(n)) for n in range(4)]
    assert values(server, found, "gain") == [(n, "-inf") for n in range(4)]
    pictures(server, place, found)


def exps(place: Place) -> str:
    """Where DVC keeps the experiments of a commit."""
    return f"{place.head[:2]}/{place.head[2:]}"


def pictures(server: Server, place: Place, found: dict[str, Any]) -> None:
    """Every picture arrived as the bytes that DVCLive left on the disk."""
    folder = "dvclive/plots/images"
    named = {image["path"]: image for image in found["images"]}
    slides = {f"{folder}/slides/{step}.png" for step in range(4)}
    assert named.keys() == {f"{folder}/array.png", f"{folder}/drawn.png", *slides}
    for path, image in named.items():
        written = (place.folder / path).read_bytes()
        served = server.get(f"api/experiments/{found['id']}/images/{image['digest']}")
        assert served.content == written
        assert image["digest"] == hashlib.sha256(written).hexdigest()
    assert named[f"{folder}/drawn.png"]["step"] == 0
    assert named[f"{folder}/array.png"]["step"] == 3


def test_a_resumed_run_of_dvclive_has_its_whole_history(
    server: Server, place: Place, studio_env: dict[str, str]
) -> None:
    loop = """
from dvclive import Live
with Live(exp_name="resumed", save_dvc_exp=False, resume={resume}) as live:
    for _ in range(3):
        live.log_metric("loss", live.step / 2)
        live.next_step()
"""
    for resume in (False, True):
        place.run(loop.format(resume=resume), **studio_env)
    found = arrived(server, "resumed")
    assert (found["generation"], found["status"]) == (2, "completed")
    assert values(server, found, "loss") == [(step, step / 2) for step in range(6)]


def test_a_run_outside_git_arrives_under_the_address_it_was_given(
    server: Server, place: Place, studio_env: dict[str, str]
) -> None:
    loop = """
import os, tempfile
os.chdir(tempfile.mkdtemp())
from dvclive import Live
with Live(exp_name="nowhere") as live:
    live.log_metric("loss", 1.0)
    live.next_step()
"""
    place.run(loop, **studio_env, DVC_STUDIO_REPO_URL="https://ada:secret@example.org/o/r.git")
    found = arrived(server, "nowhere")
    assert (found["repo_url"], found["baseline_sha"]) == ("example.org/o/r", "0" * 40)
    assert (found["place"]["kind"], found["place"]["reason"]) == ("detached", "no Git")
    assert "secret" not in server.get("api/changes").text


def test_a_wrong_token_costs_one_line_and_no_training(
    server: Server, place: Place, studio_env: dict[str, str]
) -> None:
    loop = """
from dvclive import Live
with Live(exp_name="locked out", save_dvc_exp=False) as live:
    live.log_metric("loss", 1.0)
    live.next_step()
print("trained")
"""
    wrong = studio_env | {"DVC_STUDIO_TOKEN": "lst_wrong"}
    lines = [line for line in place.run(loop, **wrong).splitlines() if "Failed to post" in line]
    assert len(lines) == 1
    assert "live-studio token create" in lines[0]
    assert len(lines[0]) < 300
    assert server.experiment("locked out") is None


def test_the_client_itself_posts_start_data_and_done(
    server: Server, place: Place, studio_env: dict[str, str]
) -> None:
    code = f"""
from dvc_studio_client.post_live_metrics import post_live_metrics

who = ({place.head!r}, "by hand", "dvclive")
path = "dvclive/plots/metrics/loss.tsv"
assert post_live_metrics("start", *who, message="m" * 100, params={{"p.yaml": {{"lr": 1}}}}) is True
for step in range(3):
    rows = [{{"step": step, "loss": step / 2}}]
    metrics = {{"m.json": {{"data": {{"loss": step / 2}}}}}}
    plots = {{path: {{"data": rows}}}}
    assert post_live_metrics("data", *who, step=step, metrics=metrics, plots=plots) is True
assert post_live_metrics("done", *who, experiment_rev={place.head!r}) is True
"""
    place.run(code, **studio_env)
    found = arrived(server, "by hand")
    assert (found["status"], found["message"]) == ("completed", "m" * 72)
    assert (found["params"], found["metrics"]) == ({"p.yaml": {"lr": 1}}, {"m.json": {"loss": 1.0}})
    assert found["experiment_rev"] == place.head
    assert values(server, found, "loss") == [(0, 0.0), (1, 0.5), (2, 1.0)]
