"""`monitor_system`: the machine's numbers beside the run's, and never instead of them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from live_studio import Live
from live_studio.studio import Studio


def wait_for(there: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := there()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def numbers(live: Live) -> dict[str, Any]:
    return live.summary.get("system", {})


def quick(live: Live) -> Live:
    live.monitor_system(interval=0.01, num_samples=1)
    return live


def test_the_machine_is_measured_and_shown(studio: Studio) -> None:
    with Live(exp_name="watched", monitor_system=True) as live:
        quick(live)
        wait_for(lambda: numbers(live).get("disk"))
    (shown,) = studio.changes().value["experiments"]
    system = shown["metrics"]["dvclive/metrics.json"]["system"]
    assert 0 <= system["cpu"]["usage (%)"] <= 100
    assert system["cpu"]["count"] >= 1
    assert 0 < system["ram"]["usage (GB)"] < system["ram"]["total (GB)"]
    assert 0 < system["disk"]["usage (GB)"]["main"] <= system["disk"]["total (GB)"]["main"]
    series = {path.partition("plots/metrics/")[2] for path in shown["series"]}
    assert "system/ram/usage (%).tsv" in series
    assert not any("total" in path or "count" in path for path in series)


def test_it_ends_with_the_run(studio: Studio) -> None:
    with Live(exp_name="ends") as live:
        quick(live)
        wait_for(lambda: numbers(live))
    wait_for(lambda: all(t.name != "live_studio system" for t in threading.enumerate()))
    (shown,) = studio.changes().value["experiments"]
    assert shown["status"] == "completed"


def test_nobody_has_logged_what_the_machine_says(studio: Studio) -> None:
    """Else a cell that raised would be blamed on every run that is open."""
    live = quick(Live(exp_name="apart"))
    live.log_metric("loss", 1.0)
    before = live.written
    wait_for(lambda: numbers(live))
    assert live.written == before
    live.log_metric("loss", 0.5)
    assert live.written > before
    live.end()


def test_a_guess_of_failure_stands_until_training_goes_on(studio: Studio) -> None:
    live = quick(Live(exp_name="guessed"))
    wait_for(lambda: numbers(live))
    live.guess(ValueError("no"))
    size = live._journal.size
    # Two more periods of a second monitor show that time has passed for the first.
    other = quick(Live(exp_name="other"))
    wait_for(lambda: numbers(other).get("disk"))
    assert live._journal.size == size
    live.log_metric("loss", 0.5)
    wait_for(lambda: live._journal.size > size + 200)
    live.end()
    other.end()
    rows = {row["name"]: row for row in studio.changes().value["experiments"]}
    assert rows["guessed"]["status"] == "completed"


def test_a_folder_that_cannot_be_a_name_is_refused(studio: Studio) -> None:
    with Live(exp_name="refused") as live, pytest.raises(ValueError, match="cannot name a folder"):
        live.monitor_system(directories_to_monitor={"a/../b": "/"})


def test_without_psutil_it_is_said_and_training_goes_on(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psutil", None)
    monkeypatch.setattr("live_studio.warned._warned", set())
    with pytest.warns(UserWarning, match=r"needs psutil: pip install"):
        live = Live(exp_name="without", monitor_system=True)
    live.log_metric("loss", 0.5)
    live.end()
    (shown,) = studio.changes().value["experiments"]
    assert json.dumps(shown["metrics"]) == '{"dvclive/metrics.json": {"loss": 0.5}}'
