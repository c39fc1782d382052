"""DVCLive's documented examples with nothing changed but the import: the same files, the same row.

And DVC's own commands read the same from both.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.live_clients.documented import EXAMPLES
from tests.live_clients.test_equal import THEIR_OWN
from tests.live_clients.test_files import TIME, understood
from tests.servers import Server, own_home

pytestmark = pytest.mark.live_clients

MODULES = ("dvclive", "live_studio")
UNENDED = [page for page, code in EXAMPLES.items() if "with Live(" not in code]
"""Pages whose `Live` is left open: to stock DVCLive these run for ever, and it has sent the steps alone."""
ENDED = [page for page in EXAMPLES if page not in UNENDED]
LATE_TIMES = "log_metric"
"""Whose times begin at a later row. DVCLive then writes rows of three values under a head of two, which no
reader can tell apart, itself included: what it logged after that it never sends. Ours has the times of all
rows, as the page itself shows it."""
UNSENT = {"plots": ("log_plot(", "log_sklearn_plot("), "artifacts": ("log_artifact(",)}
"""What DVCLive sends to no Studio, by what logs it; ours are in the table."""
RUNNER = """
import atexit, gc, importlib, json, os, sys
from pathlib import Path
import matplotlib.pyplot, pandas, sklearn.calibration, sklearn.datasets, sklearn.metrics
from dvc.repo import Repo
module, top = sys.argv[1:]
importlib.import_module(module)
own = {"__name__": "__main__"}  # until the process ends, as a program's own names are

def example(name):
    Repo.init(no_scm=True).close()
    os.environ["DVC_STUDIO_REPO_URL"] = f"https://example.com/{module}/{name}.git"
    exec(compile(Path("example.py").read_text(), name, "exec"), own)

def reading(_):
    # What `dvc metrics show`, `dvc params diff` and `dvc plots show` print and draw.
    repo = Repo()
    said = {"metrics": repo.metrics.show(), "params": repo.params.show(), "plots": repo.plots.show()}
    Path("read.json").write_text(json.dumps(said, default=repr))

# What DVC imports only when it is used, once for all.
(warm := Path(top).with_name("warm")).mkdir()
os.chdir(warm)
Repo.init(no_scm=True).close()
(warm / "dvc.yaml").write_text("plots: [{t.tsv: {x: a}}]")
(warm / "t.tsv").write_text("a,b")
reading("")
gc.freeze()

for folder in sorted(Path(top).iterdir()):
    # A process for each, as each is a program: some of them leave their run to the end of theirs.
    for part in (example, reading):
        if (child := os.fork()) == 0:
            os.chdir(folder)
            part(folder.name)
            atexit._run_exitfuncs()
            os._exit(0)  # tearing down all that was imported would take longer than the rest
        if os.waitpid(child, 0)[1]:
            sys.exit(f"{folder.name} failed")
"""
OWN = (".dvc", ".dvcignore", "example.py", "read.json")
Left = dict[str, dict[str, dict[str, Any]]]


def slug(page: str) -> str:
    """The name of a page's folder, and of its repository."""
    return page.translate(str.maketrans({" ": "-", ",": "", "'": ""}))


def left_by(module: str, folder: Path, env: dict[str, str]) -> Path:
    """The folder in which each page's program has run."""
    top = folder / "pages"
    for page, code in EXAMPLES.items():
        (top / slug(page)).mkdir(parents=True)
        program = code.replace("from dvclive import", f"from {module} import")
        (top / slug(page) / "example.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, module, str(top)],
        env=own_home(folder) | env | {"MPLBACKEND": "agg"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return top


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What a program has left, but for DVC's own folder."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] not in OWN:
            yield name.as_posix(), TIME.sub(b"<ms>", path.read_bytes())


@pytest.fixture(scope="module", name="tops")
def _tops(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By producer: where its programs ran."""
    theirs = {"DVC_STUDIO_URL": server.url, "DVC_STUDIO_TOKEN": server.token("--name", "pages")}
    ours = {"LIVE_STUDIO_STORE": str(server.store)}
    folders = [tmp_path_factory.mktemp(module) for module in MODULES]
    with ThreadPoolExecutor() as both:
        return dict(zip(MODULES, both.map(left_by, MODULES, folders, (theirs, ours)), strict=True))


def left(tops: dict[str, Path], page: str) -> list[dict[str, Any]]:
    """What the files of a page say, DVCLive's first."""
    return [understood(dict(files(tops[module] / slug(page)))) for module in MODULES]


def row(server: Server, module: str, page: str) -> dict[str, Any]:
    """All that a dashboard shows of the run of a page, its points included."""
    repo = f"example.com/{module}/{slug(page)}"
    (found,) = [one for one in server.changes()["experiments"] if one["repo_url"] == repo]
    rows = {}
    for path in found["series"]:
        columns = server.series(found["id"], path)
        rows[path] = list(zip(columns["step"], columns["value"], strict=True))
    own = THEIR_OWN | {"repo_url"}
    return {name: said for name, said in found.items() if name not in own} | {"rows": rows}


@pytest.mark.parametrize("page", EXAMPLES)
def test_a_documented_example_leaves_the_same_files(tops: dict[str, Path], page: str) -> None:
    """Tables, parameters, plots and pictures byte by byte."""
    theirs, ours = left(tops, page)
    if page == LATE_TIMES:
        for name in ("train", "val"):
            table = f"dvclive/plots/metrics/{name}/loss.tsv"
            head, *rows = ours[table].decode().splitlines()
            assert head == "timestamp\tstep\tloss"
            assert [row.split("\t")[0] for row in rows] == ["<ms>", "<ms>"]
            for said in (theirs, ours):
                said[table] = said[table].replace(b"<ms>\t", b"").replace(b"timestamp\t", b"")
    assert ours == theirs
    assert theirs


@pytest.mark.parametrize("page", EXAMPLES)
def test_dvc_reads_the_same_from_both(tops: dict[str, Path], page: str) -> None:
    """Its metrics, its parameters, and the data, templates and axes of its plots."""
    theirs, ours = (
        json.loads((tops[one] / slug(page) / "read.json").read_text()) for one in MODULES
    )
    if page == LATE_TIMES:
        # What DVC makes of DVCLive's rows of three values is anything but the loss.
        tables = ours.pop("plots")["workspace"]["sources"]["data"]
        del theirs["plots"]
        for name in ("train", "val"):
            rows = tables[f"dvclive/plots/metrics/{name}/loss.tsv"]["data"]
            assert [row["step"] for row in rows] == ["0", "1"]
    assert ours == theirs
    if page in ENDED:
        logs = "log_metric(" in EXAMPLES[page] or "next_step(" in EXAMPLES[page]
        assert bool(ours["metrics"][""]["data"]) is logs


@pytest.mark.parametrize("page", ENDED)
@pytest.mark.usefixtures("tops")
def test_a_documented_example_shows_the_same_row(server: Server, page: str) -> None:
    theirs, ours = (row(server, module, page) for module in MODULES)
    for name, calls in UNSENT.items():
        assert not theirs.pop(name)
        assert bool(ours.pop(name)) is any(call in EXAMPLES[page] for call in calls)
    if page == LATE_TIMES:
        lost = ("rows", "metrics", "series")
        mine, held = ([one.pop(name) for name in lost] for one in (ours, theirs))
        for path, rows in mine[0].items():
            assert [step for step, _ in rows] == [0, 1]
            assert held[0][path] == rows[:1]
    assert ours == theirs
    assert ours["status"] == "completed"


@pytest.mark.parametrize("page", UNENDED)
def test_a_page_that_ends_nothing_shows_all_that_its_files_say(
    tops: dict[str, Path], server: Server, page: str
) -> None:
    shown, (files, _) = row(server, "live_studio", page), left(tops, page)
    assert (shown["status"], shown["detail"]) == ("stopped", "exited without end()")
    numbers = "dvclive/metrics.json"
    assert shown["metrics"].get(numbers, {}).items() >= files.get(numbers, {}).items()
    assert bool(shown["params"].get("dvclive/params.yaml")) is ("dvclive/params.yaml" in files)
    assert shown["rows"].keys() == {name for name in files if name.endswith(".tsv")}
