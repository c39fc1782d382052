"""Records: what is written is read back, and nothing that is not whole."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_studio import records
from live_studio.gist import Reader

NAME = records.sealed(records.text(records.NAME, {"id": 0, "path": "p/loss.tsv", "name": "loss"}))
numbers = st.floats(allow_nan=False) | st.just(math.inf)


def journal(values: list[float]) -> bytes:
    return NAME + b"".join(records.point(0, step, value, 1e9) for step, value in enumerate(values))


@given(st.lists(numbers, min_size=1, max_size=30), st.data())
def test_a_torn_tail_costs_only_the_record_it_tears(
    values: list[float], data: st.DataObject
) -> None:
    whole = journal(values)
    cut = data.draw(st.integers(len(NAME), len(whole)))
    facts = Reader().facts(whole[:cut])
    kept = (cut - len(NAME)) // (len(whole[len(NAME) :]) // len(values))
    assert facts.end == len(NAME) + kept * (len(whole[len(NAME) :]) // len(values))
    assert facts.counts.get("p/loss.tsv", (0, 0))[0] == kept


@given(st.lists(numbers, min_size=2, max_size=10), st.data())
def test_a_flipped_bit_ends_the_reading_before_it(values: list[float], data: st.DataObject) -> None:
    whole = bytearray(journal(values))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    ends = [end for _, _, end in records.scan(bytes(whole))]
    assert all(end <= at for end in ends)


def test_space_that_was_only_taken_ahead_is_the_end() -> None:
    facts = Reader().facts(journal([1.0]) + bytes(1000))
    assert facts.end == len(journal([1.0]))


def test_a_whole_number_stays_one() -> None:
    whole = records.sealed(
        records.WHOLE.pack(records.POINT_LENGTH, records.INT, 0, 3, 1e9, 2**60 + 1)
    )
    facts = Reader().facts(NAME + whole)
    assert facts.metrics == {"loss": 2**60 + 1}


def test_the_last_of_rows_and_points_wins_in_the_order_they_were_logged() -> None:
    layout = records.Layout.of(0, (0,), "d")
    laid = records.sealed(records.text(records.LAYOUT, {"id": 0, "series": [0], "codes": "d"}))

    def row(value: float) -> bytes:
        packed = layout.struct.pack(layout.length, records.ROW, 0, 1, 1e9, value)
        return records.sealed(packed)

    assert Reader().facts(NAME + laid + row(1.0) + records.point(0, 1, 2.0, 1e9)).metrics == {
        "loss": 2.0
    }
    assert Reader().facts(NAME + laid + records.point(0, 1, 2.0, 1e9) + row(1.0)).metrics == {
        "loss": 1.0
    }


def test_what_does_not_fit_into_a_record_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        records.text(records.PARAMS, {"text": "x" * 70_000})
