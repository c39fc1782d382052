"""Whoever writes for DVCLive writes for `Live`: the same names, order, defaults and files."""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path
from typing import Any

import dvclive
import pytest
from ruamel.yaml import YAML

from live_studio import Live
from live_studio.studio import Studio
from tests.live_clients.conftest import Place

pytestmark = pytest.mark.live_clients

VERBS = (
    "__init__",
    "end",
    "log_artifact",
    "log_image",
    "log_metric",
    "log_param",
    "log_params",
    "log_plot",
    "log_sklearn_plot",
    "make_report",
    "make_summary",
    "monitor_system",
    "next_step",
    "post_data_to_studio",
    "read_latest",
    "read_step",
    "sync",
)
FILES = (
    *("artifacts_dir", "dir", "dvc_file", "metrics_file", "params_file", "plots_dir"),
    "report_file",
)


LENIENT = {("log_plot", "x"), ("log_plot", "y")}
"""What DVCLive demands and we can do without: a figure has no columns."""


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_takes_what_dvclives_takes(verb: str) -> None:
    theirs = list(inspect.signature(getattr(dvclive.Live, verb)).parameters.values())
    ours = list(inspect.signature(getattr(Live, verb)).parameters.values())
    for one, other in zip(ours, theirs, strict=False):
        assert (one.name, one.kind) == (other.name, other.kind)
        assert one.default == other.default or (verb, one.name) in LENIENT
    assert len(ours) >= len(theirs)
    assert all(said.kind is inspect.Parameter.KEYWORD_ONLY for said in ours[len(theirs) :])


def test_everything_public_of_dvclives_is_there() -> None:
    theirs = {name for name in dir(dvclive.Live) if not name.startswith("_")}
    assert theirs <= set(dir(Live))


SUMMARY = """
import json, sys
from pathlib import Path
from {module} import Live
live = Live("up/here", exp_name="{module}-summary", report="html"{more})
files = {{name: getattr(live, name) for name in {files}}}
live.log_metric("train/loss", 0.5)
live.log_metric("train/loss", 0.25)
live.log_metric("broken", float("nan"))
live.log_metric("count", 3, plot=False)
live.summary["by"] = {{"hand": 1.5}}
live.make_summary()
live.make_report()
assert Path(live.report_file).exists()
assert (live.read_step(), live.read_latest()) == (0, json.load(open(live.metrics_file)))
live.post_data_to_studio()
first = json.loads(json.dumps(live.summary))
live.next_step()
live.log_metric("train/loss", 0.125)
live.summary["last"] = 4
second = json.loads(json.dumps(live.summary))
live.end()
json.dump([files, first, second], open("said.json", "w"))
"""


def told(place: Place, code: str, folder: Path) -> Any:
    """What a script left in `said.json`."""
    place.run(code, LIVE_STUDIO_STORE=str(folder / "store.db"))
    return json.loads((place.folder / "said.json").read_text())


def test_the_summary_and_the_names_of_files_are_dvclives(place: Place, tmp_path: Path) -> None:
    said = []
    for module, more in (("dvclive", ", save_dvc_exp=False"), ("live_studio", "")):
        code = SUMMARY.format(module=module, files=FILES, more=more)
        said.append(told(place, code, tmp_path))
    assert said[0] == said[1]
    assert said[1][2]["by"] == {"hand": 1.5}


CURVES = """
import json
from {module} import Live
labels, chances = [0, 0, 1, 1, 1, 0], [0.1, 0.4, 0.35, 0.8, 0.7, 0.2]
live = Live(exp_name="{module}-curves"{more})
for kind in {kinds}:
    guesses = [round(chance) for chance in chances] if kind == "confusion_matrix" else chances
    live.log_sklearn_plot(kind, labels, guesses)
live.log_plot("custom", [{{"a": 1, "b": 2.5}}, {{"a": 2, "b": 1.5}}], "a", "b", title="One")
live.end()
"""
KINDS = ("calibration", "confusion_matrix", "det", "precision_recall", "roc")


def test_plots_have_dvclives_rows_and_properties(place: Place, tmp_path: Path) -> None:
    place.run(CURVES.format(module="dvclive", kinds=KINDS, more=", save_dvc_exp=False"))
    store = tmp_path / "store.db"
    code = CURVES.format(module="live_studio", kinds=KINDS, more="")
    place.run(code, LIVE_STUDIO_STORE=str(store))
    studio = Studio(store)
    (shown,) = studio.changes().value["experiments"]
    described = YAML(typ="safe").load(place.folder / "dvc.yaml")["plots"]
    theirs = {
        path: props for plot in described if isinstance(plot, dict) for path, props in plot.items()
    }
    assert len(shown["plots"]) == len(KINDS) + 1
    for plot in shown["plots"]:
        kind = plot["props"].pop("kind", None)
        assert plot["props"] == theirs[plot["path"]]
        file = json.loads((place.folder / plot["path"]).read_text())
        rows = file[kind] if isinstance(file, dict) else file
        ours = json.loads(studio.plot_rows(int(shown["id"]), plot["digest"]) or "")
        assert ours == [{name: finite(value) for name, value in row.items()} for row in rows]
    studio.close()


def finite(value: Any) -> Any:
    """DVCLive writes `Infinity`, which is no JSON."""
    return str(value) if value in (math.inf, -math.inf) else value


NAMES = """
import sys, time
sys.modules["pynvml"] = None  # with it and without a GPU, DVCLive logs nothing at all
from {module} import Live
live = Live(exp_name="{module}-system", monitor_system=True{more})
deadline = time.monotonic() + 60
while "system" not in live.summary or "disk" not in live.summary["system"]:
    assert time.monotonic() < deadline
    time.sleep(0.1)
live.end()
from pathlib import Path
def leaves(group, prefix=""):
    for name, value in group.items():
        yield from leaves(value, prefix + name + "/") if isinstance(value, dict) else [prefix + name]
names = sorted(name for name in leaves(live.summary) if name.startswith("system/"))
import json
json.dump(names, open("said.json", "w"))
"""


def test_the_machines_numbers_have_dvclives_names(place: Place, tmp_path: Path) -> None:
    said = []
    for module, more in (("dvclive", ", save_dvc_exp=False"), ("live_studio", "")):
        code = NAMES.format(module=module, more=more)
        said.append(told(place, code, tmp_path))
    assert said[0] == said[1]
    assert "system/cpu/usage (%)" in said[1]
