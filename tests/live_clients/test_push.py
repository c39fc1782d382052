"""The real `dvc exp push` and `dvc exp remove` tell a real server which experiments are in a remote."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import requests

from tests.live_clients.conftest import Place
from tests.servers import Server

pytestmark = pytest.mark.live_clients

RUN = """
from dvclive import Live
with Live(exp_name={name!r}) as live:
    live.log_metric("loss", {loss})
    live.next_step()
"""


def dvc(place: Place, *arguments: str, **env: str) -> str:
    """Run DVC as a person would; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=place.folder,
        env=place.env | env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "failed to notify" not in done.stderr
    return done.stdout


def row(server: Server, name: str) -> dict[str, Any]:
    found = server.experiment(name)
    assert found is not None, f"{name} is not there"
    return found


def test_a_pushed_experiment_is_marked_and_a_removed_one_is_not(
    server: Server, place: Place, studio_env: dict[str, str]
) -> None:
    """Told without the last slash, DVC drops the last part of the address, and is heard there too."""
    name = "pushed"
    env = studio_env | {"DVC_STUDIO_URL": server.root + "live-studio"}
    place.run(RUN.format(name=name, loss=0.5), **env)
    before = row(server, name)
    assert before["pushed_at"] is None

    said = dvc(place, "exp", "push", "--no-cache", "origin", name, **env)
    pushed = row(server, name)
    assert pushed["pushed_at"] is not None
    ignored = {"pushed_at": "", "ledger": ""}
    assert pushed | ignored == before | ignored
    (url,) = [word for word in said.split() if word.startswith("http")]
    page = server.get(url.removeprefix(server.url))
    assert page.status_code == 200
    (project,) = [one for one in server.changes()["projects"] if one["id"] in url]
    assert project["repo_url"] == pushed["repo_url"]

    dvc(place, "exp", "remove", "-g", "origin", name, **env)
    assert row(server, name)["pushed_at"] is None


def test_an_experiment_nobody_saw_live_becomes_a_completed_row(
    server: Server, place: Place, studio_env: dict[str, str]
) -> None:
    place.run(RUN.format(name="unseen", loss=0.25))
    assert server.experiment("unseen") is None
    dvc(place, "exp", "push", "--no-cache", "origin", "unseen", **studio_env)
    found = row(server, "unseen")
    assert (found["status"], found["client"]) == ("completed", "dvc")
    assert (found["repo_url"], found["baseline_sha"]) == (place.repo_url, place.head)
    assert found["detail"] == "pushed, not seen live"
    assert found["pushed_at"] is not None


def test_a_run_that_reported_under_another_address_is_found_by_its_commit(
    server: Server, place: Place, studio_env: dict[str, str]
) -> None:
    """The remote that DVC pushes to need not be what DVC_STUDIO_REPO_URL says."""
    env = studio_env | {"DVC_STUDIO_REPO_URL": "https://ada:secret@example.org/o/elsewhere"}
    place.run(RUN.format(name="elsewhere", loss=1.0), **env)
    dvc(place, "exp", "push", "--no-cache", "origin", "elsewhere", **env)
    found = row(server, "elsewhere")
    assert found["repo_url"] == "example.org/o/elsewhere"
    assert found["pushed_at"] is not None
    names = [one["name"] for one in server.changes()["experiments"]]
    assert names.count("elsewhere") == 1


def test_a_run_that_pushes_itself_ends_well(
    server: Server, place: Place, studio_env: dict[str, str]
) -> None:
    """With `exp.auto_push` the notice comes before `done`, and a wrong answer would cost the done."""
    (place.folder.parent / "cache").mkdir(exist_ok=True)
    dvc(place, "remote", "add", "--local", "-d", "-f", "store", str(place.folder.parent / "cache"))
    said = place.run(
        RUN.format(name="by-itself", loss=2.0),
        **studio_env,
        DVC_EXP_AUTO_PUSH="true",
        DVC_EXP_GIT_REMOTE="origin",
    )
    found = row(server, "by-itself")
    assert found["status"] == "completed", said
    assert found["pushed_at"] is not None
    assert found["experiment_rev"] is not None


def told(server: Server, body: Any, token: str) -> requests.Response:
    return server.post(body, token, "webhook/dvc")


def test_every_answer_is_a_json_object(server: Server, studio_env: dict[str, str]) -> None:
    token = studio_env["DVC_STUDIO_TOKEN"]
    whole = {"repo_url": "https://github.com/o/r", "client": "dvc", "refs": {}}
    before = server.changes()["seq"]
    for status, body in (
        (200, whole),
        (200, whole | {"refs": {"removed": ["refs/exps/ab/" + "c" * 38 + "/never-seen"]}}),
        (200, whole | {"refs": {"pushed": ["refs/heads/main", "refs/exps/stash", "../../x"]}}),
        (400, whole | {"refs": {"pushed": "refs/exps"}}),
        (400, whole | {"refs": None}),
        (400, whole | {"repo_url": "javascript:alert(1)"}),
        (400, []),
        (400, b""),
        (401, None),
    ):
        answer = told(server, body, "nonsense" if status == 401 else token)
        assert answer.status_code == status, answer.text
        assert isinstance(answer.json(), dict)
        assert status == 200 or len(answer.json()["detail"]) > 10
    experiments = server.changes(before)["experiments"]
    assert experiments == []


def test_a_token_of_another_project_marks_nothing(
    server: Server, place: Place, studio_env: dict[str, str]
) -> None:
    token = server.token("--name", "other", "--project", "https://github.com/o/other")
    place.run(RUN.format(name="not-yours", loss=1.0), **studio_env)
    ref = f"refs/exps/{place.head[:2]}/{place.head[2:]}/not-yours"
    body = {"repo_url": place.repo_url, "client": "dvc", "refs": {"pushed": [ref]}}
    answer = told(server, body, token)
    assert answer.status_code == 403
    assert "github.com/o/other" in answer.json()["detail"]
    assert row(server, "not-yours")["pushed_at"] is None
    # Nor under its own address: a commit and a name may be those of another project's run.
    told(server, body | {"repo_url": "https://github.com/o/other"}, token)
    assert row(server, "not-yours")["pushed_at"] is None


def test_many_refs_share_their_ways_to_the_disk(server: Server, studio_env: dict[str, str]) -> None:
    """DVC waits five seconds for the answer; one commit for each ref would take longer."""
    refs = [f"refs/exps/ab/{'c' * 38}/run-{number}" for number in range(300)]
    before = server.changes()["seq"]
    body = {"repo_url": "https://github.com/o/many", "client": "dvc", "refs": {"pushed": refs}}
    assert told(server, body, studio_env["DVC_STUDIO_TOKEN"]).status_code == 200
    after = server.changes(before)
    assert len(after["experiments"]) == 300
    assert after["seq"] - before < 100
