"""What may go is said before it goes, goes through the trash, and leaves the file only after that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_studio import cli
from live_studio.addresses import NO_COMMIT
from live_studio.curves import Question
from live_studio.events import Data, Done, Image, InRemote, Key, Point, Start
from live_studio.store.retention import GRACE_SECONDS, Limits
from live_studio.studio import Studio

LOSS = "dvclive/plots/metrics/loss.tsv"
DAY = 86_400.0
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(name="clock")
def _clock() -> list[float]:
    return [1.7e9]


@pytest.fixture(name="kept")
def _kept(tmp_path: Path, clock: list[float]) -> Iterator[Studio]:
    """Ten runs of one project, a day between two; the oldest was pushed, the second one goes on."""
    studio = Studio(tmp_path / "kept.db", lambda: clock[0])
    for number in range(10):
        log(studio, f"run-{number}", ended=number != 1)
        clock[0] += DAY
    studio.record([InRemote(key("run-0"), there=True)])
    yield studio
    studio.close()


def key(name: str, repo_url: str = "github.com/o/r") -> Key:
    return Key(repo_url, NO_COMMIT, name)


def log(studio: Studio, name: str, *, ended: bool = True, points: int = 200) -> None:
    pictures = {"shared.png": Image(PNG + b"shared"), "own.png": Image(PNG + name.encode() * 999)}
    rows = {LOSS: [Point(step, step / 3) for step in range(points)]}
    studio.record([Start(key(name), "dvclive")])
    studio.record([Data(key(name), "dvclive", step=1, points=rows, images=pictures)])
    if ended:
        studio.record([Done(key(name), "dvclive")])


def names(studio: Studio, **limits: object) -> list[str]:
    return [one.name for one in studio.store.plan(Limits(**limits)).going]  # type: ignore[arg-type]


def test_what_is_old_goes_but_for_what_is_pushed_or_goes_on(kept: Studio) -> None:
    plan = kept.store.plan(Limits(older=6.5 * DAY))
    assert [one.name for one in plan.going] == ["run-2", "run-3"]
    assert [(one.name, one.why_not) for one in plan.spared] == [
        ("run-0", "pushed"),
        ("run-1", "running"),
    ]
    both = names(kept, older=6.5 * DAY, running=True, pushed=True)
    assert both == ["run-0", "run-1", "run-2", "run-3"]


def test_a_number_protects_the_newest_and_alone_is_the_limit(kept: Studio) -> None:
    assert names(kept, keep=7) == ["run-2"]
    assert names(kept, keep=100) == []
    assert names(kept, keep=7, older=0.5 * DAY) == ["run-2"]
    # Of each repository by itself.
    kept.record([Start(key("other", "github.com/o/else"), "dvclive")])
    assert names(kept, keep=7) == ["run-2"]


def test_by_size_the_oldest_go_until_the_rest_fits(kept: Studio) -> None:
    whole = kept.store.plan(Limits())
    assert whole.going == []
    each = whole.held.bytes // 10
    assert names(kept, most_bytes=whole.held.bytes) == []
    assert names(kept, most_bytes=whole.held.bytes - each * 2) == ["run-2", "run-3"]
    assert names(kept, most_bytes=0, keep=7) == ["run-2"]
    # Points, pictures and rows are counted.
    assert each > 200 * 30 + 5 * 999


def test_only_the_project_that_is_named(kept: Studio) -> None:
    assert names(kept, older=0.0, repos={"github.com/o/else"}) == []


def test_what_lies_in_the_trash_leaves_the_file_after_the_grace(
    kept: Studio, clock: list[float]
) -> None:
    gone = [row.id for row in kept.experiments() if row.name != "run-9"]
    kept.delete_all(gone)
    while kept.store.give_back(1000):
        pass
    before = kept.store.path.stat().st_size
    clock[0] += GRACE_SECONDS - 1
    assert kept.store.forget() == 0
    assert kept.restore(gone[0])
    clock[0] += 2
    # What was brought back stays.
    assert kept.store.forget() == 8
    while kept.store.give_back(1000):
        pass
    assert {row.name for row in kept.experiments()} == {"run-9", "run-8"}
    assert kept.trash() == []
    assert kept.store.path.stat().st_size < before
    for table in ("slices", "generations"):
        assert kept.store.read(f"SELECT count(*) FROM {table}")[0][0] == 2
    # A picture that both share is there, their own too, and none of the others.
    assert kept.store.read("SELECT count(*) FROM images")[0][0] == 3
    (row,) = [row for row in kept.experiments() if row.name == "run-9"]
    (line,) = kept.curves.lines(Question("loss", [row.id]))
    assert line.total == 200
    assert kept.store.read("PRAGMA integrity_check")[0][0] == "ok"


def test_a_run_in_the_trash_that_goes_on_is_not_forgotten(kept: Studio, clock: list[float]) -> None:
    (row,) = [row for row in kept.experiments() if row.name == "run-1"]
    kept.delete(row.id)
    clock[0] += GRACE_SECONDS + 1
    kept.store.jot("UPDATE generations SET heard_at = ? WHERE status = 'running'", (clock[0],))
    assert kept.store.forget() == 0


def test_a_forgotten_experiment_begins_anew_when_it_is_logged_again(
    kept: Studio, clock: list[float]
) -> None:
    kept.delete_all([row.id for row in kept.experiments()])
    clock[0] += 1
    kept.store.forget(0.0)
    log(kept, "run-3", points=5)
    (row,) = kept.experiments()
    assert (row.name, row.generation) == ("run-3", 1)


def test_the_command_says_first_and_does_what_it_said(
    kept: Studio,
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LIVE_STUDIO_STORE", str(kept.store.path))
    arguments = ["prune", "--older", "3d", "--keep", "4"]
    assert cli.main([*arguments, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "run-2" in said
    assert "1 more would go, but is running; --also running takes them too." in said
    assert "Nothing was changed." in said
    assert len(kept.experiments()) == 10
    assert cli.main(arguments) == 0
    assert "4 experiments moved into the trash" in capsys.readouterr().out
    assert {row.name for row in kept.experiments()} == {
        "run-0",
        "run-1",
        *map("run-{}".format, range(6, 10)),
    }
    assert cli.main(["prune", "--empty-trash"]) == 0
    assert "4 experiments left the file for good." in capsys.readouterr().out
    assert kept.store.read("SELECT count(*) FROM experiments")[0][0] == 6


@pytest.mark.parametrize(
    "wrong", [["--older", "soon"], ["--keep", "-1"], ["--max-size", "5 apples"]]
)
def test_limits_that_mean_nothing_are_refused(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["prune", *wrong])
    assert "such as" in capsys.readouterr().err
