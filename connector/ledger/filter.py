"""Which entries of the log are wanted: by period, system, case, kind, actor, and what a write ended in. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from connector.canonical import digest
from connector.clock import LOCAL_ZONE


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """All conditions must hold; of several values of one condition, any. Nothing said: every entry.

    Attributes:
        first, last: whole civil days in Vietnam, both included.
        outcomes: states that the entry's delivery is in now; an entry without a delivery then never fits.
    """

    first: date | None = None
    last: date | None = None
    systems: tuple[str, ...] = ()
    case_id: int | None = None
    kinds: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()

    @property
    def since(self) -> datetime | None:
        """The first instant that fits."""
        return _midnight(self.first) if self.first else None

    @property
    def before(self) -> datetime | None:
        """The first instant that does not fit any more."""
        return _midnight(self.last + timedelta(days=1)) if self.last else None

    @property
    def digest(self) -> str:
        """Names the conditions in the entry that records the export."""
        return digest(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """The conditions that were set, by the names of the options."""
        told = {
            "from": self.first and self.first.isoformat(),
            "until": self.last and self.last.isoformat(),
            "system": list(self.systems),
            "case": self.case_id,
            "kind": list(self.kinds),
            "actor": list(self.actors),
            "outcome": list(self.outcomes),
        }
        return {name: value for name, value in told.items() if value}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_ZONE)
