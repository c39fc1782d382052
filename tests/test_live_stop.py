"""Somebody asks a run to stop: which calls obey, which never do, and what is kept."""

from __future__ import annotations

import json
import os
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from live_studio import Live, LiveStudioError, StopRequested, courier
from live_studio.courier import Courier
from live_studio.errors import NoSuchExperiment, NotListening
from live_studio.events import Done, Key, Start
from live_studio.status import LOST_AFTER
from live_studio.studio import Studio
from tests.servers import until

PNG = b"\x89PNG\r\n\x1a\n"
ROWS = [{"x": 1, "y": 2}]
STOPPED = ("stopped", "stopped from the dashboard")


def artifact(live: Live) -> None:
    live.log_artifact(__file__)


def total(live: Live) -> None:
    live.total_steps = 9


def summed_up(live: Live) -> None:
    live.summary["best"] = 1.0
    live.make_summary()


VERBS: dict[str, Callable[[Live], Any]] = {
    "a number": lambda live: live.log_metric("loss", 0.5),
    "a number of a new name": lambda live: live.log_metric("new", 0.5),
    "a whole number": lambda live: live.log_metric("loss", 1),
    "text": lambda live: live.log_metric("note", "ok"),
    "a number without a series": lambda live: live.log_metric("best", 0.5, plot=False),
    "a row": lambda live: live.log_metrics({"loss": 0.5, "acc": 1.0}),
    "a row with text": lambda live: live.log_metrics({"loss": 0.5, "note": "ok"}),
    "a step": lambda live: live.next_step(),
    "a parameter": lambda live: live.log_param("lr", 0.1),
    "parameters": lambda live: live.log_params({"lr": 0.1}),
    "a picture": lambda live: live.log_image("a.png", PNG),
    "a plot": lambda live: live.log_plot("p", ROWS, x="x", y="y"),
    "one of scikit-learn's": lambda live: live.log_sklearn_plot(
        "confusion_matrix", ["a", "b"], ["a", "a"]
    ),
    "an artifact": artifact,
    "how many steps": total,
    "the summary": summed_up,
}


def standing(studio: Studio) -> tuple[str, str | None]:
    (row,) = studio.experiments()
    return row.status, row.detail


@pytest.fixture(name="live")
def _live(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Live:
    """A run whose courier looks often, because each test waits for it."""
    monkeypatch.setattr(courier, "YIELD_SECONDS", 0.02)
    monkeypatch.setattr(courier, "UNWATCHED", 0.02)
    live = Live(exp_name="one")
    live.log_metric("loss", 1.0)
    until(studio.experiments, "the run")
    return live


def asked(live: Live, studio: Studio) -> None:
    """Ask, and wait until the run has heard."""
    (row,) = studio.experiments()
    studio.stop(row.id)
    until(lambda: live._asked_to_stop, "the run to hear")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_obeys_and_what_it_logged_is_kept(studio: Studio, live: Live, verb: str) -> None:
    asked(live, studio)
    assert standing(studio) == ("running", "stopping")
    before = live.written
    with pytest.raises(StopRequested, match=r"^one was stopped from the dashboard\.$"):
        VERBS[verb](live)
    assert live.written > before
    assert standing(studio) == STOPPED


def test_what_is_logged_while_it_stops_is_stored(studio: Studio, live: Live) -> None:
    live.next_step()
    asked(live, studio)
    with pytest.raises(StopRequested):
        live.log_metrics({"loss": 0.25})
    (row,) = studio.experiments()
    assert '"loss":0.25' in row.metrics_text.replace(" ", "")


def test_the_step_that_ends_as_it_stops_counts(studio: Studio, live: Live) -> None:
    live.next_step()
    asked(live, studio)
    with pytest.raises(StopRequested):
        live.next_step()
    assert studio.experiments()[0].step == 1


def test_no_except_exception_swallows_it(studio: Studio, live: Live) -> None:
    asked(live, studio)
    assert not issubclass(StopRequested, Exception | LiveStudioError)
    with pytest.raises(KeyboardInterrupt), suppress(Exception):
        live.next_step()


def test_it_is_raised_once_and_then_the_run_is_as_after_its_end(
    studio: Studio, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(live, studio)
    with pytest.raises(StopRequested):
        live.next_step()
    monkeypatch.setattr("live_studio.warned._warned", set())
    with pytest.warns(UserWarning, match=r"logged after end\(\)"):
        live.log_metrics({"loss": 0.5})
    live.log_params({"lr": 1})
    live.end()
    assert standing(studio) == STOPPED


def test_the_block_around_it_leaves_the_status_alone(studio: Studio) -> None:
    def trains() -> None:
        with Live(exp_name="one") as live:
            live.log_metric("loss", 1.0)
            until(studio.experiments, "the run")
            asked(live, studio)
            live.next_step()

    with pytest.raises(StopRequested):
        trains()
    assert standing(studio) == STOPPED


def test_an_end_does_not_raise_it_and_is_how_the_run_ended(studio: Studio, live: Live) -> None:
    live.summary["best"] = 1.0
    asked(live, studio)
    live.end()
    assert standing(studio) == ("completed", None)


def test_beats_guesses_and_the_machines_own_numbers_do_not_raise_it(
    studio: Studio, live: Live
) -> None:
    asked(live, studio)
    live.beat()
    live.log_aside({"system/cpu": 1.0, "system/count": 4.0}, frozenset({"system/count"}))
    live.guess(ValueError("no"))
    with pytest.raises(StopRequested):
        live.next_step()
    assert standing(studio) == STOPPED


def test_the_thread_that_watches_the_machine_goes_on_while_a_stop_waits(studio: Studio) -> None:
    live = Live(exp_name="one")
    live.monitor_system(interval=0.01, num_samples=1)
    live.next_step()
    until(studio.experiments, "the run")
    asked(live, studio)
    size = live._journal.size
    until(lambda: live._journal.size > size + 1000, "more numbers of the machine")
    assert any(thread.name == "live_studio system" for thread in threading.enumerate())
    with pytest.raises(StopRequested):
        live.next_step()


def test_a_forked_child_does_not_obey_in_its_parents_place(studio: Studio, live: Live) -> None:
    asked(live, studio)
    child = os.fork()
    if child == 0:
        obeyed = False
        try:
            with warnings.catch_warnings(action="ignore"):
                live.log_metric("loss", 0.5)
        except StopRequested:
            obeyed = True
        finally:
            os._exit(int(obeyed))
    assert os.waitpid(child, 0)[1] == 0
    assert standing(studio) == ("running", "stopping")
    with pytest.raises(StopRequested):
        live.next_step()


def test_a_courier_that_leaves_the_journals_to_a_server_hears_too(
    store_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's one drains; the kernel's has nothing to do and asks all the same."""
    said = {"url": "http://127.0.0.1:9/", "store_id": studio.id, "journal_version": 1, "token": ""}
    announced = store_path.with_name("server.json")
    announced.write_text(json.dumps(said))
    monkeypatch.setenv("LIVE_STUDIO_SERVER_FILE", str(announced))
    server = Courier(studio).start()
    try:
        live = Live(exp_name="one")
        live.log_metric("loss", 1.0)
        until(studio.experiments, "the run")
        mine = courier.sharing(live._journal.path.parent)  # type: ignore[union-attr]
        assert mine is not None
        assert mine._yielding
        followers = mine.drainer._followers
        until(
            lambda: [one.at for one in followers.values()] == [live._journal.size],
            "all to be stored",
        )
        asked(live, studio)
        with pytest.raises(StopRequested):
            live.log_metrics({"loss": 0.5})
    finally:
        server.stop()
    assert standing(studio) == STOPPED


def test_a_stop_is_for_one_start_of_one_run(studio: Studio, live: Live) -> None:
    asked(live, studio)
    with Live(exp_name="other") as other:
        other.next_step()
    with pytest.raises(StopRequested):
        live.next_step()
    with Live(exp_name="one") as again:
        again.next_step()
    assert {row.name: row.status for row in studio.experiments()} == {
        "one": "completed",
        "other": "completed",
    }


def test_who_cannot_hear_is_not_asked_and_it_is_said_what_to_do(
    store_path: Path,
) -> None:
    now = 1_800_000_000.0
    studio = Studio(store_path, lambda: now)
    key = Key("github.com/o/r", "1" * 40, "stock")
    with pytest.raises(NoSuchExperiment):
        studio.stop(1)
    studio.record([Start(key, "dvclive")])
    with pytest.raises(NotListening, match=r"DVCLive cannot be asked .* mark it as stopped"):
        studio.stop(1)
    studio.record([Done(key, "dvclive")])
    with pytest.raises(NotListening, match="It is completed already"):
        studio.stop(1)
    studio.record([Start(Key("github.com/o/r", "1" * 40, "posts"), "live_studio")])
    with pytest.raises(NotListening, match="This client cannot be asked"):
        studio.stop(2)
    now += LOST_AFTER
    with pytest.raises(NotListening, match="look where it runs, or mark it as stopped"):
        studio.stop(2)
    studio.close()


def test_a_notebook_shows_one_line_of_it() -> None:
    error = StopRequested("one was stopped from the dashboard.")
    assert error._render_traceback_() == ["StopRequested: one was stopped from the dashboard."]
