"""What there is an alert for. A condition, once released, keeps its name: runbooks and receivers know it. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Condition(StrEnum):
    """Each has a text (``alert.<name>``), a next step and a runbook in docs/alerts.md."""

    NO_PULL = "no_pull"  # a system was not read for a day (Quy chế Đ10, R15)
    DEADLINE_AT_RISK = "deadline_at_risk"  # cases will be overdue within a day if a system stays away
    LOG_BROKEN = "log_broken"  # the log was found altered, or sealing was refused
    GUARD_STOP = "guard_stop"  # a guard stopped a flow
    IN_DOUBT = "in_doubt"  # writes whose outcome nobody knows wait
    RETRIES_USED_UP = "retries_used_up"  # writes were tried for as long as the settings allow
    BREAKER_OPEN = "breaker_open"  # a system does not respond, nothing is sent
    FAILURE_RATE = "failure_rate"  # too many calls to a system end badly
    CONTRACT_DRIFT = "contract_drift"  # a system's contract changed
    FINDINGS = "findings"  # reconciliation found grave differences that nobody has acknowledged
    QUARANTINE_GROWING = "quarantine_growing"  # much was put aside lately
    SEALING_OVERDUE = (
        "sealing_overdue"  # entries wait too long for their signature, or an outlet does not take it
    )
    CERTIFICATE_EXPIRY = "certificate_expiry"
    PASSWORD_EXPIRY = "password_expiry"  # noqa: S105  # a name
    TOKEN_EXPIRY = "token_expiry"  # noqa: S105  # a name
    UNTOLD = "untold"  # a channel does not take our messages


class Grade(StrEnum):
    """How soon somebody has to look: ``grave`` at once, ``warning`` within the day."""

    GRAVE = "grave"
    WARNING = "warning"


GRAVE = frozenset(
    {
        Condition.NO_PULL,
        Condition.DEADLINE_AT_RISK,
        Condition.LOG_BROKEN,
        Condition.GUARD_STOP,
        Condition.IN_DOUBT,
        Condition.BREAKER_OPEN,
    }
)
EXPIRING = frozenset({Condition.CERTIFICATE_EXPIRY, Condition.PASSWORD_EXPIRY, Condition.TOKEN_EXPIRY})
"""Their count is the number of days that are left: it gets worse as it falls."""

MILESTONES = (30, 14, 7, 3, 1, 0)
"""Days left at which an expiry is told anew."""

MOST_NAMED = 20
"""Cases and codes that one fact names."""


def grade(condition: Condition) -> Grade:
    """How grave a condition is."""
    return Grade.GRAVE if condition in GRAVE else Grade.WARNING


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A condition that holds now, for one subject: all that a message may say of it. Never personal data.

    Attributes:
        subject: a system, an outlet, a channel; None: the program as a whole.
        count: how many; days left for what expires.
        of: out of how many, where that says something.
        codes: codes and names of ours (PH codes, guards, outlets), none twice.
        cases: our numbers of the cases concerned, the most pressing first.
        since: since when it is so.
        until: when it happens, or what the count runs to.
    """

    condition: Condition
    subject: str | None = None
    count: int
    of: int | None = None
    codes: tuple[str, ...] = field(default=())
    cases: tuple[int, ...] = field(default=())
    since: datetime | None = None
    until: datetime | None = None

    @property
    def key(self) -> tuple[Condition, str | None]:
        """One alert stands for all facts of the same key."""
        return self.condition, self.subject

    @property
    def weight(self) -> int:
        """How bad, coarsely: one more for each doubling of the count, or for each milestone that was passed."""
        if self.condition in EXPIRING:
            return sum(self.count <= days for days in MILESTONES)
        return max(self.count, 0).bit_length()
