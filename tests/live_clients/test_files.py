"""`Live(dir=...)` leaves the files that DVCLive leaves, and DVC reads them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from ruamel.yaml import YAML

from live_studio.studio import Studio
from tests.live_clients.cases import CASES
from tests.live_clients.conftest import Place

pytestmark = pytest.mark.live_clients

MORE = {
    "pictures": """
import numpy
from PIL import Image
pixels = numpy.zeros((4, 6, 3), dtype=numpy.uint8)
for step in range(2):
    pixels[step] = 255
    live.log_image("array.png", pixels)
    live.log_image(f"folder/{step}.png", Image.fromarray(pixels))
    live.next_step()
Image.fromarray(pixels).save("batch.png")
Image.fromarray(pixels).save("batch.jpg")
live.log_image("named by its file", "batch.png")
live.log_image("another format.png", "batch.jpg")
from matplotlib import pyplot
figure, axes = pyplot.subplots()
axes.plot([1, 3, 2])
live.log_image("figure.jpg", figure)
assert pyplot.get_fignums() == []
""",
    "plots": """
import numpy, pandas
rows = [{"x": 1, "y": 2.5, "kind": "a"}, {"x": 2, "y": 3.5, "kind": "b"}]
live.log_plot("rows", rows, x="x", y="y", template="scatter", title="Rows", x_label="X", y_label="Y")
live.log_plot("group/frame", pandas.DataFrame(rows), x="x", y=["y", "x"])
live.log_sklearn_plot("confusion_matrix", [0, 1, 1], [0, 1, 0], name="cm.json")
live.log_sklearn_plot("confusion_matrix", ["a", "b"], ["a", "a"], normalized=True, title="Mine")
live.log_metric("loss", 0.5)
""",
    "summary by hand": """
for step in range(2):
    live.log_metric("loss", 1 / (step + 1))
    live.next_step()
live.summary["best"] = {"loss": 0.5}
live.log_metric("done", 1, plot=False)
""",
    "text in a yaml": """
live.log_params({"quoted": "yes", "number": "12", "long": "word " * 40, "lines": "a\\nb", "empty": "", "tiny": 1e-05})
""",
    "artifacts": """
import os
os.makedirs("models", exist_ok=True)
open("models/best.txt", "w").write("weights")
live.log_artifact("models/best.txt", type="model", name="best-model", desc="The best", labels=["a", "b"], meta={"k": 1})
live.log_artifact("models", cache=False, name="folder")
live.log_artifact("models/best.txt")
live.log_artifact("models/best.txt", type="model", copy=True)
""",
}
ALL = CASES | MORE
TIME = re.compile(rb"^\d{13}(?=\t)", re.MULTILINE)


def script(module: str) -> str:
    lines = ["import os", f"from {module} import Live", "os.makedirs('at', exist_ok=True)"]
    for case, code in ALL.items():
        folder = f"at/{case.replace(' ', '-')}"
        arguments = f"{folder + '/dvclive'!r}, dvcyaml={folder + '/dvc.yaml'!r}, save_dvc_exp=False"
        lines.append(f"with Live({arguments}) as live:")
        lines.append(indent(code.strip(), "    "))
    return "\n".join(lines)


@pytest.fixture(scope="module", name="left")
def _left(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, bytes]]]:
    """By producer and case: every file with its bytes."""
    found = {}
    for module in ("dvclive", "live_studio"):
        folder = tmp_path_factory.mktemp(module)
        place = Place.make(folder)
        place.run("from dvc.repo import Repo; Repo.init()")
        place.run(script(module), LIVE_STUDIO_STORE=str(folder / "store.db"))
        found[module] = {
            case.name: {
                path.relative_to(case).as_posix(): TIME.sub(b"<ms>", path.read_bytes())
                for path in case.rglob("*")
                if path.is_file()
            }
            for case in (place.folder / "at").iterdir()
        }
    return found


def understood(files: dict[str, bytes]) -> dict[str, Any]:
    """The files with those read whose order DVCLive leaves to when it first wrote what."""
    reads = {"metrics.json": json.loads, "dvc.yaml": YAML(typ="safe").load}
    return {name: reads.get(Path(name).name, bytes)(body) for name, body in files.items()}


@pytest.mark.parametrize("case", ALL)
def test_a_run_leaves_dvclives_files(
    left: dict[str, dict[str, dict[str, bytes]]], case: str
) -> None:
    """Tables, parameters, plots and pictures byte by byte."""
    theirs, ours = (
        understood(left[module].get(case.replace(" ", "-"), {}))
        for module in ("dvclive", "live_studio")
    )
    assert ours == theirs
    assert theirs


SAVES = """
import subprocess, sys
from live_studio import Live
how = {"exp_name": "kept", "exp_message": "What was tried", "cache_images": True}
with Live(dir="results/net", **how, params={"lr": float(sys.argv[1])}) as live:
    for step in range(3):
        live.log_metric("train/loss", 1 / (step + 1))
        live.next_step()
        if step == 1:
            live.save_dvc_exp()
            early = subprocess.check_output(["git", "for-each-ref", "refs/exps"], text=True)
            assert "/kept\\n" in early, early
    live.log_image("sample.png", bytes.fromhex("89504e470d0a1a0a") + bytes(40))
    open("data.txt", "w").write("rows")
    live.cache("data.txt")
    live.log_plot("rows", [{"x": 1, "y": 2}], "x", "y", template="scatter")
    open("model.txt", "w").write("weights")
    live.log_artifact("model.txt", type="model", name="net")
"""


def test_dvc_keeps_and_reads_what_a_run_leaves(tmp_path: Path) -> None:
    place = Place.make(tmp_path)
    store = tmp_path / "store.db"

    def dvc(*arguments: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "dvc", *arguments],
            cwd=place.folder, env=place.env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    dvc("init", "--quiet")
    place.git("add", "--all")
    place.git("commit", "--quiet", "-m", "Begin")
    place.run(SAVES.replace("sys.argv[1]", "0.1"), LIVE_STUDIO_STORE=str(store))
    with closing(Studio(store)) as studio:
        (row,) = studio.experiments()
    exps = [ref.split() for ref in place.git("for-each-ref", "refs/exps").splitlines()]
    (rev,) = [sha for sha, _, ref in exps if ref.endswith("/kept")]
    assert (row.status, row.experiment_rev, row.baseline_sha) == ("completed", rev, place.head)

    (head,) = [one for one in dvc("exp", "show", "--json") if one["rev"] == place.head]
    (shown,) = [state for found in head["experiments"] for state in found["revs"]]
    assert (shown["name"], shown["rev"]) == ("kept", rev)
    measured = shown["data"]["metrics"]["results/net/metrics.json"]["data"]
    assert measured == {"train": {"loss": 1 / 3}, "step": 2}
    held = dvc("metrics", "show", "--json")[""]["data"]
    assert held["results/net/metrics.json"]["data"] == measured
    changed = dvc("params", "diff", "--json")["results/net/params.yaml"]
    assert changed == {"lr": {"old": None, "new": 0.1}}
    dvc("plots", "show", "--out", str(tmp_path / "page"))
    page = (tmp_path / "page" / "index.html").read_text()
    assert "results/net/plots/metrics/train/loss.tsv" in page
    assert "rows.json" in page
    # Model, data and pictures are in DVC's cache, and Git keeps what points to them. (Pictures too: the whole
    # folder of a run goes into its experiment, as with DVCLive.)
    kept = place.git("ls-tree", "-r", "--name-only", rev).splitlines()
    assert {f"{name}.dvc" for name in ("model.txt", "data.txt", "results/net/plots/images")} <= {
        *kept
    }
    assert not {"model.txt", "data.txt"} & {*kept}
    dvcyaml = YAML(typ="safe").load(place.git("show", f"{rev}:dvc.yaml"))
    assert dvcyaml["artifacts"] == {"net": {"path": "model.txt", "type": "model"}}
