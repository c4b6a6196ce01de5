"""What an observer is told once a transaction has committed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector.ledger.entry import Draft


@dataclass(frozen=True, kw_only=True)
class Committed:
    """A transaction that wrote entries. Its values are codes and ids, as :mod:`connector.ledger.guard` demands.

    Attributes:
        began_ns: when it began, in nanoseconds since the epoch.
        append_s: seconds from asking for the end of the chain to the commit.
    """

    entries: Sequence[Draft]
    began_ns: int
    append_s: float


Witness = Callable[[Committed], None]
"""Called after the commit; must be quick and must not raise."""
