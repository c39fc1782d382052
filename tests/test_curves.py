"""What a chart gets of runs that stop, go on, send again and come late: one line, forwards, every point once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live_studio.addresses import NO_COMMIT
from live_studio.curves import Question
from live_studio.events import Data, Key, Point, Start
from live_studio.studio import Studio

PATH = "dvclive/plots/metrics/loss.tsv"
LENGTH = 60
# How far a run had come whenever it was stopped, and in pieces of what size it sent its points.
stops = st.lists(st.integers(1, LENGTH - 1), max_size=4).map(sorted)
pieces = st.integers(1, 20)
axes = st.sampled_from(["step", "time", "relative"])


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)
@given(stops, pieces, axes, st.randoms(use_true_random=False))
def test_a_resumed_run_draws_one_line_that_only_goes_forward(
    studio: Studio, stopped: list[int], piece: int, axis: str, chance: np.random.Generator
) -> None:
    key = Key("github.com/o/r", NO_COMMIT, f"resumed {id(chance)}")
    points = [Point(step, float(step), 1.7e9 + step) for step in range(LENGTH)]
    for reached in (*stopped, LENGTH):
        # A client that resumes sends all of it again, from the first point on.
        studio.record([Start(key, "dvclive")])
        sent = [points[at : min(at + piece, reached)] for at in range(0, reached, piece)]
        chance.shuffle(sent)
        for part in sent:
            studio.record([Data(key, "dvclive", points={PATH: part})])
    (row,) = [row for row in studio.experiments() if row.name == key.name]
    (line,) = studio.curves.lines(Question("loss", [row.id], x=axis))
    assert line.series.step.tolist() == list(range(LENGTH))
    assert (np.diff(line.series.at) > 0).all()
    assert line.total == LENGTH


# Batches of how many points, and which of all points come after those that follow them.
batches = st.lists(st.integers(1, 30), min_size=2, max_size=5)
values = st.floats(-1e6, 1e6) | st.sampled_from([float("nan"), float("inf")])


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60
)
@given(batches, st.data(), axes, st.floats(0.01, 0.999))
def test_what_is_smoothed_since_then_ends_as_what_is_smoothed_whole(
    studio: Studio, sizes: list[int], data: st.DataObject, axis: str, factor: float
) -> None:
    key = Key("github.com/o/r", NO_COMMIT, f"smoothed {id(data)}")
    count = sum(sizes)
    logged = data.draw(st.lists(values, min_size=count, max_size=count))
    steps = list(range(count))
    late = data.draw(st.booleans())
    if late:
        steps.append(steps.pop(0))
    studio.record([Start(key, "dvclive")])
    at, seqs, reached = 0, [], []
    for size in sizes:
        part = [Point(step, logged[step], 1.7e9 + step) for step in steps[at : at + size]]
        studio.record([Data(key, "dvclive", points={PATH: part})])
        at += size
        seqs.append(studio.store.seq())
        reached.append(at)
    (row,) = [row for row in studio.experiments() if row.name == key.name]
    ask = Question("loss", [row.id], x=axis, smooth=factor)
    (whole,) = studio.series(ask)
    assert whole.smooth is not None
    for seq, before in zip(seqs, reached, strict=True):
        asked = studio.answerable(replace(ask, since=seq))
        assert bool(asked.since) is not (late and before < count)
        if not asked.since:
            continue
        (tail,) = studio.series(asked)
        assert tail.smooth is not None
        assert tail.series.step.tolist() == whole.series.step[before:].tolist()
        assert tail.smooth.step.tolist() == tail.series.step.tolist()
        np.testing.assert_allclose(
            tail.smooth.value, whole.smooth.value[before:], rtol=1e-9, atol=1e-9
        )
