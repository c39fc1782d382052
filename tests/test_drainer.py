"""A journal is set aside for a fault of its own, and for nothing that befalls whoever carries it."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from live_studio import records
from live_studio.curves import Question
from live_studio.drainer import Drainer
from live_studio.errors import StoreError
from live_studio.identity import identity
from live_studio.journal import Journal
from live_studio.studio import Studio


def begun(studio: Studio) -> Journal:
    """A run's journal that nobody but the test carries."""
    said = identity("dvclive", "run")
    said.pop("plots_dir")
    header = {"client": "live_studio", "message": None, "time": 1.0, **said}
    return Journal(studio.journals, uuid.uuid4().hex, header)


def journals(studio: Studio) -> list[Path]:
    return [path for path in studio.journals.iterdir() if path.suffix != ".lock"]


def refuse() -> None:
    raise RuntimeError("this page's event loop is closed")


def test_what_was_stored_is_stored_whoever_cannot_be_told(studio: Studio) -> None:
    told: list[int] = []
    studio.subscribe(refuse)
    studio.subscribe(lambda: told.append(1))
    journal = begun(studio)
    assert Drainer(studio).drain()
    assert told
    assert journals(studio) == [journal.path]


def test_a_journal_stays_where_it_is_when_the_store_is_closed_under_its_drainer(
    studio: Studio, store_path: Path
) -> None:
    journal = begun(studio)
    other = Studio(store_path)
    drainer = Drainer(other)
    assert drainer.drain()
    journal.append(records.BEATEN.pack(records.BEATEN.size - 2, records.BEAT, 2.0))
    other.close()
    with pytest.raises(StoreError):
        drainer.drain()
    assert journals(studio) == [journal.path]
    assert Drainer(studio).drain()


def test_a_journal_is_not_removed_while_the_store_has_less_than_it_was_given(
    studio: Studio,
) -> None:
    """Mended meanwhile, a store says that it begins anew; the journal is all there is of the run."""
    journal = begun(studio)
    journal.append(records.text(records.NAME, {"id": 0, "path": "plots/metrics/loss.tsv"}))
    for step in range(10):
        journal.append(records.point(0, step, 0.5, 2.0)[:-4])
    done = {"status": "completed", "detail": None, "error": None, "step": 9, "time": 3.0}
    journal.append(records.text(records.DONE, done))
    drainer = Drainer(studio)
    assert drainer.drain()
    studio.store.jot("DELETE FROM slices")
    studio.store.jot("UPDATE generations SET journal_end = 0, series = '{}', last_slice = 0")
    drainer.sweep()
    assert journals(studio) == []
    (row,) = studio.experiments()
    assert studio.series(Question("loss", [row.id]))[0].total == 10
