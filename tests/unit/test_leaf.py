"""Leaves of a list: on and back again one sees the same, and every row once, whichever way the list is ordered."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connector.store.leaf import Leaf, Place, leaf

KEYS = st.lists(st.integers(1, 400), unique=True, max_size=60)


def read(keys: list[int], at: Place[int], *, falling: bool) -> Leaf[int, int]:
    """What a statement would read, made into a leaf."""
    low, high = at.after or 0, 1_000 if at.before is None else at.before
    fit = sorted((one for one in keys if low < one < high), reverse=not at.rises(falling=falling))
    return leaf(fit[: at.most], lambda one: one, at, falling=falling)


def walked(keys: list[int], size: int, *, falling: bool) -> list[Leaf[int, int]]:
    """All leaves, from the first on."""
    found = [read(keys, Place(most=size + 1), falling=falling)]
    while (on := found[-1].before if falling else found[-1].after) is not None:
        at: Place[int] = Place(before=on, most=size + 1) if falling else Place(after=on, most=size + 1)
        found.append(read(keys, at, falling=falling))
    return found


@given(keys=KEYS, size=st.integers(1, 12), falling=st.booleans())
def test_every_row_is_seen_once_and_in_order(keys: list[int], size: int, falling: bool) -> None:
    seen = [row for one in walked(keys, size, falling=falling) for row in one.rows]
    assert seen == sorted(keys, reverse=falling)


@given(keys=KEYS, size=st.integers(1, 12), falling=st.booleans())
def test_going_back_shows_the_leaves_that_were_seen(keys: list[int], size: int, falling: bool) -> None:
    leaves = walked(keys, size, falling=falling)
    for before, one in pairwise(leaves):
        back = one.after if falling else one.before
        assert back is not None
        at: Place[int] = Place(after=back, most=size + 1) if falling else Place(before=back, most=size + 1)
        assert read(keys, at, falling=falling).rows == before.rows


@given(keys=KEYS, size=st.integers(1, 12), falling=st.booleans())
def test_the_first_leaf_has_none_before_it_whichever_way_one_came(
    keys: list[int], size: int, falling: bool
) -> None:
    leaves = walked(keys, size, falling=falling)
    first = leaves[0]
    if len(leaves) > 1:
        back = leaves[1].after if falling else leaves[1].before
        at: Place[int] = Place(after=back, most=size + 1) if falling else Place(before=back, most=size + 1)
        assert read(keys, at, falling=falling) == first
    assert (first.after if falling else first.before) is None


@given(
    keys=KEYS,
    new=st.lists(st.integers(401, 500), unique=True, min_size=1, max_size=9),
    size=st.integers(1, 9),
)
def test_what_is_added_meanwhile_neither_hides_nor_repeats_a_row(
    keys: list[int], new: list[int], size: int
) -> None:
    first = read(keys, Place(most=size + 1), falling=True)
    if first.before is not None:
        second = read(keys + new, Place(before=first.before, most=size + 1), falling=True)
        assert [*first.rows, *second.rows] == sorted(keys, reverse=True)[: 2 * size]
