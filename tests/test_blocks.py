"""Reading what repeats by columns says the same as reading record by record."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_studio import gist, records, series
from live_studio.blocks import Block, walk
from live_studio.gist import Reader
from live_studio.records import Layout

SERIES = 3
LAYOUTS = (Layout.of(0, (0, 1), "dq"), Layout.of(1, (2,), "d"))
HEAD = b"".join(
    records.sealed(records.text(kind, said))
    for kind, said in [
        *((records.NAME, {"id": i, "path": f"p/{i}.tsv", "name": f"{i}"}) for i in range(SERIES)),
        *((records.LAYOUT, {"id": x.id, "series": x.series, "codes": x.codes}) for x in LAYOUTS),
    ]
)
shapes = st.lists(
    st.sampled_from(["float", "whole", "stamped", "step", "text", "row 0", "row 1"]),
    min_size=1,
    max_size=5,
)
stretches = st.lists(st.tuples(shapes, st.integers(1, 40)), min_size=1, max_size=4)


def record(kind: str, step: int, time: float) -> bytes:
    match kind:
        case "float" | "stamped":
            return records.point(step % 2, step, step / 3, time, stamped=kind == "stamped")
        case "whole":
            body = records.WHOLE.pack(records.POINT_LENGTH, records.INT, 2, step, time, step)
        case "step":
            body = records.STEPPED.pack(records.STEP_LENGTH, records.STEP, step, time)
        case "text":
            body = records.text(
                records.VALUE, {"name": "0", "value": "x", "step": step, "time": time}
            )
        case _:
            layout = LAYOUTS[int(kind[-1])]
            values = (0.5, step)[: len(layout.codes)]
            body = layout.pack(layout.length, records.ROW, layout.id, step, time, *values)
    return records.sealed(body)


def journal(parts: list[tuple[list[str], int]]) -> bytes:
    written = [HEAD]
    for shape, times in parts:
        for number in range(times):
            # Steps go back now and then, as a resumed loop's do.
            step = number - 7 * (number % 11 == 5)
            written += [record(kind, step, float(len(written) + i)) for i, kind in enumerate(shape)]
    return b"".join(written)


def reading(data: bytes) -> tuple[Any, ...]:
    facts = Reader().facts(data)
    columns = series.Columns()
    columns.feed(1, data)
    kept = {
        path: (c.step, c.value, c.time, c.stamped)
        for path in columns.paths()
        for c in [columns[path]]
    }
    return facts, kept, columns.size


@given(stretches, st.data())
@settings(deadline=None)
def test_by_columns_and_one_by_one_are_the_same(
    parts: list[tuple[list[str], int]], data: st.DataObject
) -> None:
    whole = bytearray(journal(parts))
    # Whole, torn, or with a bit turned somewhere.
    end = data.draw(st.sampled_from([len(whole)]) | st.integers(len(HEAD), len(whole)))
    if data.draw(st.booleans()):
        whole[data.draw(st.integers(len(HEAD), len(whole) - 1))] ^= 4
    read = bytes(whole[:end])
    by_columns = reading(read)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gist, "walk", records.scan)
        patch.setattr(series, "walk", records.scan)
        assert reading(read) == by_columns


def test_nearly_all_of_a_loop_is_one_block() -> None:
    data = journal([(["row 0", "row 1", "step"], 100)])
    (block,) = [item for item in walk(data) if isinstance(item, Block)]
    assert block.count >= 98
