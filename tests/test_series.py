"""Series come out of slices whole, in reading order, and know when their points came."""

from __future__ import annotations

from live_studio import records
from live_studio.series import Column, Columns, in_order


def test_points_stand_in_order_of_step_and_then_of_arrival() -> None:
    column = Column()
    for step, value in ((2, 1.0), (0, 2.0), (2, 3.0), (1, 4.0)):
        column.add(step, value, 0.0)
    ordered = in_order(column)
    assert ordered.step.tolist() == [0, 1, 2, 2]
    assert ordered.value.tolist() == [2.0, 4.0, 1.0, 3.0]


def test_slices_that_are_fed_one_by_one_give_what_one_slice_gives() -> None:
    name = records.sealed(records.text(records.NAME, {"id": 0, "path": "a.tsv"}))
    pieces = [name + records.point(0, 0, 1.0, 5.0), records.point(0, 1, 2.0, 6.0)]
    one, two = Columns(), Columns()
    one.feed(1, b"".join(pieces))
    for number, piece in enumerate(pieces):
        two.feed(number, piece)
    assert one["a.tsv"].value.tolist() == two["a.tsv"].value.tolist() == [1.0, 2.0]
    assert one["missing"].value.tolist() == []


def test_a_series_knows_what_came_after_a_seq_also_late_points() -> None:
    columns = Columns()
    columns.feed(1, named(0, "a") + records.point(0, 5, 1.0, 0.0), seq=3)
    columns.feed(2, named(1, "b") + records.point(1, 0, 9.0, 0.0), seq=4)
    columns.feed(3, records.point(0, 2, 2.0, 0.0) + records.point(0, 6, 3.0, 0.0), seq=7)
    column = columns["a"]
    assert [column.arrived(seq) for seq in range(9)] == [0, 0, 0, 1, 1, 1, 1, 3, 3]
    assert in_order(column, column.arrived(3)).step.tolist() == [2, 6]
    assert in_order(column, 0, column.arrived(6)).step.tolist() == [5]


def named(series: int, path: str) -> bytes:
    return records.sealed(records.text(records.NAME, {"id": series, "path": path}))
