"""Whom the law wants told of a breach, and until when. Hours run day and night; they are no working days. Pure.

Law 91/2025/QH15 with NĐ 356/2025, Law 116/2025 with NĐ 331/2026: known from secondary publications (rules §5.1, §5.2), to
be compared with the texts by a lawyer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.clock import LOCAL_ZONE

KEPT_YEARS = 5
"""So long the file of a breach is kept."""


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One notice.

    Attributes:
        name: ``first_notice``, ``authority``, ``report`` or ``persons``; its text is ``incident.duty_<name>``.
        hours: counted from when the breach was noticed.
        due: the last instant.
        basis: ``personal_data`` or ``cyber``; law and decree are its text ``incident.basis_<basis>``.
        applies: None: nobody here can tell; a person has to find out.
    """

    name: str
    hours: int
    due: datetime
    basis: str
    applies: bool | None


_PERSONAL_DATA, _CYBER = "personal_data", "cyber"


def duties(noticed: datetime, *, anything: bool, located: bool | None) -> tuple[Duty, ...]:
    """The notices, the nearest first.

    Args:
        anything: data of anybody was touched at all.
        located: position data was touched, so that the persons are told too; None: some cases could not be opened.
    """

    def within(name: str, hours: int, basis: str, applies: bool | None) -> Duty:
        due = noticed.astimezone(LOCAL_ZONE) + timedelta(hours=hours)
        return Duty(name=name, hours=hours, due=due, basis=basis, applies=applies)

    return (
        within("first_notice", 24, _CYBER, None),  # whether an incident is serious, a person decides
        within("authority", 72, _PERSONAL_DATA, anything),
        within("persons", 72, _PERSONAL_DATA, located),
        within("report", 72, _CYBER, None),
    )


def kept_until(noticed: datetime) -> datetime:
    """Until then the file of the breach is kept, at least."""
    day = noticed.astimezone(LOCAL_ZONE)
    try:
        return day.replace(year=day.year + KEPT_YEARS)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + KEPT_YEARS, month=3, day=1)
