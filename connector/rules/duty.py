"""Whose time runs, and since when: one clock for each duty of a case. Pure.

A clock is opened by one act and closed by another; both stay in the case. Its due day was computed once, when it was
opened, and lies in the details of the opening act together with the pack and the calendar it was computed by
(:mod:`connector.rules.stamp`). Whether it is overdue is derived on reading and never stored (rules R22, invariant 2).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.rules.due import Due


class Duty(StrEnum):
    """What has to be done in time."""

    CLASSIFY = "classify"  # refuse, ask, transfer or hand over: Đ12.1-12.4
    ASSIGN = "assign"  # the province role names a custodian (T8): a target, no legal term
    SUPPLEMENT = "supplement"  # the sender's time: Đ12.2
    HANDLE = "handle"  # the unit returns its result: Đ12.4
    COORDINATE = "coordinate"  # one for each coordinator: Đ12.4
    PUBLISH = "publish"  # Đ13.1
    ASK_SUPPLEMENT = "ask_supplement"  # the agency's time to ask, where a pack limits it by itself
    ANSWER = "answer"  # the whole way to the answer, where a pack limits that


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One running or stopped clock.

    Attributes:
        pack: ``TH-2020/1``: id and version of the rule pack; None where no pack was adopted for the case (R01).
        governs: the pack that binds the case; other packs only watch and are marked so.
        legal: False for a target that no legal text sets.
        agency: whose duty; None for the sender's.
        opened_by: id of the act that opened it.
        due: None: the deadline's basis is missing, and none is invented.
        internal: the agency's own, earlier day inside the legal term (R32).
        strict: the same term counted from receipt, shown beside it (Q1).
        calendar: version of the calendar it was computed by.
        basis: article of the pack, as text for people.
        closed_by, closed_at: the act that fulfilled it, or made it void.
        fulfilled: False if it was closed without being met (recalled, taken off the system, transferred away).
        informed_at: when the sender was told of the lateness (R22): still late.
    """

    duty: Duty
    pack: str | None
    governs: bool
    legal: bool
    agency: str | None
    opened_by: str
    starts_at: datetime
    due: Due | None
    internal: Due | None = None
    strict: Due | None = None
    calendar: str | None = None
    basis: str | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    fulfilled: bool = False
    informed_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether the duty is still to be done."""
        return self.closed_at is None

    def late(self, now: datetime) -> bool:
        """Overdue now, or fulfilled after its day; False without a due day."""
        if self.due is None or (self.closed_at is not None and not self.fulfilled):
            return False
        return (self.closed_at or now) > self.due.ends_at
