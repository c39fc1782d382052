"""The store against a dict, step by step: whatever happens to it, both say the same.

Two Studios share one file, as two processes do. Requests come again and out of order, journals are
carried by either of them, processes die without a word, the disk fills up and the file is deleted. Slices become chunks at any time.

`LIVE_STUDIO_FUZZ` is the number of steps; `make fuzz` takes many.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from live_studio import config, records
from live_studio.drainer import Follower
from live_studio.errors import StoreFull
from live_studio.events import Data, Done, Event, Image, Key, Point, Slice, Start
from live_studio.journal import Journal
from live_studio.studio import Question, Studio

STEPS = int(os.environ.get("LIVE_STUDIO_FUZZ", "2000"))
STEPS_EACH = 50
SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
PATHS = ("dvclive/plots/metrics/loss.tsv", "dvclive/plots/metrics/acc.tsv")
NAMES = ("a", "b", "c")
BIG = b"\x89PNG\r\n\x1a\n" + bytes(300_000)

names = st.sampled_from(NAMES)
points = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 3)), min_size=1, max_size=6, unique=True
)
which = st.integers(0, 1)


@dataclass
class Generation:
    """What a dict knows of one start."""

    began: int
    rows: dict[str, set[tuple[int, float]]] = field(
        default_factory=lambda: {path: set() for path in PATHS}
    )
    status: str = "running"
    said: str | None = None
    marked: bool = False

    def ends(self, status: str) -> None:
        if self.marked:
            self.said = status
        else:
            self.status = status


@dataclass
class Experiment:
    generations: list[Generation] = field(default_factory=list)
    deleted: bool = False

    @property
    def shown(self) -> Generation:
        return max(enumerate(self.generations), key=lambda one: (one[1].began, one[0]))[1]


@dataclass
class Run:
    """A journal: what is in it, and what of it is stored."""

    name: str
    began: int
    journal: Journal
    follower: Follower
    logged: int = 0
    generation: Generation | None = None
    stored: int = 0
    ended: bool = False
    slices: list[Slice] = field(default_factory=list)


class StoreMachine(RuleBasedStateMachine):
    """Every rule does one thing to the store and to the dict."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="store-machine-"))
        self.path = self.folder / "store.db"
        self.time = 1_000_000_000
        self.studios = [self.opened(), self.opened()]
        self.model: dict[str, Experiment] = {}
        self.sent: list[Event] = []
        self.runs: list[Run] = []
        self.abandoned: list[Studio] = []
        self.ids: dict[str, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            for studio in [*self.studios, *self.abandoned]:
                studio.close()
            for run in self.runs:
                run.journal.close(whatever=True)
            shutil.rmtree(self.folder)

    def opened(self) -> Studio:
        return Studio(self.path, self.clock)

    def clock(self) -> float:
        self.time += 1
        return float(self.time)

    # requests

    def apply(self, event: Event) -> None:
        """What the rules of recording make of a request."""
        assert isinstance(event, Start | Data | Done)
        held = self.model.setdefault(event.key.name, Experiment())
        if isinstance(event, Start) or not held.generations:
            held.generations.append(Generation(self.time))
            held.deleted = False
        if isinstance(event, Data):
            for path, given in event.points.items():
                held.shown.rows[path] |= {(point.step, point.value) for point in given}
        elif isinstance(event, Done):
            held.shown.ends(event.status)

    def send(self, who: int, event: Event) -> None:
        assert self.studios[who].record([event], durable=who == 0) == [True]
        self.apply(event)

    @rule(who=which, name=names)
    def start(self, who: int, name: str) -> None:
        self.send(who, Start(key(name), "dvclive"))

    @rule(who=which, name=names, given=points, path=st.sampled_from(PATHS))
    def data(self, who: int, name: str, given: list[tuple[int, int]], path: str) -> None:
        event = Data(
            key(name), "dvclive", points={path: [Point(step, value / 2) for step, value in given]}
        )
        self.sent.append(event)
        self.send(who, event)

    @precondition(lambda self: self.sent)
    @rule(who=which, pick=st.integers(0, 1 << 20), several=st.integers(1, 4))
    def resend(self, who: int, pick: int, several: int) -> None:
        """Some of what was sent long ago comes again, in another order, in one transaction."""
        again = [self.sent[(pick * (n + 7)) % len(self.sent)] for n in range(several)]
        assert self.studios[who].record(again) == [True] * several
        for event in again:
            self.apply(event)

    @rule(who=which, name=names, status=st.sampled_from(["completed", "failed"]))
    def done(self, who: int, name: str, status: str) -> None:
        self.send(who, Done(key(name), "dvclive", status=status))

    # journals

    @rule(name=names)
    def open_journal(self, name: str) -> None:
        run = uuid.uuid4().hex
        began = int(self.clock())
        header = {
            "client": "live_studio",
            "repo_url": "github.com/o/r",
            "baseline_sha": SHA,
            "name": name,
            "repo_path": None,
            "params_file": "p",
            "metrics_file": "m",
            "message": None,
            "time": float(began),
        }
        journal = Journal(config.journals_dir(self.path), run, header)
        for number, path in enumerate(PATHS):
            said = {"id": number, "path": path, "name": path}
            journal.append(records.text(records.NAME, said))
        follower = Follower(journal.path, run, "nobody", self.studios[0].reader(journal.path))
        self.runs.append(Run(name, began, journal, follower))

    @precondition(lambda self: any(not run.ended for run in self.runs))
    @rule(pick=st.integers(0, 1 << 20), count=st.integers(1, 40), path=st.integers(0, 1))
    def log(self, pick: int, count: int, path: int) -> None:
        run = chosen([run for run in self.runs if not run.ended], pick)
        for _ in range(count):
            # A value that no request has: a journal's points are never compared with theirs.
            value = run.logged + 0.25
            packed = records.POINT.pack(
                records.POINT_LENGTH, records.FLOAT, path, run.logged, float(self.time), value
            )
            run.journal.append(packed)
            run.logged += 1

    @precondition(lambda self: any(not run.ended for run in self.runs))
    @rule(pick=st.integers(0, 1 << 20))
    def end_journal(self, pick: int) -> None:
        run = chosen([run for run in self.runs if not run.ended], pick)
        said = {"status": "completed", "detail": None, "error": None, "step": 0, "time": self.time}
        run.journal.append(records.text(records.DONE, said))
        run.ended = True

    @precondition(lambda self: self.runs)
    @rule(who=which, pick=st.integers(0, 1 << 20), most=st.sampled_from([900, 1 << 20]))
    def drain(self, who: int, pick: int, most: int) -> None:
        run = chosen(self.runs, pick)
        piece = run.follower.next(most)
        if piece is None:
            return
        assert self.studios[who].record([piece]) == [True]
        run.follower.stored(piece)
        run.slices.append(piece)
        held = self.model.setdefault(run.name, Experiment())
        if run.generation is None:
            run.generation = Generation(run.began)
            held.generations.append(run.generation)
            held.deleted = False
        self.take_in(run, piece)

    def take_in(self, run: Run, piece: Slice) -> None:
        assert run.generation is not None
        for kind, start, _ in records.scan(piece.body):
            if kind == records.FLOAT:
                _, _, series, step, _, value = records.POINT.unpack_from(piece.body, start)
                run.generation.rows[PATHS[series]].add((step, value))
        if piece.facts.done:
            run.generation.ends("completed")

    @precondition(lambda self: any(run.slices for run in self.runs))
    @rule(who=which, pick=st.integers(0, 1 << 20))
    def drain_again(self, who: int, pick: int) -> None:
        """Another drainer comes with what is stored already."""
        run = chosen([run for run in self.runs if run.slices], pick)
        assert self.studios[who].record([chosen(run.slices, pick)]) == [False]

    # people

    @precondition(lambda self: self.ids)
    @rule(who=which, pick=st.integers(0, 1 << 20), deleted=st.booleans())
    def remove(self, who: int, pick: int, deleted: bool) -> None:
        name = chosen(sorted(self.ids), pick)
        studio = self.studios[who]
        assert (studio.delete if deleted else studio.restore)(self.ids[name])
        self.model[name].deleted = deleted

    @precondition(lambda self: self.ids)
    @rule(who=which, pick=st.integers(0, 1 << 20))
    def mark(self, who: int, pick: int) -> None:
        name = chosen(sorted(self.ids), pick)
        shown = self.model[name].shown
        fits = shown.status == "running"
        assert self.studios[who].mark_stopped(self.ids[name]) is fits
        if fits:
            shown.status, shown.marked, shown.said = "stopped", True, None

    @precondition(lambda self: self.ids)
    @rule(who=which, pick=st.integers(0, 1 << 20))
    def unmark(self, who: int, pick: int) -> None:
        name = chosen(sorted(self.ids), pick)
        shown = self.model[name].shown
        assert self.studios[who].unmark_stopped(self.ids[name]) is shown.marked
        if shown.marked:
            shown.status, shown.marked, shown.said = shown.said or "running", False, None

    # keeping house

    @rule(who=which)
    def compact(self, who: int) -> None:
        """Slices become chunks; nothing else changes, which the invariant sees."""
        store = self.studios[who].store
        for (generation,) in store.read("SELECT id FROM generations"):
            while store.compact(generation):
                pass
        while store.give_back(16):
            pass

    # bad days

    @rule(who=which)
    def crash(self, who: int) -> None:
        """A process is gone without a word; its connections are never closed properly."""
        self.abandoned.append(self.studios[who])
        self.studios[who] = self.opened()

    @rule(who=which)
    def close_and_open(self, who: int) -> None:
        self.studios[who].close()
        self.studios[who] = self.opened()

    @rule(who=which, name=names, given=points)
    def full_disk(self, who: int, name: str, given: list[tuple[int, int]]) -> None:
        """All or nothing of an event is stored, and what was there can be read."""
        studio = self.studios[who]
        limited(studio, 1)
        event = Data(
            key(name),
            "dvclive",
            points={PATHS[0]: [Point(step, value / 2) for step, value in given]},
            images={"big.png": Image(BIG + self.time.to_bytes(8, "big"))},
        )
        with pytest.raises(StoreFull):
            studio.record([event])
        trouble = studio.changes().trouble
        assert trouble is not None
        assert trouble.kind == "full"
        self.agree(studio)
        limited(studio, 0)
        # What the other writes now gets the number that was given back.
        other = Data(key(name), "dvclive", points={PATHS[0]: [Point(95, float(self.time))]})
        self.send(1 - who, other)
        self.send(who, event)
        assert studio.changes().trouble is None or studio.changes().trouble.kind == "restored"

    @rule(who=which, how=st.sampled_from([("", "-wal", "-shm"), ("",), ("-wal",)]))
    def delete_file(self, who: int, how: tuple[str, ...]) -> None:
        for suffix in how:
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        # Without its log the file opens for nobody, until who has it open has given it back.
        for studio in (self.studios[who], self.studios[1 - who], self.studios[who]):
            studio.store.look()
        for studio in self.studios:
            studio.store._retry_at = 0.0

    # and both say the same

    @invariant()
    def same(self) -> None:
        if hasattr(self, "studios"):
            self.agree(self.studios[self.time % 2])

    def agree(self, studio: Studio) -> None:
        found = {row.name: row for row in studio.experiments()}
        expected = {name: held for name, held in self.model.items() if not held.deleted}
        assert found.keys() == expected.keys()
        for name, held in expected.items():
            row = found[name]
            self.ids[name] = row.id
            assert row.status == held.shown.status, name
            assert row.generation == held.generations.index(held.shown) + 1
            for path, rows in held.shown.rows.items():
                lines = studio.series(Question(path, [row.id]))
                series = lines[0].series if lines else None
                pairs = (
                    []
                    if series is None
                    else list(zip(series.step.tolist(), series.value.tolist(), strict=True))
                )
                assert sorted(pairs) == sorted(rows), (name, path)


def key(name: str) -> Key:
    return Key("github.com/o/r", SHA, name)


def chosen(several: list[Any], pick: int) -> Any:
    return several[pick % len(several)]


def limited(studio: Studio, pages: int) -> None:
    """Let the file grow no more, or again (0)."""
    file = studio.store._file
    assert file is not None
    file.writer.execute(f"PRAGMA max_page_count = {pages or 1 << 30}")


def test_the_store_and_a_dict_say_the_same_whatever_happens() -> None:
    run_state_machine_as_test(
        partial(StoreMachine),
        settings=settings(
            max_examples=max(1, STEPS // STEPS_EACH),
            stateful_step_count=STEPS_EACH,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
