"""Guards against a detail that is older than the list which announced it (national-portal contract §10.9 ``stale_read``)."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from connector.errors import Transient

MOST_REMEMBERED = 50_000
MOST_REFUSALS = 3


@dataclass(kw_only=True)
class _Announced:
    changed_at: datetime
    refusals: int = 0


class Freshness:
    """Remembers what the list said last of each case.

    A detail that stays older however often it is asked for is taken after all: better an old copy, read again by
    the nightly refresh, than a case that never arrives.
    """

    def __init__(self) -> None:
        self._announced: OrderedDict[str, _Announced] = OrderedDict()

    def listed(self, ref: str, changed_at: datetime | None) -> None:
        """The list told this time of change."""
        if changed_at is None:
            return
        known = self._announced.get(ref)
        if known is None or changed_at > known.changed_at:
            self._announced[ref] = _Announced(changed_at=changed_at)
        self._announced.move_to_end(ref)
        while len(self._announced) > MOST_REMEMBERED:
            self._announced.popitem(last=False)

    def check(self, ref: str, changed_at: datetime | None) -> None:
        """The detail tells this time of change.

        Raises:
            Transient: it is an old copy.
        """
        known = self._announced.get(ref)
        if known is None or changed_at is None or changed_at >= known.changed_at:
            return
        if known.refusals >= MOST_REFUSALS:
            return
        known.refusals += 1
        msg = "the portal's detail is older than its list"
        raise Transient(msg, ref=ref)
