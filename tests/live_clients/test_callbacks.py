"""DVCLive's own callbacks for frameworks, with a `Live` of their own and with ours in its place.

LightGBM, XGBoost and Optuna train here. Keras, PyTorch Lightning, Fabric, fastai and Transformers are too
large for every run of the tests: what DVCLive's modules for them ask of a `Live` is read in their source here,
and `make frameworks` trains with each.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dvclive
import numpy
import pytest
from dvclive.lgbm import DVCLiveCallback

from live_studio import Live
from live_studio.curves import Question
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


THEIRS = Path(dvclive.__file__).parent
CALLBACKS = sorted(
    path.stem
    for path in THEIRS.glob("*.py")
    if any(kind in path.read_text() for kind in ("class DVCLiveCallback", "class DVCLiveLogger"))
)
HOLDERS = ("live", "experiment", "_experiment")
"""What DVCLive's callbacks call the `Live` they were given."""


def uses(tree: ast.AST) -> Iterator[tuple[ast.Attribute, ast.Call | None]]:
    """Every attribute that is taken of a `Live`, with the call where it is called."""
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            holder = node.value
            name = getattr(holder, "attr", getattr(holder, "id", None))
            if name in HOLDERS:
                yield node, calls.get(id(node))


@pytest.mark.parametrize("module", CALLBACKS)
def test_ours_has_all_that_a_callback_of_dvclive_asks_of_a_live(
    studio: Studio, module: str
) -> None:
    asked = list(uses(ast.parse((THEIRS / f"{module}.py").read_text())))
    live = Live(exp_name=module)
    for attribute, call in asked:
        name = attribute.attr
        assert hasattr(live, name), f"{module}.py:{attribute.lineno} asks for {name}"
        if isinstance(attribute.ctx, ast.Store):
            setattr(live, name, 3)
            assert getattr(live, name) == 3
        if call is not None:
            # Raises where the call would.
            inspect.signature(getattr(live, name)).bind(
                *call.args, **{one.arg or "more": one.value for one in call.keywords}
            )
    live.end()
    assert asked
    assert studio.experiments()


def test_every_callback_of_dvclive_is_looked_at() -> None:
    assert [
        *("fabric", "fastai", "huggingface", "keras", "lgbm", "lightning", "optuna", "xgb"),
    ] == CALLBACKS
    found = {
        use.attr
        for one in CALLBACKS
        for use, _ in uses(ast.parse((THEIRS / f"{one}.py").read_text()))
    }
    assert found == {
        *(
            "log_metric",
            "log_params",
            "log_artifact",
            "summary",
            "step",
            "next_step",
            "sync",
            "end",
        ),
        "_resume",
    }


def test_a_loop_that_only_syncs_moves_the_step(studio: Studio) -> None:
    """As DVCLive's loggers for Lightning and Fabric do: they set the step and end none."""
    live = Live(exp_name="synced")
    for step in (3, 6):
        live.step = step
        live.log_metric("loss", 1 / step)
        live.sync()
        assert live.summary == {"loss": 1 / step, "step": step}
    live.end()
    (row,) = studio.experiments()
    assert (row.status, row.step) == ("completed", 6)


def test_xgboost_trains_into_our_live_through_dvclives_callback(studio: Studio) -> None:
    import xgboost
    from dvclive.xgb import DVCLiveCallback

    numbers, classes = samples()
    seen, held = (xgboost.DMatrix(numbers[cut], classes[cut]) for cut in (SEEN, HELD))
    found: dict[str, dict[str, list[float]]] = {}
    xgboost.train(
        {"objective": "binary:logistic", "eval_metric": "logloss", "nthread": 1},
        seen, 5, evals=[(seen, "train"), (held, "eval")], evals_result=found, verbose_eval=False,
        callbacks=[DVCLiveCallback(live=Live(exp_name="boosted"))],
    )  # fmt: skip
    (row,) = studio.experiments()
    # The callback ends what it was given.
    assert (row.status, row.step) == ("completed", 4)
    assert stored(studio) == {
        f"dvclive/plots/metrics/{part}/logloss.tsv": found[part]["logloss"]
        for part in ("train", "eval")
    }


def test_optuna_reports_each_trial_through_dvclives_callback(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It opens a `Live` for each trial by itself, so its module is what the import is changed in."""
    import optuna
    from dvclive import optuna as theirs

    monkeypatch.setattr(theirs, "Live", Live)
    optuna.logging.disable_default_handler()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(1))
    study.optimize(
        lambda trial: trial.suggest_float("x", -2, 2) ** 2,
        n_trials=3,
        callbacks=[theirs.DVCLiveCallback(metric_name="loss")],
    )
    rows = studio.changes().value["experiments"]
    assert len(rows) == 3
    found = {
        (
            row["params"]["dvclive-optuna/params.yaml"]["x"],
            row["metrics"]["dvclive-optuna/metrics.json"]["loss"],
        )
        for row in rows
    }
    assert found == {(trial.params["x"], trial.value) for trial in study.trials}
    assert {row["status"] for row in rows} == {"completed"}


SEEN, HELD = slice(0, 150), slice(150, 200)


def samples() -> tuple[Any, Any]:
    """Rows of numbers and their classes."""
    numbers = numpy.random.default_rng(1).random((200, 4))
    return numbers, (numbers.sum(axis=1) > 2).astype(int)


def stored(studio: Studio) -> dict[str, list[float]]:
    """By file: the values of the one experiment there is."""
    (row,) = studio.experiments()
    found = {}
    for path in json.loads(row.series_text):
        metric = path.removeprefix("dvclive/plots/metrics/").removesuffix(".tsv")
        (line,) = studio.series(Question(metric, [row.id]))
        found[path] = line.series.value.tolist()
    return found


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
MADE = {
    "theirs": "DVCLiveCallback(exp_name='theirs', save_dvc_exp=False)",
    "ours": "DVCLiveCallback(live=__import__('live_studio').Live(exp_name='ours'))",
}


@pytest.mark.parametrize(("name", "callback"), MADE.items(), ids=MADE)
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
