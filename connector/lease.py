"""The lease of a node: leave to write to other systems, as long as the database has lately heard of this node.

A node that is cut off from the database must have stopped sending before others take its lanes over. Others do that
``work.stalled_after_s`` after the last word of it that the database took. The lease counts from the moment *before*
that word was sent, by a clock that nobody sets, and is shorter: so it always ends first, whatever the clocks of the
machines say. It is asked before a write is marked as sent and once more when its bytes are about to leave.
"""

import time
from collections.abc import Callable
from math import inf

from connector.errors import LeaseLost

SHARE = 0.8
"""Part of the others' patience that the lease lasts; the rest is for the bytes between the last look and the wire."""


class Lease:
    """Of one process. Without a node that renews it (a command, a test) it never ends.

    Args:
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until = inf

    def now(self) -> float:
        """The moment to name in :meth:`renew`; take it before the database is asked."""
        return self._monotonic()

    def renew(self, asked_at: float, patience_s: float) -> None:
        """The database heard of us, no earlier than ``asked_at``; others wait ``patience_s`` from then on."""
        self._until = asked_at + SHARE * patience_s

    def end(self) -> None:
        """Nothing more may be sent."""
        self._until = -inf

    @property
    def held(self) -> bool:
        """Whether a write may be sent now."""
        return self._monotonic() < self._until

    def require(self) -> None:
        """Raise :class:`LeaseLost` if no write may be sent now."""
        if not self.held:
            msg = "the database has not heard of this node for too long: nothing is sent, others may be at it"
            raise LeaseLost(msg)
