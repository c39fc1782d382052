"""DVCLive's own callbacks for frameworks take our `Live` in the place of theirs.

Here are those that need no framework to be imported; the frameworks are too large for every run of the tests.
"""

from __future__ import annotations

import json
from types import SimpleNamespace

import dvclive
import pytest
from dvclive.lgbm import DVCLiveCallback

from live_studio import Live
from live_studio.studio import Studio

pytestmark = pytest.mark.live_clients


def test_a_callback_of_dvclive_logs_to_our_live(studio: Studio) -> None:
    live = Live(exp_name="trained")
    callback = DVCLiveCallback(live=live)
    for step in range(4):
        # What LightGBM hands to its callbacks after each round.
        results = [("train", "auc", step / 4, True), ("eval", "auc", step / 8, True)]
        callback(SimpleNamespace(evaluation_result_list=results))
    live.end()
    (row,) = studio.experiments()
    assert (row.status, row.step) == ("completed", 3)
    assert json.loads(row.series_text) == {
        f"dvclive/plots/metrics/{name}/auc.tsv": {"count": 4, "last_step": 3}
        for name in ("train", "eval")
    }


def test_who_asks_for_dvclives_live_gets_ours(studio: Studio) -> None:
    """As the callback of Transformers does, which takes no other."""
    with Live(exp_name="asked") as live:
        assert isinstance(live, dvclive.Live)
        assert isinstance(live, Live)
    assert not isinstance(live, dict)
    assert studio.experiments()[0].status == "completed"
