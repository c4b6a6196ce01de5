"""A rule pack: one legal text's terms, fields and groups as data. Pure values; read by :mod:`connector.rules.reading`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from connector.case import Channel
from connector.rules.calendar import Calendar
from connector.rules.due import Due
from connector.rules.duty import Duty


class Unit(StrEnum):
    """What a term counts."""

    WORKING = "working"
    CALENDAR = "calendar"


class Anchor(StrEnum):
    """From which act a term is counted: the newest such act when the duty begins."""

    RECEIPT = "receipt"  # received in the register
    CUSTODY = "custody"  # received, passed on within the province (Q4), or supplemented (Q2)
    ROLE = "role"  # passed to the province role
    REQUEST = "request"  # asked to supplement
    HAND_OVER = "hand_over"  # given to the unit (Q1)
    COORDINATION = "coordination"  # the coordinator was asked
    RESULT = "result"  # the unit's result is back
    ANSWER = "answer"  # answered, and waits for the portal to publish
    LAST_TRANSFER = "last_transfer"  # last transfer from outside the province, else submission, else receipt


class Status(StrEnum):
    """What a pack may do."""

    BINDING = "binding"
    WATCHING = "watching"  # its clocks run beside, marked "not governing"
    EMPTY = "empty"  # a place for a text that nobody has filled in yet


@dataclass(frozen=True, kw_only=True)
class Term:
    """One ``[[clock]]``: how long one duty may take.

    ``legal`` is False for a target that no legal text sets; ``basis`` is the article, for people.
    """

    duty: Duty
    days: int
    unit: Unit
    starts: Anchor
    basis: str
    legal: bool = True

    def due(self, calendar: Calendar, start: date) -> Due:
        """The last day, if the term is counted from that civil day.

        Raises:
            NoCalendar: the count reaches a year that the calendar does not cover.
        """
        counting = calendar.due if self.unit is Unit.WORKING else calendar.due_in_days
        return counting(start, self.days)


@dataclass(frozen=True, kw_only=True)
class FieldRule:
    """A field that the pack takes (Đ5.1), or that was added by direction of the Chairman (Đ5.2), by day of receipt."""

    code: str
    name: str
    valid_from: date
    valid_to: date | None
    basis: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """One of the groups of Đ11."""

    number: int
    name: str
    basis: str


@dataclass(frozen=True, kw_only=True)
class RulePack:
    """One version of one pack. A change is a new version in a new file; cases stay on the one they were pinned to."""

    id: str
    version: int
    title_vi: str
    title_en: str
    decision: str
    status: Status
    certainty: str
    valid_from: date | None = None
    valid_to: date | None = None
    note: str | None = None
    terms: tuple[Term, ...] = ()
    fields: tuple[FieldRule, ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def ref(self) -> str:
        """``TH-2020/1``: how cases name it."""
        return f"{self.id}/{self.version}"

    def in_force(self, on: date) -> bool:
        """Whether the pack holds on that day and is filled in."""
        if self.status is Status.EMPTY:
            return False
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )

    def term(self, duty: Duty) -> Term | None:
        """The pack's term for a duty, if it sets one."""
        return next((term for term in self.terms if term.duty is duty), None)

    def takes_field(self, code: str, received_on: date) -> bool:
        """Whether a case of that field, received on that day, is in scope (R02, R03)."""
        return any(
            one.code == code
            and one.valid_from <= received_on
            and (one.valid_to is None or received_on <= one.valid_to)
            for one in self.fields
        )


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Which packs a channel's cases are pinned to. ``governing`` in order of preference; empty: none is adopted (R01)."""

    governing: tuple[str, ...]
    watching: tuple[str, ...]
    basis: str


@dataclass(frozen=True, kw_only=True)
class InnerStep:
    """An agency's own, shorter term in working days, inside the legal one (R32)."""

    agency: str
    duty: Duty
    days: int
    basis: str


@dataclass(frozen=True, kw_only=True)
class Pin:
    """What a case is pinned to when it is received: refs of packs."""

    governs: str | None
    watching: tuple[str, ...] = ()


Assignments = Mapping[Channel, Assignment]
