"""Faults of a list that are the same whatever it lists."""

from typing import Any, TypeVar

from adapters.twin_kit.faults import Faults

T = TypeVar("T")


def bent(rows: list[T], faults: Faults[Any]) -> list[T]:
    """The rows as a list read at a bad moment tells them; itself if no switch strikes.

    ``shifting_list`` is a list that changed while it was read: one row is told twice in the place of another.
    """
    if faults.strikes("empty_list"):
        return []
    if faults.strikes("omit_rows"):
        gone = faults.stream("omit_rows.which").randrange(3)
        rows = [row for place, row in enumerate(rows) if place % 3 != gone]
    if len(rows) > 1 and faults.strikes("shifting_list"):
        kept, lost = faults.stream("shifting_list.which").sample(range(len(rows)), 2)
        rows = [rows[kept] if place == lost else row for place, row in enumerate(rows)]
    if faults.strikes("duplicate_rows"):
        rows = rows + rows[::3]
    if faults.strikes("reorder"):
        rows = rows.copy()
        faults.stream("reorder.how").shuffle(rows)
    return rows
