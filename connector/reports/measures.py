"""The keys of a report's numbers, and which numbers are sums of others. Pure; explained in :mod:`connector.reports.explained`.

Keys are stable: people quote them, and ``phanhoi report ids`` finds the cases behind a number by its key.
"""

from collections.abc import Mapping
from enum import StrEnum

from connector.rules.duty import Duty


class Measure(StrEnum):
    """What is counted of a case's way; one count for each stay at an agency (an agency's custody, R05)."""

    CARRIED_OVER = "carried_over"
    RECEIVED = "received"
    TRANSFERRED_IN = "transferred_in"
    GROUP_1 = "group_1"
    GROUP_2 = "group_2"
    GROUP_3 = "group_3"
    GROUP_4 = "group_4"
    ANSWERED = "answered"
    ANSWERED_IN_TIME = "answered_in_time"
    ANSWERED_LATE = "answered_late"
    ANSWERED_LATE_INFORMED = "answered_late_informed"
    ANSWERED_NO_BASIS = "answered_no_basis"
    ANSWERED_PRIVATE = "answered_private"
    REFUSED = "refused"
    LAPSED = "lapsed"
    TRANSFERRED_OUT = "transferred_out"
    RECALLED = "recalled"
    CLOSED = "closed"
    PASSED_ON = "passed_on"
    OUTSTANDING = "outstanding"
    OUTSTANDING_IN_TIME = "outstanding_in_time"
    OUTSTANDING_OVERDUE = "outstanding_overdue"
    OUTSTANDING_OVERDUE_INFORMED = "outstanding_overdue_informed"
    OUTSTANDING_NO_BASIS = "outstanding_no_basis"
    OFF_SYSTEM = "off_system"
    ERASED = "erased"


class Outcome(StrEnum):
    """How a duty was met."""

    IN_TIME = "in_time"
    LATE = "late"
    OVERDUE = "overdue"
    NO_BASIS = "no_basis"


ENDINGS = (
    Measure.ANSWERED,
    Measure.REFUSED,
    Measure.LAPSED,
    Measure.TRANSFERRED_OUT,
    Measure.RECALLED,
)
"""The ways in which a case ends; ``passed_on`` ends only a stay."""

SUMS: Mapping[str, tuple[str, ...]] = {
    Measure.ANSWERED: (Measure.ANSWERED_IN_TIME, Measure.ANSWERED_LATE, Measure.ANSWERED_NO_BASIS),
    Measure.OUTSTANDING: (
        Measure.OUTSTANDING_IN_TIME,
        Measure.OUTSTANDING_OVERDUE,
        Measure.OUTSTANDING_NO_BASIS,
    ),
    Measure.CLOSED: ENDINGS,
}
"""Numbers that are sums of others; they are never counted by themselves, so they cannot disagree."""

DUTIES = (Duty.CLASSIFY, Duty.HANDLE, Duty.COORDINATE, Duty.PUBLISH, Duty.ASK_SUPPLEMENT, Duty.ANSWER)
"""Duties of agencies with a legal term, in the order of the work."""


def duty_key(duty: Duty, outcome: Outcome) -> str:
    """The key of a duty's number, like ``handle_late``."""
    return f"{duty}_{outcome}"


APART = (Measure.OFF_SYSTEM, Measure.ERASED)
"""Numbers outside the balance: of these cases only the number and the day are left."""
