"""What would go by some limits is said over HTTP as the command says it, and goes by another request."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest
import requests

from live_studio import cli
from live_studio.studio import Studio
from tests.server.test_store_trouble import event, point
from tests.servers import JUPYTER_TOKEN, Server


@pytest.fixture(scope="module", name="filled")
def _filled(server: Server) -> Server:
    """Four runs of one project, of which the second goes on."""
    token = server.token("--name", "limits")
    for number in range(4):
        name = f"run-{number}"
        for said in (event("start", name), point(0, name), *[event("done", name)][: number != 1]):
            assert server.post(said, token).status_code == 200
    return server


def asked(server: Server, **limits: Any) -> requests.Response:
    return requests.get(
        f"{server.url}api/retention",
        params=limits,
        headers={"Authorization": f"token {JUPYTER_TOKEN}"},
        timeout=30,
    )


def names(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["going"]]


def test_the_oldest_are_named_and_nothing_is_changed(
    filled: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = filled.changes() | {"now": ""}
    answer = asked(filled, keep="1")
    assert names(answer) == ["run-0", "run-2"]
    said = answer.json()
    assert said["spared"] == {"running": 1, "pushed": 0}
    assert (said["more"], said["going_bytes"]) == (
        False,
        sum(one["bytes"] for one in said["going"]),
    )
    assert 0 < said["going_bytes"] < said["bytes"]
    assert [(one["name"], one["why"]) for one in said["staying"]] == [("run-1", "running")]
    assert (said["experiments"], said["trash"]) == (4, {"experiments": 0, "bytes": 0})
    assert said["file"]["path"] == str(filled.store)
    assert said["file"]["bytes"] > max(said["bytes"], filled.store.stat().st_size)
    assert said["file"]["free"] > 0
    assert names(asked(filled, keep="1", also="running")) == ["run-0", "run-1", "run-2"]
    assert names(asked(filled, max_size="0")) == ["run-0", "run-2", "run-3"]
    assert names(asked(filled, older="90d")) == names(asked(filled)) == []
    assert names(asked(filled, keep="0", project="github.com/o/r")) == ["run-0", "run-2", "run-3"]
    assert filled.changes() | {"now": ""} == before
    # The command says the same.
    monkeypatch.setenv("LIVE_STUDIO_STORE", str(filled.store))
    assert cli.main(["prune", "--keep", "1", "--dry-run"]) == 0
    assert [line.split()[4] for line in capsys.readouterr().out.splitlines()[:2]] == names(answer)


@pytest.mark.parametrize(
    ("limits", "part"),
    [
        ({"older": "soon"}, "`older`"),
        ({"keep": "-1"}, "`keep`"),
        ({"max_size": "5 elephants"}, "`max_size`"),
        ({"also": "starred"}, "`also`"),
    ],
)
def test_a_limit_that_means_nothing_is_refused_by_its_name(
    filled: Server, limits: dict[str, str], part: str
) -> None:
    answer = asked(filled, **limits)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(part)


def test_an_unknown_project_is_not_found(filled: Server) -> None:
    assert asked(filled, keep="0", project="nowhere").status_code == 404


def test_what_was_named_goes_into_the_trash_by_a_request_of_its_own(filled: Server) -> None:
    going = [one["id"] for one in asked(filled, keep="1").json()["going"]]
    answer = requests.delete(
        f"{filled.url}api/experiments",
        data=json.dumps({"experiments": going}),
        headers={"Authorization": f"token {JUPYTER_TOKEN}"},
        timeout=30,
    )
    assert answer.json()["deleted"] == 2
    with closing(Studio(filled.store)) as studio:
        assert {row.name for row in studio.experiments()} == {"run-1", "run-3"}
    assert names(asked(filled, keep="1")) == []
