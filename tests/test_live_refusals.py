"""What cannot be recorded is refused at once, in a sentence, and nothing of it is kept."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from live_studio import InvalidMetric, InvalidParam, LiveStudioError
from live_studio.live import Live
from live_studio.studio import Studio
from tests.servers import until

HALF = "\ud800"


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"in": value}
    return value


def cyclic() -> Any:
    value: dict[str, Any] = {}
    value["self"] = [value]
    return value


REFUSED: dict[str, tuple[Callable[[Live], object], type[LiveStudioError], str]] = {
    "a name that is no text": (
        lambda live: live.log_metric(HALF, 1.0),
        InvalidMetric,
        "half a character",
    ),
    "names in a row": (lambda live: live.log_metrics({HALF: 1.0}), InvalidMetric, "half"),
    "a text that is none": (
        lambda live: live.log_metric("note", HALF, plot=False),
        InvalidMetric,
        "half a character",
    ),
    "a parameter that is no text": (lambda live: live.log_param("p", HALF), InvalidParam, "half"),
    "a parameter's name": (lambda live: live.log_param(HALF, 1), InvalidParam, "half"),
    "a deep parameter": (
        lambda live: live.log_param("p", deep(100)),
        InvalidParam,
        "nested deeper than 64",
    ),
    "a very deep parameter": (
        lambda live: live.log_param("p", deep(100_000)),
        InvalidParam,
        "nested deeper",
    ),
    "a parameter in itself": (
        lambda live: live.log_param("p", cyclic()),
        InvalidParam,
        "in itself",
    ),
    "a long parameter": (lambda live: live.log_param("p", 10**5000), InvalidParam, "bits"),
    "a long number": (lambda live: live.log_metric("m", 10**5000), InvalidMetric, "16,610 bits"),
    "long numbers": (lambda live: live.log_metrics({"m": 10**5000}), InvalidMetric, "bits"),
    "a far step": (lambda live: setattr(live, "step", 2**70), InvalidMetric, "too large"),
    "a step that is none": (lambda live: setattr(live, "step", "x"), InvalidMetric, "whole number"),
    "an endless step": (
        lambda live: setattr(live, "step", float("inf")),
        InvalidMetric,
        "whole number",
    ),
    "an array of floats": (
        lambda live: live.log_image("a.png", np.zeros((4, 4, 3))),
        InvalidMetric,
        "uint8",
    ),
    "an array of no shape": (
        lambda live: live.log_image("a.png", np.zeros((4, 4, 7), dtype=np.uint8)),
        InvalidMetric,
        "uint8",
    ),
    "a picture of another kind": (
        lambda live: live.log_image("a.jpg", Image.new("RGBA", (2, 2))),
        InvalidMetric,
        "as JPEG",
    ),
    "a picture's name": (
        lambda live: live.log_image(f"{HALF}.png", b""),
        InvalidMetric,
        "image's name",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_at_once_and_the_run_goes_on(studio: Studio, what: str) -> None:
    call, kind, sentence = REFUSED[what]
    live = Live(exp_name="one")
    live.log_metric("loss", 1.0)
    with pytest.raises(kind, match=sentence) as refused:
        call(live)
    said = str(refused.value)
    assert "\n" not in said
    assert len(said) < 1_000
    said.encode()
    live.log_metric("loss", 2.0)
    live.next_step()
    live.end()
    (row,) = studio.experiments()
    assert (row.status, row.step) == ("completed", 0)
    assert "2.0" in row.metrics_text
    assert "ud8" not in row.params_text + row.metrics_text
    assert row.images_text == "[]"


def test_what_is_long_but_can_be_written_is_kept(studio: Studio) -> None:
    with Live(exp_name="one", params={"deep": deep(60), "long": 2**200}) as live:
        live.log_metric("long", 2**70)
        live.step = 2**53
        live.log_metric("loss", 1.0)
    (row,) = studio.experiments()
    assert str(2**70) in row.metrics_text
    assert str(2**200) in row.params_text
    assert row.step == 2**53


def test_a_folder_whose_name_is_no_text_has_a_run_all_the_same(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    strange.mkdir()
    monkeypatch.chdir(strange)
    with Live(exp_name=f"half {HALF}") as live:
        live.log_metric("loss", 1.0)
    assert live.exp_name == "half \\ud800"
    (row,) = studio.experiments()
    assert (row.name, row.status) == (live.exp_name, "completed")


def test_a_run_that_nobody_holds_any_more_is_said_to_be_dropped(studio: Studio) -> None:
    live = Live(exp_name="dropped")
    live.log_metric("loss", 1.0)
    until(studio.experiments, "the run")
    assert studio.experiments()[0].status == "running"
    del live
    gc.collect()
    until(lambda: studio.experiments()[0].status != "running", "the end")
    (row,) = studio.experiments()
    assert (row.status, row.detail) == ("stopped", "dropped without end()")
    assert "1.0" in row.metrics_text
    until(lambda: not list(studio.journals.glob("*.journal")), "the journal carried home")


def test_what_ended_is_not_dropped_afterwards(studio: Studio) -> None:
    live = Live(exp_name="ended")
    live.end()
    del live
    gc.collect()
    (row,) = studio.experiments()
    assert (row.status, row.detail) == ("completed", None)
