"""Several runs as one: the mean and band of a group, as JSON and as blocks, beside lines of their own."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest

from tests.server.test_views import LOSS, as_float, body, experiment, points, record
from tests.servers import Server

SEEDS = ([1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 5.0], [5.0, "nan", 7.0, 8.0])


@pytest.fixture(scope="module", name="seeds")
def _seeds(server: Server, token: str) -> list[str]:
    """Three runs: one is short, one has a NaN."""
    for seed, values in enumerate(SEEDS):
        record(server, token, body(f"seed-{seed}", "start"))
        record(server, token, points(f"seed-{seed}", values))
    return [experiment(server, f"seed-{seed}")["id"] for seed in range(len(SEEDS))]


def groups(server: Server, question: str) -> list[dict[str, Any]]:
    answer = server.get(f"api/series?metric=loss&{question}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["groups"])


def test_a_group_is_its_mean_its_band_and_how_many_count(server: Server, seeds: list[str]) -> None:
    (found,) = groups(server, f"group={','.join(seeds)}&band=range")
    assert found["experiments"] == seeds
    assert found["total"] == 11
    assert found["columns"] == {
        "step": [0, 1, 2, 3],
        "value": [3.0, 3.0, 5.0, 6.0],
        "low": [1.0, 2.0, 3.0, 4.0],
        "high": [5.0, 4.0, 7.0, 8.0],
        "n": [3, 2, 3, 2],
    }
    assert found["odd"] == {"nan": {"count": 1, "steps": [1]}}


def test_groups_stand_beside_lines_in_one_answer(server: Server, seeds: list[str]) -> None:
    first, second, third = seeds
    question = f"api/series?metric=loss&experiment={first}&group={second},{third}&group=999999"
    said = server.get(question).json()
    assert [line["experiment"] for line in said["series"]] == [first]
    assert said["series"][0]["path"] == LOSS
    # Nobody in the second group has the metric.
    assert [group["experiments"] for group in said["groups"]] == [[second, third]]


def test_one_run_has_no_deviation_but_has_a_line(server: Server, seeds: list[str]) -> None:
    (found,) = groups(server, f"group={seeds[0]}")
    assert found["columns"]["value"] == SEEDS[0]
    assert found["columns"]["low"] == found["columns"]["high"] == ["nan"] * 4


@pytest.mark.parametrize(
    "more", ["", "&x=relative", "&x=time&band=ci", "&smooth=0.5&points=3&log=1", "&x0=1&x1=2"]
)
def test_groups_as_json_and_as_blocks_agree(server: Server, seeds: list[str], more: str) -> None:
    question = f"experiment={seeds[0]}&group={','.join(seeds[1:])}&group={seeds[0]}{more}"
    answer = server.get(
        f"api/series?metric=loss&{question}", headers={"Accept": "application/octet-stream"}
    )
    (length,) = struct.unpack_from("<I", answer.content)
    head = json.loads(answer.content[4 : 4 + length])
    numbers = np.frombuffer(answer.content, "<f8", offset=4 + length)
    (line,) = head["series"]
    at = len(head["columns"]) * (line["points"] + line.get("smooth", 0))
    expected = groups(server, question)
    assert len(head["groups"]) == len(expected) == 2
    for block, whole in zip(head["groups"], expected, strict=True):
        assert head["group_columns"] == list(whole["columns"])
        for part, size in (("columns", block["points"]), ("smooth", block.get("smooth", 0))):
            assert (size > 0) == (part in whole)
            for name in head["group_columns"] if size else ():
                np.testing.assert_array_equal(numbers[at : at + size], as_float(whole[part][name]))
                at += size
    assert at == len(numbers)
