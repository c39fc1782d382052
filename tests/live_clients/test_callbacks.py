"""DVCLive's own callbacks for frameworks, with a `Live` of their own and with ours in its place.

LightGBM stands for all frameworks here: the others are too large for every run of the tests.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import dvclive
import pytest
from dvclive.lgbm import DVCLiveCallback

from live_studio import Live
from live_studio.studio import Studio
from tests.kernels import kernel
from tests.servers import Server, until

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


TRAIN = """
import json, lightgbm, numpy
from dvclive.lgbm import DVCLiveCallback
numbers = numpy.random.default_rng(1).random((200, 4))
classes = (numbers.sum(axis=1) > 2).astype(int)
seen = lightgbm.Dataset(numbers[:150], classes[:150])
held = lightgbm.Dataset(numbers[150:], classes[150:], reference=seen)
found = {}
logs = MADE
how = {"objective": "binary", "metric": "binary_logloss", "verbose": -1, "num_threads": 1}
lightgbm.train(how, seen, 6, valid_sets=[held], callbacks=[logs, lightgbm.record_evaluation(found)])
logs.live.end()
open("found.json", "w").write(json.dumps(found["valid_0"]["binary_logloss"]))
"""
CALLBACKS = {
    "theirs": "DVCLiveCallback(exp_name='theirs', save_dvc_exp=False)",
    "ours": "DVCLiveCallback(live=__import__('live_studio').Live(exp_name='ours'))",
}


@pytest.mark.parametrize(("name", "callback"), CALLBACKS.items(), ids=CALLBACKS)
def test_after_load_ext_alone_a_framework_streams_here_through_dvclives_callback(
    server: Server, tmp_path: Path, name: str, callback: str
) -> None:
    with kernel(server.kernel_env, tmp_path) as notebook:
        assert notebook.run("%load_ext live_studio")["status"] == "ok"
        said = notebook.run(TRAIN.replace("MADE", callback))
        assert said["status"] == "ok", said
    row = until(lambda: server.experiment(name), "the run")
    assert (row["status"], row["step"]) == ("completed", 5)
    assert row["client"] == {"theirs": "dvclive", "ours": "live_studio"}[name]
    ((path, series),) = row["series"].items()
    assert series == {"count": 6, "last_step": 5}
    found = json.loads((tmp_path / "found.json").read_text())
    assert server.series(row["id"], path)["value"] == found
