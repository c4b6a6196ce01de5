"""Leaves of a list by keyset, on and back: the rows next to a row. However the list grows meanwhile, none comes twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", int, str)
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Place(Generic[K]):
    """Where a leaf lies: next to the row of a key, or (neither is set) where the list begins.

    Attributes:
        before: only rows of lower keys, the nearest first.
        after: only rows of higher keys, the nearest first.
        most: rows to be read; one more than a leaf has tells whether there is a further one.
    """

    before: K | None = None
    after: K | None = None
    most: int = 50

    def rises(self, *, falling: bool) -> bool:
        """Whether the rows are read from low keys to high ones; ``falling``: the list shows high keys first."""
        return self.after is not None or (self.before is None and not falling)

    def sql(self, column: str, *, falling: bool) -> tuple[str, str]:
        """A condition on a key that is one column, and the order in which to read. Values: :attr:`values`."""
        where = ["true"]
        if self.before is not None:
            where.append(f"{column} < %(before)s")
        if self.after is not None:
            where.append(f"{column} > %(after)s")
        return " AND ".join(where), f"{column} {'ASC' if self.rises(falling=falling) else 'DESC'}"

    @property
    def values(self) -> dict[str, K | int | None]:
        """What the statement is told."""
        return {"before": self.before, "after": self.after, "most": self.most}


@dataclass(frozen=True, kw_only=True)
class Leaf(Generic[R, K]):
    """The rows as the list shows them. ``before``, ``after``: keys of the neighbouring leaves; None: there is none."""

    rows: tuple[R, ...]
    before: K | None
    after: K | None


def leaf(found: Sequence[R], key: Callable[[R], K], at: Place[K], *, falling: bool = False) -> Leaf[R, K]:
    """Make a leaf of rows in the order in which they were read. ``falling``: the list shows high keys first."""
    rises, came = at.rises(falling=falling), at.before is not None or at.after is not None
    more = len(found) >= at.most
    rows = list(found[: at.most - 1])
    if rises is falling:
        rows.reverse()
    low, high = (rows[-1], rows[0]) if falling and rows else (rows[0], rows[-1]) if rows else (None, None)
    # against the direction of reading there is what one came from
    below, above = (came, more) if rises else (more, came)
    return Leaf(
        rows=tuple(rows),
        before=key(low) if low is not None and below else None,
        after=key(high) if high is not None and above else None,
    )
