"""What real DVCLive and DVC once sent ends in the state it must end in, resent and reordered too."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any

import pytest
import requests

from tests.server.captures import CASES, Body, Case, shortened
from tests.servers import Server

SEEDS = range(10)


@pytest.fixture(scope="module", name="session")
def _session(token: str) -> Iterable[requests.Session]:
    """A connection that stays open, because thousands of requests go over it."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"token {token}"
        session.headers["Content-Type"] = "application/json"
        yield session


class Replay:
    """Sends bodies under names of their own, so that captures of one repository stay apart."""

    def __init__(self, server: Server, session: requests.Session, prefix: str) -> None:
        self._server = server
        self._session = session
        self._prefix = prefix
        self._since = server.changes()["seq"]

    def send(self, bodies: Iterable[Body]) -> None:
        url = self._server.url + "api/live"
        for body in bodies:
            raw = json.dumps({**body, "name": self._prefix + body["name"]})
            answer = self._session.post(url, data=raw, timeout=30)
            assert (answer.status_code, answer.json()) == (200, {})

    def shown(self) -> dict[str, dict[str, Any]]:
        found = self._server.changes(self._since)["experiments"]
        assert all(row["name"].startswith(self._prefix) for row in found)
        return {row["name"].removeprefix(self._prefix): row for row in found}

    def rows(self, experiment: dict[str, Any], path: str) -> list[dict[str, Any]]:
        columns = self._server.series(experiment["id"], path)
        assert len(columns["step"]) == experiment["series"][path]["count"]
        value = path.rpartition("/")[2].removesuffix(".tsv")
        return [
            {"step": step, value: number, "time": time}
            for step, number, time in zip(*map(columns.get, ("step", "value", "time")), strict=True)
        ]

    def series(self, experiment: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
        """The series in the form of `expected`: rows with a `timestamp` must have it as their time."""
        found = {}
        for path in experiment["series"]:
            rows = self.rows(experiment, path)
            wanted = expected["series"].get(path)
            stamped = isinstance(wanted, list) and any("timestamp" in row for row in wanted)
            for row in rows:
                time = row.pop("time")
                if stamped:
                    row["timestamp"] = str(time)
            found[path] = shortened(rows)
        return found

    def images(self, experiment: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for image in experiment["images"]:
            path = f"api/experiments/{experiment['id']}/images/{image['digest']}"
            text = base64.b64encode(self._server.get(path).content)
            digest = hashlib.sha256(text).hexdigest()[:12]
            found[image["path"]] = {"step": image["step"], "b64_len": len(text), "sha": digest}
        return found

    def agrees(self, case: Case) -> None:
        shown = self.shown()
        assert shown.keys() == case.expected.keys()
        for name, expected in case.expected.items():
            row = shown[name]
            repo_url, baseline, _ = expected["key"].split("|")
            assert (row["repo_url"], row["baseline_sha"]) == (repo_url, baseline)
            assert (row["status"], row["detail"]) == case.status(name)
            assert row["client"] in expected["clients"]
            for field in ("params", "metrics", "step"):
                assert row[field] == expected[field], field
            for field in ("message", "subdir", "experiment_rev"):
                assert row[field] == expected.get(field), field
            assert self.series(row, expected) == expected["series"]
            assert self.images(row) == expected["images"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_capture_ends_in_the_expected_state(
    server: Server, session: requests.Session, case: Case
) -> None:
    replay = Replay(server, session, "once ")
    replay.send(case.bodies)
    replay.agrees(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_data_requests_that_come_twice_change_nothing(
    server: Server, session: requests.Session, case: Case
) -> None:
    replay = Replay(server, session, "twice ")
    replay.send(body for body in case.bodies for _ in range(2 if body["type"] == "data" else 1))
    replay.agrees(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_data_requests_in_another_order_give_the_same_series(
    server: Server, session: requests.Session, case: Case
) -> None:
    for seed in SEEDS:
        replay = Replay(server, session, f"shuffled {seed} ")
        replay.send(case.shuffled(seed))
        shown = replay.shown()
        assert shown.keys() == case.expected.keys()
        for name, expected in case.expected.items():
            assert replay.series(shown[name], expected) == expected["series"], f"seed {seed}"


def test_the_captures_hold_what_makes_them_worth_replaying() -> None:
    """A capture that is lost or emptied must not go unnoticed."""
    bodies = [body for case in CASES for body in case.bodies]
    rows = [
        row
        for body in bodies
        for plot in body.get("plots", {}).values()
        for row in plot.get("data", ())
    ]
    assert len(CASES) >= 28
    assert {body["type"] for body in bodies} == {"start", "data", "done"}
    assert {body["client"] for body in bodies} == {"dvc", "dvclive"}
    assert any("timestamp" in row for row in rows)
    assert any(value == "nan" for row in rows for value in row.values())
    assert any("image" in plot for body in bodies for plot in body.get("plots", {}).values())
    assert any("subdir" in body or "message" in body for body in bodies)
