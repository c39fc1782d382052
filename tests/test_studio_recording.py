"""What `Studio.record` makes of events, whatever order, repetition or restart they meet."""

from __future__ import annotations

import json
import math
import random
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_studio.curves import Question
from live_studio.events import Data, Done, Event, Image, Key, Point, Start
from live_studio.store.seen import Tails
from live_studio.studio import MOST_BYTES, Studio

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
KEY = Key("github.com/o/r", SHA, "run")
LOSS = "dvclive/plots/metrics/train/loss.tsv"
PNG = b"\x89PNG\r\n\x1a\n first"
START = Start(KEY, "dvclive")
DONE = Done(KEY, "dvclive")


def data(*points: Point, path: str = LOSS, **fields: Any) -> Data:
    return Data(KEY, "dvclive", points={path: points}, **fields)


def steps(*which: int) -> list[Point]:
    return [Point(step, step / 2) for step in which]


def shown(studio: Studio, name: str = "run") -> dict[str, Any]:
    (found,) = [row for row in studio.changes().value["experiments"] if row["name"] == name]
    return found


def rows(studio: Studio, metric: str = "train/loss") -> list[tuple[int, float]]:
    experiment = int(shown(studio)["id"])
    (line,) = studio.series(Question(metric, [experiment]))
    found = list(zip(line.series.step.tolist(), line.series.value.tolist(), strict=True))
    assert line.total == len(found) == shown(studio)["series"][line.path]["count"]
    return found


def record(studio: Studio, *events: Event) -> None:
    for event in events:
        assert studio.record([event]) == [True]


# points are a set of exact rows


def test_points_that_come_again_are_stored_once(studio: Studio) -> None:
    record(studio, START, data(*steps(0, 1)), data(*steps(0, 1, 2)), data(*steps(0, 1, 2)))
    assert rows(studio) == [(0, 0.0), (1, 0.5), (2, 1.0)]


def test_points_that_come_again_in_one_transaction_are_stored_once(studio: Studio) -> None:
    studio.record([START, data(*steps(0, 1)), data(*steps(1, 2)), data(*steps(0, 1, 2))])
    assert rows(studio) == [(0, 0.0), (1, 0.5), (2, 1.0)]


def test_a_row_twice_in_one_request_is_one_row(studio: Studio) -> None:
    record(studio, START, data(*steps(0, 0, 1, 0)))
    assert rows(studio) == [(0, 0.0), (1, 0.5)]


def test_late_points_take_their_place_by_step(studio: Studio) -> None:
    record(studio, START, data(*steps(5, 6)), data(*steps(1)), data(*steps(9, 3)))
    assert [step for step, _ in rows(studio)] == [1, 3, 5, 6, 9]


def test_rows_of_one_step_are_all_kept_in_the_order_of_arrival(studio: Studio) -> None:
    record(studio, START, data(Point(1, 3.0), Point(0, 9.0), Point(1, 1.0)), data(Point(1, 2.0)))
    assert rows(studio) == [(0, 9.0), (1, 3.0), (1, 1.0), (1, 2.0)]


def test_values_that_are_not_finite_equal_themselves(studio: Studio) -> None:
    for _ in range(2):
        # One NaN object would be found again by its identity.
        odd = [Point(0, float("nan")), Point(1, math.inf), Point(2, -math.inf)]
        record(studio, data(*odd))
    found = rows(studio)
    assert math.isnan(found[0][1])
    assert found[1:] == [(1, math.inf), (2, -math.inf)]


def test_rows_that_differ_in_their_own_time_alone_are_two_rows(studio: Studio) -> None:
    stamped = [Point(0, 1.0, 100.5), Point(0, 1.0, 101.5), Point(0, 1.0)]
    record(studio, START, data(*stamped), data(*stamped))
    assert rows(studio) == [(0, 1.0)] * 3
    (line,) = studio.series(Question("train/loss", [int(shown(studio)["id"])]))
    assert line.series.time.tolist()[:2] == [100_500, 101_500]


def test_a_row_is_known_again_however_far_back_it_lies(studio: Studio) -> None:
    everything = steps(*range(300))
    record(studio, START, data(*everything), data(*steps(0, 100, 299)), data(*everything))
    assert rows(studio) == [(point.step, point.value) for point in everything]


def test_pieces_that_come_again_are_looked_up_in_what_was_read_once(studio: Studio) -> None:
    """Else a large body that is sent again is read through for each of its pieces."""
    pieces = [steps(*range(at, at + 100)) for at in range(0, 2_000, 100)]
    record(studio, START, *(data(*piece) for piece in pieces))
    (generation,) = studio.store.read("SELECT id FROM generations")[0]
    read: list[Any] = []

    def noted(_: sqlite3.Cursor, row: Any) -> Any:
        read.append(row)
        return row

    with closing(sqlite3.connect(studio.store.path)) as connection:
        connection.row_factory = noted
        tails = Tails(connection.execute, generation)
        tails.rebuild()
        for piece in pieces:
            assert tails.new(LOSS, piece) == []
        assert len([row for row in read if len(row) == 3]) == len(pieces)
        assert len(tails.new(LOSS, steps(7, 5_000, 6_000))) == 2


def test_a_new_row_is_taken_however_far_back_it_lies(studio: Studio) -> None:
    record(studio, START, data(*steps(*range(0, 600, 2))))
    record(studio, data(Point(3, 7.0), Point(4, 7.0)), data(Point(3, 7.0), Point(4, 7.0)))
    assert rows(studio)[2:5] == [(3, 7.0), (4, 2.0), (4, 7.0)]
    assert len(rows(studio)) == 302


def test_a_restart_forgets_no_row(store_path: Path) -> None:
    everything = steps(*range(200))
    for _ in range(3):
        with closing(Studio(store_path)) as studio:
            if not studio.changes().experiments:
                record(studio, START)
            record(studio, data(*everything), data(*everything[:10]), data(*everything[-10:]))
    with closing(Studio(store_path)) as studio:
        assert len(rows(studio)) == 200


def test_two_studios_over_one_file_double_nothing(store_path: Path) -> None:
    with closing(Studio(store_path)) as one, closing(Studio(store_path)) as two:
        record(one, START)
        for begin in range(0, 300, 10):
            record(one, data(*steps(*range(begin, begin + 15))))
            record(two, data(*steps(*range(begin + 5, begin + 20))), data(*steps(0, begin)))
        expected = [(step, step / 2) for step in range(310)]
        assert rows(one) == rows(two) == expected


Batch = tuple[int, list[tuple[int, float]]]
batches = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.lists(st.tuples(st.integers(0, 200), st.sampled_from([0.0, 1.0])), max_size=120),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(batches)
def test_any_requests_to_any_studios_leave_the_set_of_their_rows(sent: list[Batch]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        studios = [Studio(path), Studio(path)]
        record(studios[0], START)
        arrived: dict[tuple[int, float], None] = {}
        for which, batch in sent:
            if which > 1:
                studios[which - 2].close()
                studios[which - 2] = Studio(path)
            record(studios[which % 2], data(*(Point(*row) for row in batch)))
            arrived |= dict.fromkeys(batch)
        assert rows(studios[0]) == sorted(arrived, key=lambda row: row[0])
        for studio in studios:
            studio.close()


def test_a_transaction_that_failed_leaves_nothing_and_is_not_remembered(
    store_path: Path,
) -> None:
    broken = Data(KEY, "dvclive", params={"p.yaml": {"x": object()}})
    with closing(Studio(store_path)) as one, closing(Studio(store_path)) as two:
        record(one, START, data(*steps(0)))
        before = one.changes().value
        with pytest.raises(TypeError):
            one.record([data(*steps(1)), broken])
        assert one.changes().value | {"now": ""} == before | {"now": ""}
        # What the other stores now takes the place that the failed rows would have had.
        record(two, data(*steps(2)))
        record(one, data(*steps(1)))
        assert [step for step, _ in rows(one)] == [0, 1, 2]


# params, metrics, pictures


def test_params_and_metrics_replace_what_their_file_held(studio: Studio) -> None:
    record(
        studio,
        replace(START, params={"params.yaml": {"lr": 1, "gone": 1}, "other.yaml": {"a": 1}}),
        data(metrics={"metrics.json": {"loss": 1, "gone": 1}}, params={"params.yaml": {"lr": 2}}),
        data(metrics={"metrics.json": {"loss": 2}, "second.json": {"b": 1}}),
    )
    found = shown(studio)
    assert found["params"] == {"params.yaml": {"lr": 2}, "other.yaml": {"a": 1}}
    assert found["metrics"] == {"metrics.json": {"loss": 2}, "second.json": {"b": 1}}


def test_integers_that_a_browser_cannot_hold_are_text(studio: Studio) -> None:
    held = {"seed": 2**53 + 1, "fits": 2**53, "deep": [{"negative": -(2**60)}], "flag": True}
    record(studio, replace(START, params={"p": held}), data(metrics={"m": held}))
    shown_as = {
        "seed": "9007199254740993",
        "fits": 2**53,
        "deep": [{"negative": str(-(2**60))}],
        "flag": True,
    }
    assert shown(studio)["params"] == {"p": shown_as}
    assert shown(studio)["metrics"] == {"m": shown_as}


def test_the_step_never_goes_back_within_a_generation(studio: Studio) -> None:
    record(studio, START, data(step=5), data(step=3))
    assert shown(studio)["step"] == 5
    record(studio, START)
    assert shown(studio)["step"] is None


def test_each_step_keeps_its_picture_and_one_of_the_same_step_replaces_it(studio: Studio) -> None:
    second = PNG.replace(b"first", b"second")
    record(
        studio,
        START,
        data(step=1, images={"a.png": Image(second), "b.png": Image(PNG)}),
        data(step=1, images={"a.png": Image(PNG)}),
        data(step=2, images={"a.png": Image(second)}),
    )
    found = shown(studio)
    assert [(image["path"], image["step"]) for image in found["images"]] == [
        ("b.png", 1),
        ("a.png", 1),
        ("a.png", 2),
    ]
    bodies = [studio.image(int(found["id"]), image["digest"]) for image in found["images"]]
    assert bodies == [("image/png", PNG), ("image/png", PNG), ("image/png", second)]


def test_a_row_lists_no_more_than_some_pictures_of_a_path(studio: Studio) -> None:
    record(studio, START)
    for step in range(350):
        record(studio, data(step=step, images={"a.png": Image(PNG + bytes([step % 256]))}))
    record(studio, data(step=0, images={"b.png": Image(PNG)}))
    steps = [image["step"] for image in shown(studio)["images"] if image["path"] == "a.png"]
    assert 50 <= len(steps) <= 100
    assert (steps[0], steps[-1]) == (0, 349)
    assert max(two - one for one, two in pairwise(steps)) <= 16
    assert len(shown(studio)["images"]) == len(steps) + 1


def test_a_picture_of_another_experiment_is_not_handed_out(studio: Studio) -> None:
    other = replace(KEY, name="other")
    record(studio, START, Start(other, "dvclive"), data(step=1, images={"a.png": Image(PNG)}))
    digest = shown(studio)["images"][0]["digest"]
    assert studio.image(int(shown(studio, "other")["id"]), digest) is None


# generations and status


def test_data_opens_an_experiment_whose_start_never_came(studio: Studio) -> None:
    record(studio, data(*steps(0), step=0))
    found = shown(studio)
    assert (found["status"], found["generation"], found["step"]) == ("running", 1, 0)


def test_a_start_opens_a_generation_with_nothing_in_it(studio: Studio) -> None:
    record(studio, START, data(*steps(0, 1), step=1, metrics={"m": {"a": 1}}), DONE)
    record(studio, replace(START, params={"p": {}}))
    found = shown(studio)
    assert (found["status"], found["generation"]) == ("running", 2)
    assert (found["params"], found["metrics"], found["series"]) == ({"p": {}}, {}, {})
    assert (found["ended_at"], found["experiment_rev"]) == (None, None)


def test_the_points_of_an_earlier_generation_stay_in_the_store(studio: Studio) -> None:
    record(studio, START, data(*steps(0, 1, 2)), START, data(*steps(0)))
    assert rows(studio) == [(0, 0.0)]
    kept = studio.store.read(
        "SELECT g.number, g.series, count(s.id) AS slices, sum(length(s.body)) AS bytes"
        " FROM generations g JOIN slices s ON s.generation = g.id GROUP BY g.id ORDER BY g.number"
    )
    assert [json.loads(row["series"])[LOSS]["count"] for row in kept] == [3, 1]
    assert [row["slices"] for row in kept] == [1, 1]
    assert kept[0]["bytes"] > kept[1]["bytes"]


def test_a_resumed_run_keeps_its_pictures_and_its_message(studio: Studio) -> None:
    started = replace(START, message="why", subdir="sub")
    record(studio, started, data(step=1, images={"a.png": Image(PNG)}), DONE, START)
    found = shown(studio)
    assert (found["message"], found["subdir"]) == ("why", "sub")
    assert [image["path"] for image in found["images"]] == ["a.png"]


def test_the_same_points_count_again_in_a_new_generation(studio: Studio) -> None:
    for _ in range(3):
        record(studio, START, data(*steps(*range(100))), DONE)
    assert len(rows(studio)) == 100


def test_late_data_is_stored_and_does_not_reopen(studio: Studio) -> None:
    record(studio, START, data(*steps(0)), replace(DONE, experiment_rev=SHA), data(*steps(1)))
    found = shown(studio)
    assert (found["status"], found["experiment_rev"]) == ("completed", SHA)
    assert found["ended_at"] is not None
    assert len(rows(studio)) == 2


def test_a_done_without_a_start_is_an_ended_experiment(studio: Studio) -> None:
    record(studio, Done(KEY, "dvc", "failed", "the DVC stage failed", {"m": {"a": 1}}))
    found = shown(studio)
    assert (found["status"], found["detail"]) == ("failed", "the DVC stage failed")
    assert found["metrics"] == {"m": {"a": 1}}


def test_a_failed_run_that_starts_again_is_running_without_a_detail(studio: Studio) -> None:
    record(studio, START, Done(KEY, "dvc", "failed", "the DVC stage failed"), START)
    found = shown(studio)
    assert (found["status"], found["detail"]) == ("running", None)


def test_experiments_of_one_name_are_apart_by_commit_and_repository(studio: Studio) -> None:
    keys = [KEY, replace(KEY, baseline_sha="b" * 40), replace(KEY, repo_url="github.com/o/other")]
    for key in keys:
        record(studio, Start(key, "dvclive"))
    found = studio.changes().value
    assert len({row["id"] for row in found["experiments"]}) == 3
    assert [project["name"] for project in found["projects"]] == ["r", "other"]


# delete and restore


def test_a_deleted_experiment_is_gone_until_it_is_restored(studio: Studio) -> None:
    record(studio, START, data(*steps(0)))
    seq, experiment = studio.changes().seq, shown(studio)["id"]
    assert studio.delete(int(experiment))
    assert studio.changes().value["experiments"] == []
    assert studio.changes(seq).value["deleted"] == [experiment]
    assert studio.experiments() == []
    seq = studio.changes().seq
    assert studio.restore(int(experiment))
    assert [row["id"] for row in studio.changes(seq).value["experiments"]] == [experiment]
    assert rows(studio) == [(0, 0.0)]


def test_a_deleted_experiment_that_still_reports_stays_away_until_it_starts_again(
    studio: Studio,
) -> None:
    record(studio, START, data(*steps(0)))
    experiment = int(shown(studio)["id"])
    studio.delete(experiment)
    record(studio, data(*steps(1)), DONE, data(*steps(2)))
    assert studio.changes().value["experiments"] == []
    record(studio, START, data(*steps(7)))
    assert rows(studio) == [(7, 3.5)]
    assert int(shown(studio)["id"]) == experiment


def test_what_a_deleted_experiment_reported_is_there_after_restore(studio: Studio) -> None:
    record(studio, START, data(*steps(0)))
    experiment = int(shown(studio)["id"])
    studio.delete(experiment)
    record(studio, data(*steps(1)), DONE)
    studio.restore(experiment)
    assert len(rows(studio)) == 2
    assert shown(studio)["status"] == "completed"


def test_deleting_what_is_not_there_says_so(studio: Studio) -> None:
    assert not studio.delete(4)
    assert not studio.restore(4)


# changes


def pages(studio: Studio, since: int = 0) -> Iterator[dict[str, Any]]:
    while True:
        page = studio.changes(since)
        yield page.value | {"size": len(page.text.encode())}
        if not page.more:
            return
        assert page.seq > since
        since = page.seq


def large(names: Iterable[int], size: int) -> Sequence[Data]:
    """Rows of many series: what else is long comes as an excerpt."""
    points = {f"{n:0450}": steps(0) for n in range(size // 480 + 1)}
    return [Data(replace(KEY, name=str(name)), "dvclive", points=points) for name in names]


def test_changes_are_cut_at_two_megabytes_and_lose_nothing(studio: Studio) -> None:
    record(studio, *large(range(25), 200_000))
    found = list(pages(studio))
    assert [row["name"] for page in found for row in page["experiments"]] == list(
        map(str, range(25))
    )
    assert [page["more"] for page in found] == [True] * (len(found) - 1) + [False]
    assert len(found) >= 3
    assert all(page["size"] <= MOST_BYTES for page in found)
    assert [len(page["projects"]) for page in found] == [1] + [0] * (len(found) - 1)


def test_a_row_larger_than_two_megabytes_comes_alone(studio: Studio) -> None:
    record(studio, *large([0], 10), *large([1], 3_000_000), *large([2], 10))
    found = list(pages(studio))
    assert [[row["name"] for row in page["experiments"]] for page in found] == [["0"], ["1"], ["2"]]


def test_what_changed_between_two_pages_comes_with_the_later(studio: Studio) -> None:
    record(studio, *large(range(15), 200_000))
    reading = pages(studio)
    first = next(reading)
    moved = first["experiments"][0]["name"]
    record(studio, Done(replace(KEY, name=moved), "dvclive"))
    later = {row["name"]: row for page in reading for row in page["experiments"]}
    assert later[moved]["status"] == "completed"
    assert len(later) == 15 - len(first["experiments"]) + 1


def test_changes_hold_only_what_came_after(studio: Studio) -> None:
    record(studio, START)
    seq = studio.changes().seq
    assert studio.changes(seq).empty
    record(studio, Start(replace(KEY, name="new"), "dvclive"))
    found = studio.changes(seq).value
    assert [row["name"] for row in found["experiments"]] == ["new"]
    assert found["projects"] == []
    assert found["seq"] > seq


def test_any_way_through_the_changes_ends_in_the_same_table(studio: Studio) -> None:
    draw = random.Random(1)
    table: dict[str, Any] = {}
    since = 0
    for number in range(60):
        key = replace(KEY, name=str(draw.randrange(8)))
        record(studio, draw.choice([Start(key, "dvclive"), Data(key, "dvclive", number)]))
        if draw.random() < 0.2:
            studio.delete(draw.randrange(1, 9))
        if draw.random() < 0.2:
            studio.restore(draw.randrange(1, 9))
        if draw.random() < 0.4:
            found = studio.changes(since).value
            since = found["seq"]
            table |= {row["id"]: row for row in found["experiments"]}
            for gone in found["deleted"]:
                table.pop(gone, None)
    found = studio.changes(since).value
    table |= {row["id"]: row for row in found["experiments"]}
    for gone in found["deleted"]:
        table.pop(gone, None)
    assert table == {row["id"]: row for row in studio.changes().value["experiments"]}


def test_an_experiment_is_shown_as_the_contract_says(studio: Studio) -> None:
    record(studio, START, data(*steps(0, 4), step=4))
    found = shown(studio)
    assert found.keys() == {
        *("id", "repo_url", "baseline_sha", "name", "generation", "status", "detail", "error"),
        *(
            "client",
            "message",
            "subdir",
            "experiment_rev",
            "pushed_at",
            "params",
            "metrics",
            "series",
        ),
        *("images", "step", "started_at", "updated_at", "ended_at", "heard_at", "stale_at"),
        *("lost_at", "ledger", "cut", "place", "plots", "artifacts", "total_steps"),
    }
    assert found["series"] == {LOSS: {"count": 2, "last_step": 4}}
    assert found["place"].keys() == {"kind", "reason", "advice", "now"}
    assert (found["place"]["kind"], found["place"]["reason"]) == ("detached", "not connected")
    assert found["started_at"].endswith("Z")


def test_subscribers_hear_of_every_record_until_they_leave(studio: Studio) -> None:
    heard: list[int] = []
    leave = studio.subscribe(lambda: heard.append(studio.changes().seq))
    record(studio, START)
    leave()
    record(studio, DONE)
    assert len(heard) == 1


def test_another_process_is_noticed_by_the_move_of_the_file(store_path: Path) -> None:
    with closing(Studio(store_path)) as one, closing(Studio(store_path)) as two:
        two.notice()
        assert not two.notice()
        record(one, START)
        assert two.notice()
        assert shown(two)["name"] == "run"
