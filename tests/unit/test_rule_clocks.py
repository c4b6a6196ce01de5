"""Clocks of R01, R16-R24, R32 and of the transitions T1-T16, on the shipped rule files."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from connector.case import Act, ActKind, Channel
from connector.clock import LOCAL_ZONE
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks, strictest
from connector.rules.due import Due
from connector.rules.duty import Clock, Duty
from connector.rules.stamp import TermTooLong, recompute, stamps

ROOT = Path(__file__).parents[2] / "mappings"
BOOK = RuleBook.load(ROOT)
A, B, C, ROLE = "000.00.77.H56", "000.00.78.H56", "000.00.11.H56", "000.00.01.H56"
K = ActKind


def at(text: str) -> datetime:
    """``2026-11-20`` at nine, or ``2026-11-20 23:59:59.5``."""
    return datetime.fromisoformat(text if " " in text else f"{text} 09:00").replace(tzinfo=LOCAL_ZONE)


class Story:
    """The acts of a case, each stamped when it is written, as the register does it."""

    def __init__(self, channel: Channel = Channel.WEB, book: RuleBook = BOOK) -> None:
        self.channel = channel
        self.book = book
        self.acts: list[Act] = []

    def add(
        self, kind: ActKind, when: str, system: str = "register", agency: str | None = A, **details: str
    ) -> Act:
        act = Act(id=f"{system}:{len(self.acts) + 1}", kind=kind, at=at(when), agency=agency, details=details)
        stamped = stamps(self.book, self.acts, act, channel=self.channel)
        self.acts.append(replace(act, details={**details, **stamped}))
        return self.acts[-1]

    def received(self, when: str) -> "Story":
        self.add(K.RECEIVED, when, agency=A)
        return self

    def clocks(self, duty: Duty, pack: str | None = "TH-2020/1") -> list[Clock]:
        return [one for one in clocks(self.acts, self.book) if one.duty is duty and one.pack == pack]

    def clock(self, duty: Duty, pack: str | None = "TH-2020/1") -> Clock:
        (one,) = self.clocks(duty, pack)
        return one


def test_R01_a_case_of_the_national_portal_has_no_local_deadline() -> None:
    story = Story(Channel.NATIONAL_PORTAL).received("2026-11-09")
    act = story.acts[0]
    assert "rule_pack" not in act.details
    assert act.details["rule_watch"] == "CS766/1 ND20/1"
    clock = story.clock(Duty.CLASSIFY, None)
    assert (clock.governs, clock.due, clock.open) == (True, None, True)
    assert not clock.late(at("2027-12-01"))
    assert story.clock(Duty.CLASSIFY, "CS766/1").due == Due(on=date(2026, 11, 11))
    assert not story.clock(Duty.CLASSIFY, "CS766/1").governs


def test_R17_received_on_friday_20_november_is_due_on_wednesday() -> None:
    story = Story().received("2026-11-20")
    assert story.acts[0].details["due.classify"] == "2026-11-25/2026-11-26"
    clock = story.clock(Duty.CLASSIFY)
    assert clock.due == Due(on=date(2026, 11, 25), otherwise=date(2026, 11, 26))
    assert clock.calendar == "2026-11-23.1"
    assert clock.basis == "Quy chế Điều 12 khoản 1-4"
    story.add(K.REFUSED, "2026-11-25 23:59:59.999999")
    assert story.clock(Duty.CLASSIFY).fulfilled
    assert not story.clock(Duty.CLASSIFY).late(at("2026-12-30"))


def test_R21_handling_counts_from_the_hand_over() -> None:
    story = Story().received("2026-11-02")
    story.add(K.ACCEPTED, "2026-11-04")
    story.add(K.ASSIGNED, "2026-11-04", unit="phong-mau")
    clock = story.clock(Duty.HANDLE)
    assert clock.due == Due(on=date(2026, 11, 18))
    assert clock.strict == Due(on=date(2026, 11, 16))
    assert clock.internal is None
    assert story.acts[-1].details["due_at"] == "2026-11-18T23:59:59.999999+07:00"
