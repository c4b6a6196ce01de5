"""A case told act by act, each stamped when it is written, as the register does it."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from connector.case import Act, ActKind, Channel
from connector.clock import LOCAL_ZONE
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks
from connector.rules.duty import Clock, Duty
from connector.rules.stamp import stamps

MAPPINGS = Path(__file__).parents[2] / "mappings"
BOOK = RuleBook.load(MAPPINGS)
TH = "TH-2020/1"


def at(text: str) -> datetime:
    """``2026-11-20`` at nine, or ``2026-11-20 23:59:59.5``."""
    return datetime.fromisoformat(text if " " in text else f"{text} 09:00").replace(tzinfo=LOCAL_ZONE)


class Story:
    """The acts so far and what their clocks say."""

    def __init__(self, channel: Channel = Channel.WEB, book: RuleBook = BOOK) -> None:
        self.channel = channel
        self.book = book
        self.acts: list[Act] = []

    def add(
        self,
        kind: ActKind,
        when: str,
        *,
        agency: str | None = "000.00.77.H56",
        system: str = "register",
        stamped: bool = True,
        **details: str,
    ) -> Act:
        """One more act."""
        act = Act(id=f"{system}:{len(self.acts) + 1}", kind=kind, at=at(when), agency=agency, details=details)
        if stamped:
            added = stamps(self.book, self.acts, act, channel=self.channel)
            act = replace(act, details={**details, **added})
        self.acts.append(act)
        return act

    def received(self, when: str) -> "Story":
        """T1."""
        self.add(ActKind.RECEIVED, when)
        return self

    def handed_over(self, when: str) -> "Story":
        """T9."""
        self.add(ActKind.ACCEPTED, when)
        self.add(ActKind.ASSIGNED, when, unit="phong-mau")
        return self

    def clocks(self, duty: Duty, pack: str | None = TH) -> list[Clock]:
        """All clocks of one duty by one pack."""
        return [one for one in clocks(self.acts, self.book) if one.duty is duty and one.pack == pack]

    def clock(self, duty: Duty, pack: str | None = TH) -> Clock:
        """The newest of them."""
        return self.clocks(duty, pack)[-1]


def portal_case() -> Story:
    """Submitted on Monday 02/11/2026, forwarded on Tuesday, received on Thursday."""
    story = Story(Channel.NATIONAL_PORTAL)
    story.add(ActKind.SUBMITTED, "2026-11-02", system="national_portal", agency=None)
    story.add(ActKind.FORWARDED, "2026-11-03", system="national_portal", to_agency="000.00.77.H56")
    return story.received("2026-11-05")
