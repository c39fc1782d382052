"""Slices become chunks, and nobody sees a difference: not a chart, not a client that sends again."""

from __future__ import annotations

import json
import math
import random
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live_studio import Live, whereabouts
from live_studio.addresses import NO_COMMIT
from live_studio.curves import Question
from live_studio.drainer import Drainer
from live_studio.events import Data, Done, Key, Point, Start
from live_studio.server.journals import Intake
from live_studio.store import compaction
from live_studio.studio import Studio

LOSS, ACC = (f"dvclive/plots/metrics/{name}.tsv" for name in ("loss", "acc"))

values = st.floats() | st.integers(-5, 5).map(float) | st.just(-0.0)
rows = st.tuples(st.integers(-3, 40), values, st.none() | st.floats(0, 2e9))
batches = st.lists(
    st.tuples(st.sampled_from([LOSS, ACC]), st.lists(rows, min_size=1, max_size=20)),
    min_size=1,
    max_size=8,
)
compact_after = st.sets(st.integers(0, 7))
Batches = list[tuple[str, list[tuple[int, float, float | None]]]]


def compact(studio: Studio) -> int:
    """Make chunks of everything; says how many times that took."""
    passes = 0
    for (generation,) in studio.store.read("SELECT id FROM generations"):
        while studio.store.compact(generation):
            passes += 1
    return passes


def lines(studio: Studio, experiment: int, **more: Any) -> list[tuple[Any, ...]]:
    """What charts get, as bytes: NaN equals itself there."""
    return [
        (line.path, line.total, *(part.tobytes() for part in (one.step, one.value, one.time)))
        for metric in ("loss", "acc")
        for line in studio.curves.lines(Question(metric, [experiment], **more))
        for one in [line.series]
    ]


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60
)
@given(batches, compact_after)
def test_charts_get_the_same_from_chunks_as_from_slices(
    studio: Studio, sent: Batches, after: set[int]
) -> None:
    with_chunks, without = Key("r", NO_COMMIT, "chunks"), Key("r", NO_COMMIT, "slices")
    ids = {}
    for key in (with_chunks, without):
        studio.record([Start(key, "dvclive")])
        (ids[key],) = (row.id for row in studio.experiments() if row.name == key.name)
    (generation,) = (row[0] for row in studio.store.read(
        "SELECT generation FROM experiments WHERE id = ?", (ids[with_chunks],)))  # fmt: skip
    studio.store._clock = lambda: 1.7e9
    for number, (path, listed) in enumerate(sent):
        points = [Point(*row) for row in listed]
        for key in (with_chunks, without):
            # Each twice: what is stored is known again wherever it lies.
            studio.record([Data(key, "dvclive", points={path: points})])
            studio.record([Data(key, "dvclive", points={path: points})])
        if number in after:
            while studio.store.compact(generation):
                pass
        wanted = lines(studio, ids[without])
        assert lines(studio, ids[with_chunks]) == wanted
        # One that has decoded nothing before gets the same.
        fresh = Studio(studio.store.path)
        assert lines(fresh, ids[with_chunks]) == wanted
        assert lines(fresh, ids[with_chunks], x="time") == lines(studio, ids[without], x="time")
        fresh.close()


def test_a_chunk_takes_the_place_of_its_slices(studio: Studio) -> None:
    log(1000)
    before = studio.store.read("SELECT sum(length(body)) FROM slices")[0][0]
    assert compact(studio) == 1
    assert compact(studio) == 0
    (kept,) = studio.store.read("SELECT length(body) FROM slices")
    chunks = studio.store.read("SELECT path, count, length(body) FROM chunks")
    assert sorted(chunk["count"] for chunk in chunks) == [1000, 1000]
    assert kept[0] + sum(chunk[2] for chunk in chunks) < before / 2


def test_a_run_that_goes_on_is_compacted_piece_by_piece(studio: Studio) -> None:
    live = Live(exp_name="long")
    for step in range(3000):
        live.log_metrics({"loss": step / 3, "acc": float(step)})
        live.next_step()
        if step % 100 == 99:
            drain(studio)
            compact(studio)
    live.end()
    drain(studio)
    compact(studio)
    (row,) = studio.experiments()
    (loss,) = studio.curves.lines(Question("loss", [row.id]))
    assert loss.series.value.tolist() == [step / 3 for step in range(3000)]
    # Small chunks were joined: each point was written a few times, and there are few chunks.
    counts = [count for (count,) in studio.store.read("SELECT count FROM chunks")]
    assert sum(counts) == 6000
    assert len(counts) <= 12


def test_what_is_new_to_a_chart_is_told_after_compaction_too(studio: Studio) -> None:
    key = Key("r", NO_COMMIT, "tails")
    seqs = []
    for at in range(0, 300, 3):
        # Every third one is late.
        steps = [at, at + 1, max(at - 50, 0)]
        points = [Point(step, float(at + i)) for i, step in enumerate(steps)]
        studio.record([Data(key, "dvclive", points={LOSS: points})])
        seqs.append(studio.store.seq())
    (row,) = studio.experiments()
    # A chart that asked before is not told twice, nor less.
    fresh, before = Studio(studio.store.path), {}
    for since in seqs:
        before[since] = lines(studio, row.id, since=since)
    compact(studio)
    for since in seqs[-60:]:
        assert (
            lines(fresh, row.id, since=since) == lines(studio, row.id, since=since) == before[since]
        )
        assert lines(fresh, row.id, until=since) == lines(studio, row.id, until=since)
    # One that asks for long ago may get all, which the total tells.
    for since in seqs[:-64]:
        (line,) = fresh.curves.lines(Question("loss", [row.id], since=since))
        known = next(len(part[2]) // 8 for part in [before[since][0]])
        assert len(line.series) >= known
        assert line.total == 300
    fresh.close()


def test_of_two_that_compact_at_once_one_does(studio: Studio) -> None:
    log(500)
    other = Studio(studio.store.path)
    (generation,) = studio.store.due() or [1]
    raw = compaction.read(studio.store._file.reader.execute, generation)  # type: ignore[union-attr]
    assert raw is not None
    work = compaction.made(studio.store.read, raw)
    assert other.store.compact(generation)
    with studio.store._file.writer as connection:  # type: ignore[union-attr]
        assert not compaction.write(connection.execute, work)
    assert [count for (count,) in studio.store.read("SELECT count FROM chunks")] == [500, 500]
    other.close()


def test_who_reads_while_others_compact_and_record_sees_every_point_once(studio: Studio) -> None:
    key = Key("r", NO_COMMIT, "racing")
    studio.record([Start(key, "dvclive")])
    (row,) = studio.experiments()
    done = threading.Event()
    wrong: list[Any] = []

    def steps(reader: Studio) -> list[float]:
        found = reader.curves.lines(Question("loss", [row.id]))
        return found[0].series.step.tolist() if found else []

    def read() -> None:
        reader = Studio(studio.store.path)
        while not done.is_set():
            with closing(Studio(studio.store.path)) as fresh:
                both = [steps(reader), steps(fresh)]
            wrong.extend(one for one in both if one != list(range(len(one))))
        reader.close()

    def tidy() -> None:
        tidier = Studio(studio.store.path)
        while not done.is_set():
            compact(tidier)
        tidier.close()

    threads = [threading.Thread(target=work) for work in (read, tidy, tidy)]
    for thread in threads:
        thread.start()
    for step in range(400):
        studio.record([Data(key, "dvclive", points={LOSS: [Point(step, 1.0)]})])
    done.set()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    (line,) = studio.curves.lines(Question("loss", [row.id]))
    assert line.series.step.tolist() == list(range(400))


def test_a_client_that_sends_old_rows_again_is_known_by_the_chunks(studio: Studio) -> None:
    key = Key("r", NO_COMMIT, "again")
    listed = [Point(step, float(step)) for step in range(2000)]
    for at in range(0, 2000, 500):
        studio.record([Data(key, "dvclive", points={LOSS: listed[at : at + 500]})])
        compact(studio)
    fresh = Studio(studio.store.path)
    # Another server, which has seen nothing of it: long ago, in the middle, the last ones, new ones.
    for begin in (0, 700, 1990):
        fresh.record([Data(key, "dvclive", points={LOSS: listed[begin : begin + 20]})])
    fresh.record([Data(key, "dvclive", points={LOSS: [Point(3, 9.0), Point(2000, 1.0)]})])
    (row,) = fresh.experiments()
    (line,) = fresh.curves.lines(Question("loss", [row.id]))
    assert line.total == 2002
    assert row.ledger["duplicate"] == 50
    fresh.close()


def test_a_run_from_elsewhere_goes_on_after_its_names_were_compacted(studio: Studio) -> None:
    live = Live(exp_name="far")
    live.log_metrics({"loss": 1.0, "acc": 2.0})
    drain(studio)
    compact(studio)
    run, end = studio.store.read("SELECT run, journal_end FROM generations")[0]
    names = Intake(studio)._names_of(run, end)
    assert sorted(names.paths.values()) == [ACC, LOSS]
    assert sorted(names.metrics.values()) == ["acc", "loss"]
    assert [layout.series for layout in names.layouts.values()] == [(0, 1)]
    live.next_step()
    live.log_metrics({"loss": 3.0, "acc": 4.0})
    live.end()
    drain(studio)
    (row,) = studio.experiments()
    assert [part[3] for part in lines(studio, row.id)] == [doubles(1.0, 3.0), doubles(2.0, 4.0)]


def test_requests_beside_a_journal_keep_both_as_they_are(studio: Studio) -> None:
    live = Live(exp_name="both")
    live.log_metric("loss", 1.0)
    live.end()
    drain(studio)
    (row,) = studio.experiments()
    key = Key(row.repo_url, row.baseline_sha, row.name)
    studio.record([Data(key, "dvclive", points={LOSS: [Point(1, 2.0)]})])
    assert compact(studio) == 0
    assert [part[3] for part in lines(studio, row.id)] == [doubles(1.0, 2.0)]


def test_ended_runs_are_due_when_they_have_settled_and_running_ones_when_they_have_grown(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1.7e9]
    studio.store._clock = lambda: now[0]
    key = Key("r", NO_COMMIT, "one")
    studio.record([Data(key, "dvclive", points={LOSS: [Point(0, 1.0)]})])
    now[0] += 60
    assert studio.store.due() == []
    monkeypatch.setattr(compaction, "GROWN_SLICES", 2)
    studio.record([Data(key, "dvclive", points={LOSS: [Point(1, 1.0)]})])
    assert studio.store.due() == [1]
    monkeypatch.setattr(compaction, "GROWN_SLICES", 100)
    studio.record([Done(key, "dvclive")])
    assert studio.store.due() == []
    now[0] += compaction.SETTLED_SECONDS + 1
    assert studio.store.due() == [1]
    compact(studio)
    assert studio.store.due() == []
    # Late data make it due again.
    studio.record([Data(key, "dvclive", points={LOSS: [Point(2, 1.0)]})])
    now[0] += compaction.SETTLED_SECONDS + 1
    assert studio.store.due() == [1]


def test_the_file_becomes_smaller_and_a_point_takes_few_bytes(studio: Studio) -> None:
    chance = random.Random(3)
    with Live(exp_name="large") as live:
        for _ in range(100_000):
            live.log_metric("loss", chance.random())
            live.next_step()
    compact(studio)
    while studio.store.give_back(1000):
        pass
    studio.close()
    # The log too, though another thread of this process still has the store open.
    files = whereabouts.store_path().parent.glob("store.db*")
    size = sum(path.stat().st_size for path in files if path.is_file())
    assert size / 100_000 <= 11


def test_chunks_and_slices_that_disagree_with_the_row_are_settled(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    studio = Studio(path)
    key = Key("r", NO_COMMIT, "damaged")
    for at in (0, 100):
        points = {name: [Point(at + step, 1.0) for step in range(100)] for name in (LOSS, ACC)}
        studio.record([Data(key, "dvclive", points=points)])
        compact(studio)
    studio.record([Data(key, "dvclive", points={LOSS: [Point(200, 5.0)]})])
    # One chunk is noise, and the slice that names the series is gone.
    studio.store.jot("UPDATE chunks SET body = x'00ff' WHERE id = (SELECT max(id) FROM chunks)")
    studio.store.jot("DELETE FROM slices WHERE id = (SELECT min(id) FROM slices)")
    last = studio.store.read("SELECT last_slice FROM generations")[0][0]
    studio.close()
    damage(path)
    mended = Studio(path)
    (row,) = mended.experiments()
    counted = {name: said["count"] for name, said in json.loads(row.series_text).items()}
    held = {line[0]: line[1] for line in lines(mended, row.id)}
    assert counted == held
    assert 200 <= sum(counted.values()) <= 401
    # What comes now is not taken for what is in chunks already.
    mended.record([Data(key, "dvclive", points={LOSS: [Point(300, 7.0)]})])
    assert mended.store.read("SELECT max(id) FROM slices")[0][0] > last
    (line,) = (one for one in mended.curves.lines(Question("loss", [row.id])))
    assert line.series.step.tolist()[-1] == 300
    mended.close()


def test_a_chunk_whose_checksum_is_wrong_is_taken_for_the_damage_it_is(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "flipped.db")
    key = Key("r", NO_COMMIT, "flipped")
    listed = [Point(step, 1.0) for step in range(100)]
    studio.record([Data(key, "dvclive", points={LOSS: listed, ACC: listed})])
    compact(studio)
    studio.store.jot("UPDATE chunks SET body = x'00ff' WHERE path = ?", (LOSS,))
    (row,) = studio.experiments()
    assert [(line[0], line[1]) for line in lines(studio, row.id)] == [(LOSS, 0), (ACC, 100)]
    trouble = studio.trouble
    assert trouble is not None
    assert trouble.kind == "damaged"
    studio.close()


def log(steps: int) -> None:
    with Live(exp_name="run") as live:
        for step in range(steps):
            live.log_metrics({"loss": math.sin(step), "acc": float(step)})
            live.next_step()


def drain(studio: Studio) -> None:
    """The thread of this process may be quicker with a part: then there is more to look for."""
    drainer = Drainer(studio)
    while drainer.drain():
        pass


def doubles(*listed: float) -> bytes:
    import numpy as np

    return np.array(listed).tobytes()


def damage(path: Path) -> None:
    """Zero the file's header: it is set aside and read row by row."""
    with path.open("r+b") as file:
        file.write(bytes(100))
