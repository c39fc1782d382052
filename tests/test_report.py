"""The report of a run: a page, or Markdown, that others open without live_studio."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import mistune
import pytest

from live_studio import InvalidParam, Live
from live_studio.studio import Studio
from tests.faults.history import env
from tests.kernels import kernel
from tests.servers import own_home, until
from tests.test_files import PNG, left

HOSTILE = "<script>alert(1)</script> | `x` [a](javascript:b) ![c](d) $e$"
ROCKET = "🚀 speed"
"""`metrics.json` has it as two halves, as JSON does."""


class Page(HTMLParser):
    """What a reader of HTML meets."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.lines: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.tags.append(tag)
        self.links += [str(said[name]) for name in ("src", "href") if name in said]
        if tag == "polyline":
            self.lines.append(str(said["points"]))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def run(kind: str, steps: int = 3, **more: Any) -> Live:
    """A run of every kind of thing, whose report is to be made."""
    live = Live("out", report=kind, exp_name="first <b>run</b>", save_dvc_exp=False, **more)
    live.log_params({"lr": 0.1, "model": {"depth": 3}, HOSTILE: HOSTILE})
    for step in range(steps):
        live.log_metric("train/loss", 1 / (step + 1))
        live.next_step()
    live.log_metric(ROCKET, 1.0)
    live.log_image("sample.png", PNG)
    live.log_plot("curve", [{"a": n, "b": n * n} for n in range(4)], "a", "b", title="A curve")
    live.log_sklearn_plot("confusion_matrix", ["cat", "cat", "dog"], ["cat", "dog", "dog"])
    return live


def test_a_page_holds_all_of_a_run_and_fetches_nothing(studio: Studio, tmp_path: Path) -> None:
    run("html", exp_message="With <i>care</i>").end()
    text = (tmp_path / "out" / "report.html").read_text()
    page = Page(text)
    said = " ".join(page.words)
    for word in (
        *("first <b>run</b>", "With <i>care</i>", "lr", "0.1", "model/depth", "train/loss"),
        *("A curve", "sample.png", "Confusion Matrix", HOSTILE, ROCKET),
    ):
        assert word in said, word
    assert not {"script", "link", "iframe", "b", "i"} & set(page.tags)
    assert [link.partition(",")[0] for link in page.links] == ["data:image/png;base64"]
    assert len(page.lines) == 2
    assert "default-src 'none'" in text
    assert str(tmp_path) not in text


def test_markdown_names_its_charts_beside_it(studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "static").mkdir(parents=True)
    (folder / "static" / "mine.css").write_text("kept")
    run("md").end()
    text = (folder / "report.md").read_text()
    page = Page(str(mistune.create_markdown(plugins=["table"])(text)))
    assert {"table", "img"} <= set(page.tags)
    assert not {"script", "b", "a"} & set(page.tags)
    said = "".join(page.words)
    for word in ("first <b>run</b>", "model/depth", HOSTILE, "train/loss", "A curve", ROCKET):
        assert word in said, word
    files = [unquote(link) for link in page.links]
    assert files == ["static/train/loss.svg", "plots/images/sample.png", "static/custom/curve.svg"]
    for name in files:
        assert (folder / name).is_file()
    assert (folder / "static" / "mine.css").exists()
    (line,) = ElementTree.parse(folder / files[0]).getroot()
    assert len(line.attrib["points"].split()) == 3


def test_a_report_is_made_when_asked_and_again_at_the_end(studio: Studio, tmp_path: Path) -> None:
    live = Live(report="html", save_dvc_exp=False)
    live.log_metric("loss", 1.0)
    live.next_step()
    live.log_metric("loss", 2.0)
    live.make_report()
    path = Path(str(live.report_file))
    assert path == Path("dvclive", "report.html")
    (line,) = Page(path.read_text()).lines
    assert len(line.split()) == 2
    live.next_step()
    live.log_metric("loss", 3.0)
    live.end()
    (line,) = Page(path.read_text()).lines
    assert len(line.split()) == 3
    assert (path.parent / "metrics.json").exists()
    assert studio.experiments()[0].status == "completed"


def test_a_spike_and_what_has_no_place_are_told_of_a_long_line(
    studio: Studio, tmp_path: Path
) -> None:
    with Live("out", report="html", save_dvc_exp=False) as live:
        for step in range(20_000):
            live.log_metric("loss", 1e6 if step == 12_345 else step % 7)
            live.next_step()
        live.log_metric("loss", float("nan"))
    page = Page((tmp_path / "out" / "report.html").read_text())
    (line,) = page.lines
    points = line.split()
    assert len(points) < 2_000
    assert [point for point in points if float(point.split(",")[1]) < 50] != []
    assert "0 to 1,000,000 over 0 to 19,999, 1 not finite" in page.words


def test_without_a_report_nothing_is_made(studio: Studio, tmp_path: Path) -> None:
    with Live("out", save_dvc_exp=False) as live:
        live.log_metric("loss", 1.0)
        live.make_report()
        assert live.report_file is None
    assert not [name for name in left(tmp_path) if "report" in name]


def test_another_kind_is_refused_before_anything_is_recorded(studio: Studio) -> None:
    with pytest.raises(InvalidParam, match="report='pdf' is none of"):
        Live(report="pdf")
    assert studio.experiments() == []


def test_a_report_that_cannot_be_written_stops_no_training(studio: Studio, tmp_path: Path) -> None:
    live = run("html")
    (tmp_path / "out" / "report.html").mkdir()
    with pytest.warns(UserWarning, match="could not write a run's files"):
        live.end()
    assert studio.experiments()[0].status == "completed"
    assert (tmp_path / "out" / "metrics.json").exists()


NOTEBOOK = """
from live_studio import Live
live = Live(exp_name="shown", report="notebook")
"""


def test_in_a_notebook_the_dashboard_is_the_report(tmp_path: Path) -> None:
    home = own_home(tmp_path) | {"LIVE_STUDIO_STORE": str(tmp_path / "store.db")}
    with kernel(home, tmp_path) as notebook:
        asked = notebook.client.execute(NOTEBOOK)
        shown: list[dict[str, Any]] = []

        def found() -> bool:
            message = notebook.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == asked:
                if message["msg_type"] == "display_data":
                    shown.append(message["content"]["data"])
                assert message["msg_type"] != "error", message["content"]
            return bool(shown)

        until(found, "the dashboard")
    assert "Live Studio" in shown[0]["text/plain"]
    assert "shown" in re.sub(r"<[^>]*>", " ", shown[0]["text/html"])


def test_a_script_that_asks_for_a_notebook_is_told_what_else_there_is(tmp_path: Path) -> None:
    home = own_home(tmp_path) | {"LIVE_STUDIO_STORE": str(tmp_path / "store.db")}
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK + "live.end()"],
        env=env(home), cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "report='html' writes a page" in done.stderr
    assert left(tmp_path / "dvclive") == []
