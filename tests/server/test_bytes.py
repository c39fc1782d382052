"""Bytes of chance, and bytes that are nearly right, for everything here that reads what strangers send.

Whatever comes, a reader understands it or refuses it with a sentence. What the door lets in, those
behind it read, and they all read the same. `LIVE_STUDIO_FUZZ` is the number of examples; without it
they are the same each time, and take half a minute.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from live_studio import parcels, rasters, records, wire
from live_studio.errors import InvalidEvent
from live_studio.events import Data, Done, Start, image_kind
from live_studio.gist import Reader
from live_studio.records import Names, sealed
from live_studio.series import Columns
from live_studio.server.shapes import SHAPES
from live_studio.server.vetting import Vetting

EXAMPLES = int(os.environ.get("LIVE_STUDIO_FUZZ", "5000"))
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="LIVE_STUDIO_FUZZ" not in os.environ,
)
RUN = "5f" * 16
SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def damaged(whole: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Bytes of which a part is cut out and another stands there."""

    @st.composite
    def cut(draw: st.DrawFn) -> bytes:
        body = draw(whole)
        begin = draw(st.integers(0, len(body)))
        end = draw(st.integers(begin, min(len(body), begin + 8)))
        return body[:begin] + draw(st.binary(max_size=8)) + body[end:]

    return cut()


def is_sentence(error: InvalidEvent) -> None:
    """It stands in one line of a log, and is no essay."""
    assert str(error).isprintable()
    assert 10 < len(str(error)) < 400


# --- bodies -------------------------------------------------------------------------------------

SMALL = st.integers(0, 3)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 9),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(
        ["nan", "-inf", "Infinity", "1e999", "12", "\x1b[2J", "\ud800", "../x", "loss"]
    ),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
NUMBERS = st.one_of(st.integers(0, 9), st.floats(), st.sampled_from(["nan", "inf", "1.5"]))
ROWS = st.lists(
    st.fixed_dictionaries(
        {"step": SMALL, "loss": NUMBERS}, optional={"timestamp": st.integers(0, 9)}
    )
    | st.fixed_dictionaries(
        {"step": SCALARS, "loss": st.one_of(NUMBERS, ANYTHING)},
        optional={"timestamp": SCALARS, "other": SCALARS},
    ),
    max_size=3,
)
PICTURES = damaged(st.just(PNG)).map(lambda body: base64.b64encode(body).decode())
PLOTS = st.dictionaries(
    st.sampled_from(["dvclive/plots/metrics/loss.tsv", "loss", "a\nb", ""]),
    st.one_of(
        ROWS.map(lambda rows: {"data": rows}),
        PICTURES.map(lambda picture: {"image": picture}),
        ANYTHING,
    ),
    max_size=2,
)
FILES = st.one_of(st.dictionaries(st.text(max_size=5), ANYTHING, max_size=2), ANYTHING)
GOOD: dict[str, Any] = {
    "repo_url": "https://github.com/o/r",
    "baseline_sha": SHA,
    "name": "n",
    "client": "dvclive",
}
WRONG = {
    **dict.fromkeys(("repo_url", "baseline_sha", "name", "client", "errors", "message"), ANYTHING),
    **dict.fromkeys(("experiment_rev", "plots", "step"), ANYTHING),
    **dict.fromkeys(("params", "metrics"), FILES),
}


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A body in which one thing at most is wrong: those with more are refused at the first."""
    kind = draw(st.sampled_from(["start", "data", "data", "data", "done"]))
    said = GOOD | {"type": kind}
    if kind == "data":
        said |= {"step": draw(SMALL), "plots": draw(PLOTS)}
    for field in draw(st.sets(st.sampled_from(sorted(WRONG)), max_size=1)):
        said[field] = draw(WRONG[field])
    return json.dumps(said).encode()


BODIES = st.one_of(
    st.binary(max_size=64), ANYTHING.map(lambda a: json.dumps(a).encode()), changed()
)


@many
@given(st.one_of(BODIES, damaged(changed())))
def test_a_body_is_an_event_or_is_refused_with_one_sentence(body: bytes) -> None:
    assert wire.weight(body) >= len(body)
    try:
        event = wire.parse(body)
    except InvalidEvent as error:
        is_sentence(error)
        wire.key_of(body)
        return
    assert isinstance(event, Start | Data | Done)
    assert wire.key_of(body) == event.key
    if isinstance(event, Data):
        for path, rows in event.points.items():
            assert path.isprintable()
            assert all(type(row.step) is int and type(row.value) is float for row in rows)
        assert all(image_kind(image.body) for image in event.images.values())


# --- pictures -----------------------------------------------------------------------------------

HEADS = [
    PNG,
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + bytes(8),
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00",
    b"RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(10),
    b"RIFF\x20\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f" + bytes(9),
    b"RIFF\x20\x00\x00\x00WEBPVP8 \x0a\x00\x00\x00" + bytes(12),
]


@many
@given(st.one_of(damaged(st.sampled_from(HEADS)), st.binary(max_size=40), st.sampled_from(HEADS)))
def test_any_bytes_are_a_picture_of_some_size_or_none(body: bytes) -> None:
    kind, size = image_kind(body), rasters.pixels(body)
    assert kind in (None, "image/png", "image/jpeg", "image/gif", "image/webp")
    assert size is None or 0 <= size < 1 << 64
    said = wire.parse(json.dumps(GOOD | {"type": "start"}).encode())
    assert isinstance(said, Start)
    plots = {"a.png": {"image": base64.b64encode(body).decode()}}
    try:
        event = wire.parse(json.dumps(GOOD | {"type": "data", "step": 0, "plots": plots}).encode())
    except InvalidEvent:
        assert kind is None or (size or 0) > rasters.PIXELS_MOST
    else:
        assert not body or kind is not None
        assert isinstance(event, Data)


# --- records of journals ------------------------------------------------------------------------

TIMES = st.one_of(*[st.floats(1e9, 2e9)] * 15, st.floats())
HEADER = {
    "version": records.VERSION,
    "run": RUN,
    "client": "live_studio",
    "time": 1.7e9,
    "repo_url": "github.com/o/r",
    "baseline_sha": SHA,
    "name": "n",
    "params_file": "dvclive/params.yaml",
    "metrics_file": "dvclive/metrics.json",
}
LAID = ["d", "dq", "dd", "qdd"]
"""What stands in the rows of the layouts that each journal begins with."""
SAID: dict[int, st.SearchStrategy[Any]] = {
    records.NAME: st.fixed_dictionaries(
        {"id": st.integers(4, 9), "path": st.sampled_from(["a.tsv", "b.tsv"]), "name": st.just("a")}
    ),
    records.LAYOUT: st.builds(
        lambda number, series: {"id": number, "series": series, "codes": "d" * len(series)},
        st.integers(4, 9),
        st.lists(SMALL, min_size=1, max_size=3),
    ),
    records.VALUE: st.fixed_dictionaries(
        {"name": st.just("a"), "value": SCALARS, "step": SMALL, "time": TIMES},
        optional={"id": SMALL},
    ),
    records.PARAMS: st.dictionaries(st.text(max_size=3), ANYTHING, max_size=2),
    records.DONE: st.fixed_dictionaries(
        {"status": st.sampled_from(["completed", "failed"]), "time": TIMES, "step": SMALL}
    ),
}


@st.composite
def record(draw: st.DrawFn) -> bytes:
    """One sealed record: its checksum is right, and the rest may be."""
    what = draw(st.sampled_from([*["text", "point", "row"] * 5, "wrong"]))
    if what == "text":
        kind = draw(st.sampled_from(sorted(SAID)))
        said = draw(st.one_of(*[SAID[kind]] * 9, ANYTHING))
        with suppress(UnicodeEncodeError):
            return sealed(records.text(kind, said))
        return b""
    step = draw(SMALL | SMALL | st.integers(-(1 << 63), (1 << 63) - 1))
    if what == "point":
        value, stamped = draw(st.floats()), draw(st.booleans())
        one = records.point(
            draw(SMALL | SMALL | st.integers(0, 9)), step, value, draw(TIMES), stamped=stamped
        )
        return one * draw(st.sampled_from([1, 1, 12]))
    if what == "row":
        number = draw(SMALL)
        codes = LAID[number] if draw(st.integers(0, 15)) else "ddd"
        layout = records.Layout.of(number, (), codes)
        values = [draw(st.floats() if code == "d" else SMALL) for code in codes]
        one = sealed(layout.pack(layout.length, records.ROW, layout.id, step, draw(TIMES), *values))
        return one * draw(st.sampled_from([1, 1, 12]))
    kind = draw(st.integers(0, 255) | st.sampled_from(sorted(SHAPES)))
    return sealed(records.framed(kind, draw(st.binary(max_size=40))))


OPENING = b"".join(
    sealed(records.text(kind, said))
    for kind, said in [
        (records.HEADER, HEADER),
        *((records.NAME, {"id": n, "path": f"{n}.tsv", "name": str(n)}) for n in range(4)),
        *(
            (records.LAYOUT, {"id": n, "series": list(range(len(codes))), "codes": codes})
            for n, codes in enumerate(LAID)
        ),
    ]
)
JOURNALS = st.lists(record(), max_size=8).map(lambda parts: OPENING + b"".join(parts))


@many
@given(st.one_of(JOURNALS, JOURNALS, damaged(JOURNALS), st.binary(max_size=80)))
def test_what_is_let_in_of_a_journal_is_read_by_all_alike(body: bytes) -> None:
    headers, packed = parcels.packed(RUN, 0, body)
    names, vetting_files = Names(), parcels.opened(headers, packed).files
    vetting = Vetting(RUN, names, vetting_files.get)
    try:
        vetting.check(body, first=True)
    except InvalidEvent as error:
        is_sentence(error)
        return
    facts = Reader(vetting.files.get, names).facts(body)
    assert facts.end == len(body)
    columns = Columns()
    columns.feed(1, body)
    held = {path: len(columns[path].step) for path in columns.paths()}
    assert {path: count for path, (count, _) in facts.counts.items()} == held
    for path, (_, largest) in facts.counts.items():
        assert float(largest) == max(columns[path].step)


@settings(many, max_examples=max(1, EXAMPLES // 5))
@given(st.one_of(JOURNALS, damaged(JOURNALS)), st.integers(0, 1 << 16), st.binary(max_size=30))
def test_a_parcel_is_opened_as_it_was_packed_or_is_refused(
    body: bytes, size: int, file: bytes
) -> None:
    headers, packed = parcels.packed(RUN, 0, body, [file])
    assert parcels.opened(headers, packed).records == body
    assert list(parcels.opened(headers, packed).files.values()) == [file]
    said = headers | {parcels.RECORDS: str(size), parcels.CHECKSUM: f"{zlib.crc32(packed):08x}"}
    with suppress(InvalidEvent):
        parcel = parcels.opened(said, packed)
        assert parcel.records == packed[:size]
        if len(parcel.files) == 1:
            (found,) = parcel.files.values()
            assert packed[size:] == len(found).to_bytes(4, "little") + found
