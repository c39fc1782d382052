"""Pictures through a comm: small pieces, asked for before unasked, and never the bytes of many."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_studio.addresses import NO_COMMIT
from live_studio.events import Data, Image, Key, Start
from live_studio.gallery import LARGEST, PIECE, UNASKED_MOST, WAITING_MOST, Gallery
from live_studio.studio import Studio

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(name="studio")
def _studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path / "store.db")
    yield studio
    studio.close()


def logged(studio: Studio, *sizes: int) -> list[tuple[int, str, bytes]]:
    """One run with a picture of each size: its id, the digest and the bytes of each."""
    key = Key("github.com/o/r", NO_COMMIT, "one")
    bodies = [PNG + os.urandom(size - len(PNG)) for size in sizes]
    images = {f"{at}.png": Image(body) for at, body in enumerate(bodies)}
    studio.record([Start(key, "dvclive"), Data(key, "dvclive", 1, images=images)])
    (row,) = studio.experiments()
    import json

    digests = {one["path"]: one["digest"] for one in json.loads(row.images_text)}
    return [(row.id, digests[f"{at}.png"], body) for at, body in enumerate(bodies)]


def sent(gallery: Gallery) -> list[tuple[str, int, bytes, str | None, int]]:
    found = []
    while (piece := gallery.piece()) is not None:
        said, body = piece
        assert len(body) <= PIECE
        found.append((said["digest"], said["at"], body, said["kind"], said["size"]))
    return found


def test_a_picture_comes_whole_in_small_pieces(studio: Studio) -> None:
    ((run, digest, body),) = logged(studio, 2 * PIECE + 7)
    gallery = Gallery(studio)
    gallery.ask(run, digest)
    pieces = sent(gallery)
    assert [at for _, at, *_ in pieces] == [0, PIECE, 2 * PIECE]
    assert b"".join(part for _, _, part, *_ in pieces) == body
    assert {(kind, size) for *_, kind, size in pieces} == {("image/png", len(body))}
    assert not gallery.waiting


def test_what_is_asked_for_goes_first_and_what_had_begun_goes_on(studio: Studio) -> None:
    (run, offered, whole), (_, asked, _) = logged(studio, 2 * PIECE, 100)
    gallery = Gallery(studio)
    assert gallery.offer(run, offered)
    first = gallery.piece()
    gallery.ask(run, asked)
    order = sent(gallery)
    assert [(digest, at) for digest, at, *_ in order] == [(asked, 0), (offered, PIECE)]
    assert first is not None
    assert first[1] + order[1][2] == whole


def test_who_asks_again_gets_it_from_its_beginning(studio: Studio) -> None:
    ((run, digest, body),) = logged(studio, 2 * PIECE)
    gallery = Gallery(studio)
    gallery.ask(run, digest)
    gallery.piece()
    assert gallery.holds(run, digest)
    gallery.ask(run, digest)
    assert b"".join(part for _, _, part, *_ in sent(gallery)) == body
    assert not gallery.holds(run, digest)


def test_a_large_picture_is_told_of_and_an_unasked_one_is_not(studio: Studio) -> None:
    (run, large, _), (_, larger, _), (_, small, _) = logged(
        studio, LARGEST + 1, UNASKED_MOST + 1, 50
    )
    gallery = Gallery(studio)
    gallery.ask(run, large)
    assert [said[1:] for said in sent(gallery)] == [(0, b"", None, LARGEST + 1)]
    gallery.offer(run, larger)
    gallery.offer(run, small)
    assert [digest for digest, *_ in sent(gallery)] == [small]
    gallery.ask(run, "nobody's")
    assert [said[2:] for said in sent(gallery)] == [(b"", None, 0)]


def test_so_many_wait_and_no_more(studio: Studio) -> None:
    ((run, _, _),) = logged(studio, 50)
    gallery = Gallery(studio)
    for at in range(WAITING_MOST):
        gallery.ask(run, f"asked {at}")
    assert not gallery.offer(run, "one too many")
    gallery.ask(run, "the newest")
    order = [digest for digest, *_ in sent(gallery)]
    assert order == ["the newest", *(f"asked {at}" for at in range(WAITING_MOST - 1, 0, -1))]
