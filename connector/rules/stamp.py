"""What an act that opens clocks must carry: computed once, when the act is written (invariant 2). Pure.

====================================  ================================================================================
detail                                meaning
====================================  ================================================================================
``rule_pack``                         on ``received``: the governing pack; absent if none is adopted (R01)
``rule_watch``                        on ``received``: packs that only watch, parted by spaces
``calendar``                          version of the calendar that the due days were computed by
``due.<duty>``                        last day by the governing pack, with the other reading if there is one
``due.<duty>.strict``                 the same term counted from receipt (Q1), for ``handle``
``due.<duty>.inner``                  the agency's own, earlier day (R32), where no ``due_at`` says it
``due.<duty>@<pack id>``              last day by a watching pack
``due.coordinate.<agency>``           on ``pack_adopted``: of each coordinator whose answer is awaited
``due_at``                            instant at which the time ends that the step opens: the legal end, or what the act
                                      itself says inside it; on ``pack_adopted`` of the sender's or the unit's time
``calendar_lacks``                    a year that no calendar covers yet: the due day is missing until one does, then
                                      :func:`recompute` finds it. The act is written all the same: no case is lost for a
                                      file
====================================  ================================================================================
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from connector.case import Act, ActKind, Channel
from connector.clock import LOCAL_ZONE
from connector.errors import NoCalendar
from connector.rules.book import RuleBook
from connector.rules.calendar import version_key
from connector.rules.clocks import clocks, due_key, has_instant, refs, standing, term_of
from connector.rules.course import Begun, Course, advance, begins, follow, is_own
from connector.rules.due import Due
from connector.rules.duty import Clock, Duty
from connector.rules.pack import Anchor, Term


class TermTooLong(ValueError):
    """The act's own time is longer than the legal term (R32), or the sender's is shorter. ``legal`` is the legal day."""

    def __init__(self, legal: Due) -> None:
        super().__init__(f"legal term ends {legal}")
        self.legal = legal


def stamps(book: RuleBook, known: Sequence[Act], act: Act, *, channel: Channel) -> dict[str, str]:
    """Details to add to ``act``; ``known`` are the case's acts before it, in order.

    Raises:
        TermTooLong: the act's own ``due_at`` lies after the legal day, or for the sender's time before it.
    """
    details = _pinned(book, act, channel)
    pinned = replace(act, details={**act.details, **details})
    before = follow(known)
    after = advance(before, pinned)
    if act.kind is ActKind.PACK_ADOPTED and is_own(act):
        running = clocks(known, book)
        own = {(one.duty, one.agency): one.internal for one in running if one.open and one.governs}
        for begun in standing(running, after):
            kept = own.get((begun.duty, begun.agency))
            details |= _stamped(book, begun, pinned, after, after.pin.governs, governs=True, kept=kept)
        return details
    for begun in begins(before, pinned):
        for ref, governs in refs(after.pin):
            details |= _stamped(book, begun, pinned, after, ref, governs=governs)
    return details


def _pinned(book: RuleBook, act: Act, channel: Channel) -> dict[str, str]:
    if act.kind is not ActKind.RECEIVED or not is_own(act):
        return {}
    pin = book.pin(channel, local_day(act.at))
    found = {"rule_pack": pin.governs, "rule_watch": " ".join(pin.watching)}
    return {key: text for key, text in found.items() if text}


def _stamped(
    book: RuleBook,
    begun: Begun,
    act: Act,
    after: Course,
    ref: str | None,
    *,
    governs: bool,
    kept: Due | None = None,
) -> dict[str, str]:
    """The details of one duty by one pack; ``kept`` is the agency's own day from before the pack was adopted."""
    pack = book.packs.get(ref) if ref else None
    term = term_of(pack, begun) if pack else None
    if ref is None or term is None:
        return {}
    details = {"calendar": book.calendar.version}
    key = due_key(begun, ref, governs=governs, act=act)
    try:
        due = term.due(book.calendar, local_day(after.starts(term.starts, begun.agency, act.at)))
        details[key] = str(due)
        if governs:
            strict = _strict_day(book, begun.duty, term, after)
            details |= {f"{key}.strict": str(strict)} if strict else {}
            details |= _own_time(book, begun, act, due, key, kept)
    except NoCalendar as error:
        details["calendar_lacks"] = str(error.detail["year"])
    return details


def _strict_day(book: RuleBook, duty: Duty, term: Term, course: Course) -> Due | None:
    """The unit's time as if it had begun with the receipt (Q1)."""
    received = course.anchors.get((Anchor.RECEIPT, ""))
    if duty is not Duty.HANDLE or term.starts is Anchor.RECEIPT or received is None:
        return None
    return term.due(book.calendar, local_day(received))


def _own_time(book: RuleBook, begun: Begun, act: Act, due: Due, key: str, kept: Due | None) -> dict[str, str]:
    """The end of the time that the step opens, and the agency's own day inside the legal one."""
    if begun.duty is Duty.SUPPLEMENT:
        return _senders_time(act, due, kept)
    step = book.inner.get((begun.agency or "", begun.duty))
    inner = book.calendar.due(local_day(act.at), step.days) if step else None
    earlier = min((one for one in (inner, kept) if one and one.on < due.on), key=_day, default=None)
    if not has_instant(begun, act):
        return {f"{key}.inner": str(earlier)} if earlier else {}
    given = act.details.get("due_at")
    if given is None:
        return {"due_at": (earlier or due).ends_at.isoformat()}
    if datetime.fromisoformat(given) > due.ends_at:
        raise TermTooLong(due)
    return {}


def _senders_time(act: Act, due: Due, kept: Due | None) -> dict[str, str]:
    """The sender's time ends by the later reading; it may be longer and never shorter."""
    given = act.details.get("due_at")
    if given is None:
        return {"due_at": max(one.latest_ends_at for one in (due, kept) if one).isoformat()}
    if datetime.fromisoformat(given) < due.latest_ends_at:
        raise TermTooLong(due)
    return {}


def _day(due: Due) -> date:
    return due.on


def local_day(instant: datetime) -> date:
    """The civil day of an instant: what terms are counted from."""
    return instant.astimezone(LOCAL_ZONE).date()


# ---- another calendar ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Recomputed:
    """A due day that the newest calendar puts elsewhere, or at last can name.

    ``strict`` is the other count of the same term (Q1) where there is one; ``due_at`` is what an ``due_recomputed`` act
    says of the end of the time in place of the opening act's, None where that stays.
    """

    duty: Duty
    opened_by: str
    agency: str | None
    pack: str
    old: Due | None
    new: Due
    calendar: str
    strict: Due | None = None
    due_at: datetime | None = None

    def details(self) -> Mapping[str, str]:
        """The details of the act ``due_recomputed`` that records it."""
        found = {
            "duty": self.duty.value,
            "opened_by": self.opened_by,
            "agency": self.agency,
            "pack": self.pack,
            "old": str(self.old) if self.old else None,
            "new": str(self.new),
            "strict": str(self.strict) if self.strict else None,
            "calendar": self.calendar,
            "due_at": self.due_at.isoformat() if self.due_at else None,
        }
        return {key: text for key, text in found.items() if text is not None}


def recompute(book: RuleBook, acts: Sequence[Act]) -> tuple[Recomputed, ...]:
    """The open clocks whose due day differs under the newest calendar; closed ones are history."""
    course = follow(acts)
    return tuple(_differing(book, course, [clock for clock in clocks(acts, book) if clock.open]))


def _differing(book: RuleBook, course: Course, running: Sequence[Clock]) -> Iterator[Recomputed]:
    for clock in running:
        pack = book.packs.get(clock.pack) if clock.pack else None
        term = pack.term(clock.duty) if pack else None
        if clock.pack is None or term is None or _newer(clock.calendar, book):
            continue
        try:
            new = term.due(book.calendar, local_day(clock.starts_at))
            strict = _strict_day(book, clock.duty, term, course) if clock.governs else None
        except NoCalendar:
            continue
        if new != clock.due or (clock.strict and strict != clock.strict):
            yield Recomputed(
                duty=clock.duty,
                opened_by=clock.opened_by,
                agency=clock.agency,
                pack=clock.pack,
                old=clock.due,
                new=new,
                calendar=book.calendar.version,
                strict=strict,
                due_at=_new_end(clock, new),
            )


def _newer(calendar: str | None, book: RuleBook) -> bool:
    """Whether the clock knows a calendar that this book has not: two machines must not undo each other's days."""
    return calendar is not None and version_key(calendar) > version_key(book.calendar.version)


def _new_end(clock: Clock, new: Due) -> datetime | None:
    """What the time ends at now. What the sender was told is never taken back."""
    if not clock.governs or clock.duty not in {Duty.SUPPLEMENT, Duty.HANDLE, Duty.COORDINATE}:
        return None
    if clock.duty is Duty.SUPPLEMENT:
        told = [due.latest_ends_at for due in (clock.due, clock.internal) if due]
        return max(new.latest_ends_at, *told) if told else new.latest_ends_at
    if clock.internal and clock.internal.on <= new.on:
        return None
    return new.ends_at
