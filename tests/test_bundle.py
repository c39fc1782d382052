"""A project leaves in one file and comes in from it as it was, once; a file made to harm changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from live_studio import Live, bundle, cli
from live_studio.addresses import NO_COMMIT
from live_studio.bundle import Bundle
from live_studio.curves import Question
from live_studio.drainer import Drainer
from live_studio.errors import InvalidBundle
from live_studio.events import Data, Done, Image, Key, Point, Start
from live_studio.studio import Studio

LOSS = "dvclive/plots/metrics/loss.tsv"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01" + bytes(20)
REPO = "github.com/o/r"
COLUMNS = (
    "number, status, detail, error, client, message, subdir, experiment_rev, params, metrics, series,"
    " images, plots, artifacts, step, total_steps, started_at, updated_at, ended_at, received"
)


@pytest.fixture(name="filled")
def _filled(studio: Studio) -> Studio:
    """Two starts of one run by requests, and one by a journal, with a plot."""
    key = Key(REPO, NO_COMMIT, "posted")
    for start in range(2):
        rows = [Point(step, step / 3 + start, 1.7e9 + step) for step in range(50)]
        rows += [Point(7, float("nan")), Point(7, -0.0), Point(3, float("inf"))]
        studio.record([Start(key, "dvclive", params={"params.yaml": {"lr": 0.1}}, message="why")])
        studio.record([Data(key, "dvclive", step=49, metrics={"m.json": {"loss": 1}},
                            points={LOSS: rows}, images={"a.png": Image(PNG)})])  # fmt: skip
        studio.record([Done(key, "dvclive")])
    with Live(exp_name="logged") as live:
        for step in range(30):
            live.log_metrics({"loss": step / 7, "acc": step})
            live.next_step()
        live.log_plot("conf", [{"x": 1, "y": 2}], x="x", y="y")
    drainer = Drainer(studio)
    while drainer.drain():
        pass
    studio.projects.change(
        studio.projects.called(REPO)[0].id, {"name": "mine", "view": {"sort": 1}}
    )
    studio.tokens.issue("secret one")
    return studio


def whole(studio: Studio) -> list[Any]:
    """Everything that is shown of a store's experiments, without the numbers under which it lies."""
    found = []
    for experiment in studio.store.read("SELECT id, repo_url, baseline_sha, name FROM experiments"):
        for start in studio.store.read(
            f"SELECT {COLUMNS} FROM generations WHERE experiment = ?", (experiment["id"],)
        ):
            question = Question("loss", [experiment["id"]], generation=start["number"])
            lines = [
                (line.path, line.total, one.step.tobytes(), one.value.tobytes(), one.time.tobytes())
                for line in studio.curves.lines(question)
                for one in [line.series]
            ]
            found.append((*tuple(experiment)[1:], *tuple(start), lines))
    return sorted(found, key=str)


def exported(studio: Studio, path: Path) -> Path:
    known = studio.projects.known()
    bundle.write(studio.store, known, path)
    return path


def take_in(monkeypatch: pytest.MonkeyPatch, store: Path, file: Path) -> int:
    monkeypatch.setenv("LIVE_STUDIO_STORE", str(store))
    return cli.main(["import", str(file)])


def test_what_comes_in_is_what_went_out_and_once(
    filled: Studio,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = exported(filled, tmp_path / "out.lsb")
    other = tmp_path / "other" / "store.db"
    for said in ("2 experiments taken in; 0 were here", "0 experiments taken in; 2 were here"):
        assert take_in(monkeypatch, other, file) == 0
        assert said in capsys.readouterr().out
        studio = Studio(other)
        assert whole(studio) == whole(filled)
        (row,) = [row for row in studio.experiments() if row.name == "posted"]
        (image,) = json.loads(row.images_text)
        assert studio.image(row.id, image["digest"]) == ("image/png", PNG)
        (mine,) = [one for one in studio.projects.known() if one.name == "mine"]
        assert mine.view == {"sort": 1}
        studio.close()
    # Out of that store and in again here: all of it is known.
    again = exported(Studio(other), tmp_path / "again.lsb")
    assert take_in(monkeypatch, filled.store.path, again) == 0
    assert "0 experiments taken in" in capsys.readouterr().out


def test_an_imported_run_goes_on_and_knows_what_it_has(
    filled: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = exported(filled, tmp_path / "out.lsb")
    assert take_in(monkeypatch, tmp_path / "other.db", file) == 0
    studio = Studio(tmp_path / "other.db")
    key = Key(REPO, NO_COMMIT, "posted")
    rows = [Point(0, 1.0, 1.7e9), Point(50, 5.0, 1.7e9 + 50)]
    studio.record([Data(key, "dvclive", points={LOSS: rows})])
    (row,) = [row for row in studio.experiments() if row.name == "posted"]
    (line,) = studio.curves.lines(Question("loss", [row.id]))
    assert line.total == 54
    studio.close()


def test_neither_tokens_nor_folders_are_in_the_file(filled: Studio, tmp_path: Path) -> None:
    filled.projects.make("clone", repo_url=REPO)
    body = exported(filled, tmp_path / "out.lsb").read_bytes()
    digests = [row[0] for row in filled.store.read("SELECT digest FROM tokens")]
    for secret in ["secret one", str(tmp_path), *digests]:
        assert secret.encode() not in body


def test_a_file_that_exists_is_not_written_over(filled: Studio, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InvalidBundle, match="exists already"):
        exported(filled, tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def sql(*statements: str) -> Callable[[Path], None]:
    def harm(path: Path) -> None:
        with sqlite3.connect(path) as file:
            for statement in statements:
                file.execute(statement)
        file.close()

    return harm


def said(name: str, value: str) -> Callable[[Path], None]:
    return sql(f"UPDATE starts SET said = json_set(said, '$.{name}', {value})")


HARM: dict[str, Callable[[Path], None]] = {
    "no SQLite file": lambda path: path.write_bytes(b"hello" * 1000),  # type: ignore[dict-item,return-value]
    "empty": lambda path: path.write_bytes(b""),  # type: ignore[dict-item,return-value]
    "cut": lambda path: path.write_bytes(path.read_bytes()[:6000]),  # type: ignore[dict-item,return-value]
    "another program's": sql("PRAGMA application_id = 7"),
    "of a later version": sql("PRAGMA user_version = 99"),
    "a view instead of a table": sql(
        "DROP TABLE projects", "CREATE VIEW projects AS SELECT load_extension('x'), 'a', 'b', 'c'"
    ),
    "a trigger": sql("CREATE TRIGGER t AFTER INSERT ON files BEGIN DELETE FROM files; END"),
    "a missing table": sql("DROP TABLE chunks"),
    "a broken chunk": sql("UPDATE chunks SET body = zeroblob(500)"),
    "a chunk of text": sql("UPDATE chunks SET body = 'text'"),
    "a series without a name": sql("UPDATE chunks SET path = NULL"),
    "a status nobody has": said("status", "'winning'"),
    "a time beyond the calendar": said("started_at", "1e300"),
    "a field nobody knows": said("owner", "'me'"),
    "no JSON": sql("UPDATE starts SET said = '{'"),
    "depth": sql(
        f"UPDATE starts SET said = json_set(said, '$.params.x', json('{'[' * 900 + ']' * 900}'))"
    ),
    "a picture that is none": sql("UPDATE files SET body = '<svg/>'"),
    "a missing picture": sql("DELETE FROM files"),
    "an address with a password": sql("UPDATE experiments SET repo_url = 'https://u:p@h/r'"),
    "a project outside its repository": sql("UPDATE projects SET subdir = '../..'"),
    "a project of bytes": sql("UPDATE projects SET name = x'00ff'"),
    "a project that looks like nothing": sql("UPDATE projects SET view = '[1]'"),
    "a name of ten thousand letters": sql(
        "UPDATE experiments SET name = printf('%.*c', 10000, 'x')"
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_file_made_to_harm_is_refused_whole(
    filled: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], harm: str
) -> None:  # fmt: skip
    file = exported(filled, tmp_path / "out.lsb")
    HARM[harm](file)
    other = tmp_path / "other.db"
    assert take_in(monkeypatch, other, file) == 1
    told = capsys.readouterr().err
    assert told.endswith("\n")
    assert "Traceback" not in told
    assert len(told) < 500
    studio = Studio(other)
    assert studio.experiments() == []
    studio.close()


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundle, match="is no file"):
        Bundle(tmp_path / "nowhere")
