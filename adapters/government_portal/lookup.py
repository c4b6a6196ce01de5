"""Did an earlier write take effect? Told from a case's History, without writing anything. Pure.

First by echo: the row that carries our MessageId (Extra/Item). Where a portal forgets the echo, by what the write must
have left behind: status and instant, or the number of the answer version. A row that names *another* message is never
ours. Where neither tells, the honest answer is ``UNKNOWN``.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.system import Key, Receipt, Sighting, Verdict

Row = Mapping[str, Any]

SET_BY_TRANSFER = frozenset({"RETURNED_VPCP", "TRANSFERRED"})
SET_BY_UPDATE = frozenset(
    {"ACCEPTED", "REFUSED", "SUPPLEMENT_REQUESTED", "UNIT_ASSIGNED", "IN_PROGRESS", "CLOSED"}
)
FACTS = ("AnswerId", "Version", "ToOrgan")

ABSENT = Sighting(verdict=Verdict.ABSENT)
UNKNOWN = Sighting(verdict=Verdict.UNKNOWN)


def look(key: Key, data: Mapping[str, Any], ref: str) -> Sighting:
    """The verdict on one key.

    Args:
        key: of the write that is in doubt. ``natural`` may hold ``Status`` and ``OccurredAt``, or ``Visibility``
            (UpdateCaseStatus), or ``Version`` (SubmitAnswer), spelled as the contract spells them.
        data: the answer to GetCaseStatus.
        ref: the case.
    """
    rows: Sequence[Row] = data.get("History", ())
    echoed = [row for row in rows if _message_id(row) == str(key.id)]
    if echoed:
        return _found(echoed[-1], data, ref)
    silent = [row for row in rows if _message_id(row) is None]
    suspects = [row for row in silent if _could_be(key, row)]
    if not suspects:
        return ABSENT
    match = _MATCH[key.operation](key)
    if match is None:
        return UNKNOWN
    ours = [row for row in suspects if match(row)]
    return _found(ours[-1], data, ref) if ours else ABSENT


def _could_be(key: Key, row: Row) -> bool:
    """Whether a row could be what this operation leaves behind."""
    if "Visibility" in key.natural:
        return "Visibility" in row.get("Extra", {})
    return row.get("Status") in _STATUSES.get(key.operation, frozenset())


def _message_id(row: Row) -> str | None:
    value = row.get("Extra", {}).get("MessageId")
    return None if value is None else str(value).strip().lower()


def _found(row: Row, data: Mapping[str, Any], ref: str) -> Sighting:
    extra = row.get("Extra", {})
    facts = {name: str(extra[name]) for name in FACTS if name in extra}
    status = data.get("CurrentStatus", {}).get("Status")
    if status:
        facts["Status"] = status
    return Sighting(verdict=Verdict.FOUND, receipt=Receipt(ref=ref, facts=facts))


# ---- what a write must have left behind ---------------------------------------------------------------------

Match = Callable[[Row], bool]


def _by_status(key: Key) -> Match | None:
    visibility = key.natural.get("Visibility")
    if visibility is not None:
        return lambda row: row.get("Extra", {}).get("Visibility") == visibility
    status, occurred = key.natural.get("Status"), _second(key.natural.get("OccurredAt"))
    if status is None or occurred is None:
        # without the instant an earlier progress report would pass for this one
        return None
    return lambda row: row.get("Status") == status and _second(row.get("OccurredAt")) == occurred


def _by_version(key: Key) -> Match | None:
    version = key.natural.get("Version")
    if version is None:
        return None
    return lambda row: str(row.get("Extra", {}).get("Version", "1")) == version


def _by_terminal_status(_key: Key) -> Match | None:
    # a case leaves us once: a row that says so is this write
    return lambda _row: True


_STATUSES: Mapping[str, frozenset[str]] = {
    "UpdateCaseStatus": SET_BY_UPDATE,
    "SubmitAnswer": frozenset({"ANSWERED"}),
    "TransferCase": SET_BY_TRANSFER,
}
_MATCH: Mapping[str, Callable[[Key], Match | None]] = {
    "UpdateCaseStatus": _by_status,
    "SubmitAnswer": _by_version,
    "TransferCase": _by_terminal_status,
}


def _second(value: object) -> datetime | None:
    """An instant to the second: finer than that a portal need not keep it."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.replace(microsecond=0)
