"""`%live_studio plot`: a small live view of the newest run, in the cell."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.lab import WAIT, draws
from tests.browser.test_alive import LOAD, train
from tests.servers import until

LONG = train("small").replace("Live(", "Live(steps=1200, ")
INLINE = ".jp-OutputArea .ls-inline"


def test_a_metric_is_plotted_in_the_cell_while_the_next_one_runs(lab: Open, page: Page) -> None:
    opened = lab(LOAD, "%live_studio plot train/loss", LONG)
    opened.run_all()
    page.wait_for_selector(f"{INLINE} .ls-plot .main-svg", timeout=WAIT)
    view = page.locator(INLINE)
    expect(view.locator(".ls-card")).to_have_count(1)
    expect(view).to_contain_text("small")
    expect(view).to_contain_text("1 more metric")
    expect(view.locator(".ls-big").first).to_contain_text("train/loss")
    for _ in range(3):
        draws(page, "train/loss")
    # What the run has said of its length stands beside the step and in the line below.
    expect(view.locator(".ls-big").last).to_contain_text("of 1,200")
    bar = view.get_by_role("progressbar", name="Progress of small")
    assert 0 <= int(bar.get_attribute("aria-valuenow") or -1) < 100
    assert opened.busy(2)
    box = view.bounding_box()
    assert box
    assert box["width"] <= 740
    # The saved output names what is shown, and nothing that could act.
    saved = opened.save()
    (data,) = [output["data"] for output in saved["cells"][1]["outputs"]]
    assert data["application/vnd.live-studio.view+json"]["plot"] == ["train/loss"]
    view.get_by_role("button", name="Open dashboard").click()
    until(lambda: page.locator(".jp-OutputArea .ls-x", has_text="small").count(), "the dashboard")
