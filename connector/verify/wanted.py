"""The filter that a file names: does each of its entries belong there?

What a file leaves out cannot be checked that way: only its place in the tree is known. A filter by what a delivery
ended in cannot be checked either, because no entry says it.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

VIETNAM = timezone(timedelta(hours=7))
LISTS = {"system": "system", "kind": "kind", "actor": "actor"}
KNOWN = frozenset({"from", "until", "case", "outcome", *LISTS})


class Wanted:
    """The conditions of a file's filter.

    Raises:
        ValueError: a condition that is none.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        if not told.keys() <= KNOWN:
            msg = "a condition that this version does not know"
            raise ValueError(msg)
        self.told = told
        self._values = {field: _texts(told[name]) for name, field in LISTS.items() if name in told}
        if "case" in told:
            if type(told["case"]) is not int:
                msg = "a case has a number"
                raise ValueError(msg)
            self._values["case_id"] = frozenset({told["case"]})
        self._since = _midnight(told["from"], 0) if "from" in told else ""
        self._before = _midnight(told["until"], 1) if "until" in told else "~"

    def fits(self, entry: Mapping[str, Any]) -> bool:
        """Does the entry belong into the file?"""
        at = entry.get("at")
        return (
            isinstance(at, str)
            and self._since <= at < self._before
            and all(entry.get(field) in values for field, values in self._values.items())
        )


def _texts(value: object) -> frozenset[object]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in values):
        msg = "a condition is a text"
        raise ValueError(msg)
    return frozenset(values)


def _midnight(day: object, later: int) -> str:
    """Start of a civil day in Vietnam, written as entries write instants, so that texts compare as instants do."""
    if not isinstance(day, str):
        msg = "a day is a text"
        raise ValueError(msg)  # noqa: TRY004  # what the file says is wrong, not our call
    try:
        start = datetime.combine(date.fromisoformat(day) + timedelta(days=later), time(), VIETNAM)
        return start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    except OverflowError:
        msg = "a day beyond the calendar"
        raise ValueError(msg) from None
