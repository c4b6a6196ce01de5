"""The course of a case: which acts begin a duty, which end it, and from which act a term is counted. Pure.

================================  ==========================================  =============================================
act                               begins                                      ends
================================  ==========================================  =============================================
received (T1)                     classify, ask_supplement, answer            –
refused (T2)                      –                                           classify done, all else void
supplement_requested (T3)         supplement                                  classify, ask_supplement done
supplemented (T4), own or not     classify anew (Q2)                          supplement done
lapsed (T5)                       –                                           all void: the sender did not do it
reassigned (T6, T8)               classify of the receiver (Q4)               classify, assign done
reassigned to the role (T7)       assign                                      classify done
assigned (T9)                     handle                                      classify done, ask_supplement void
coordination_requested (T10)      coordinate of that agency                   –
coordination_answered (T10)       –                                           coordinate of that agency done
late_notice (T11)                 –                                           nothing: told, and still late (R22)
result (T12)                      publish                                     handle done
answered (T13, T14)               publish by the portal, if publishable       publish, answer done, all else void
result_sent_back (T16)            handle again, with its old due day          publish void
published                         –                                           publish by the portal done
transferred, returned             –                                           classify, assign done, all else void
recall_agreed, withdrawn,         –                                           all void
restricted off the system (T15)
forwarded, or transferred to us   the terms that restart with each transfer   –
================================  ==========================================  =============================================

Own acts only, like the register's state machine; of other systems' acts those marked so and the last four kinds of news.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.case import REGISTER, Act, ActKind
from connector.rules.duty import Clock, Duty
from connector.rules.pack import Anchor, Pin, Term

WORKFLOW = frozenset(
    {Duty.CLASSIFY, Duty.ASSIGN, Duty.SUPPLEMENT, Duty.HANDLE, Duty.COORDINATE, Duty.PUBLISH}
)
"""Duties that the workflow itself brings; the others exist only where a pack limits them."""

_FOREIGN = frozenset(
    {
        ActKind.SUBMITTED,
        ActKind.FORWARDED,
        ActKind.TRANSFERRED,
        ActKind.SUPPLEMENTED,
        ActKind.PUBLISHED,
        ActKind.WITHDRAWN,
        ActKind.MADE_PRIVATE,
    }
)
_DONE: Mapping[ActKind, frozenset[Duty]] = {
    ActKind.REFUSED: frozenset({Duty.CLASSIFY}),
    ActKind.SUPPLEMENT_REQUESTED: frozenset({Duty.CLASSIFY, Duty.ASK_SUPPLEMENT}),
    ActKind.SUPPLEMENTED: frozenset({Duty.SUPPLEMENT}),
    ActKind.REASSIGNED: frozenset({Duty.CLASSIFY, Duty.ASSIGN}),
    ActKind.TRANSFERRED: frozenset({Duty.CLASSIFY, Duty.ASSIGN}),
    ActKind.RETURNED: frozenset({Duty.CLASSIFY, Duty.ASSIGN}),
    ActKind.ASSIGNED: frozenset({Duty.CLASSIFY}),
    ActKind.COORDINATION_ANSWERED: frozenset({Duty.COORDINATE}),
    ActKind.RESULT: frozenset({Duty.HANDLE}),
    ActKind.ANSWERED: frozenset({Duty.PUBLISH, Duty.ANSWER}),
    ActKind.PUBLISHED: frozenset({Duty.PUBLISH}),
}
_VOID: Mapping[ActKind, frozenset[Duty]] = {
    ActKind.ASSIGNED: frozenset({Duty.ASK_SUPPLEMENT}),
    ActKind.RESULT_SENT_BACK: frozenset({Duty.PUBLISH}),
}
_ENDS = frozenset(
    {
        ActKind.REFUSED,
        ActKind.LAPSED,
        ActKind.TRANSFERRED,
        ActKind.RETURNED,
        ActKind.ANSWERED,
        ActKind.RECALL_AGREED,
        ActKind.WITHDRAWN,
    }
)
_UNPINNED = Pin(governs=None)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A duty that begins with an act. ``only``: for terms that are counted from that anchor and from no other."""

    duty: Duty
    agency: str | None
    only: Anchor | None = None

    def takes(self, term: Term) -> bool:
        """Whether a pack's term is about this beginning."""
        if self.only is not None:
            return term.starts is self.only
        return term.starts is not Anchor.ANSWER


@dataclass(frozen=True, kw_only=True)
class Course:
    """How far a case has come.

    Attributes:
        agency: the one custodian.
        pin: what the case is pinned to; nothing before receipt.
        waiting: the sender was asked to supplement.
        ended: nothing is to be done any more.
        anchors: the newest instant of each anchor; of coordination by agency, else under ``""``.
    """

    agency: str | None = None
    pin: Pin = _UNPINNED
    waiting: bool = False
    ended: bool = False
    anchors: Mapping[tuple[Anchor, str], datetime] = field(default_factory=dict)

    def starts(self, anchor: Anchor, agency: str | None, default: datetime) -> datetime:
        """From which instant a term is counted; from receipt where that anchor has not happened."""
        key = (anchor, agency or "") if anchor is Anchor.COORDINATION else (anchor, "")
        return self.anchors.get(key) or self.anchors.get((Anchor.RECEIPT, "")) or default


def heard(act: Act) -> bool:
    """Whether the act has a say: the register's own, and some news of other systems, but no supplement after its time."""
    return is_own(act) or (act.kind in _FOREIGN and "late" not in act.details)


def is_own(act: Act) -> bool:
    """Whether the act was born in the register."""
    return act.birthplace == REGISTER


def follow(acts: Iterable[Act]) -> Course:
    """The course after all these acts."""
    course = Course()
    for act in acts:
        course = advance(course, act)
    return course


def advance(course: Course, act: Act) -> Course:
    """The course after one more act."""
    if not heard(act):
        return course
    return replace(
        course,
        agency=_custodian(course, act),
        pin=_pin(course.pin, act),
        waiting=_waiting(course, act),
        ended=course.ended or ends(act),
        anchors={**course.anchors, **dict.fromkeys(_anchors(course, act), act.at)},
    )


def begins(course: Course, act: Act) -> tuple[Begun, ...]:
    """The duties that the act begins; ``course`` is the one before it."""
    if not heard(act):
        return ()
    match act.kind:
        case ActKind.RECEIVED if is_own(act):
            receiver = _custodian(course, act)
            return tuple(
                Begun(duty=duty, agency=receiver)
                for duty in (Duty.CLASSIFY, Duty.ASK_SUPPLEMENT, Duty.ANSWER)
            )
        case ActKind.FORWARDED | ActKind.TRANSFERRED if (
            not is_own(act) and course.agency and not course.ended
        ):
            return tuple(
                Begun(duty=duty, agency=course.agency, only=Anchor.LAST_TRANSFER)
                for duty in (Duty.CLASSIFY, Duty.ASK_SUPPLEMENT, Duty.ANSWER)
            )
        case ActKind.SUPPLEMENTED if course.waiting:
            return (Begun(duty=Duty.CLASSIFY, agency=course.agency),)
    return _own_beginnings(course, act) if is_own(act) else ()


def _own_beginnings(course: Course, act: Act) -> tuple[Begun, ...]:
    match act.kind:
        case ActKind.REASSIGNED:
            duty = Duty.ASSIGN if "to_role" in act.details else Duty.CLASSIFY
            return (Begun(duty=duty, agency=act.details.get("to_agency")),)
        case ActKind.SUPPLEMENT_REQUESTED:
            return (Begun(duty=Duty.SUPPLEMENT, agency=None),)
        case ActKind.ASSIGNED:
            return (Begun(duty=Duty.HANDLE, agency=course.agency),)
        case ActKind.COORDINATION_REQUESTED:
            return (Begun(duty=Duty.COORDINATE, agency=act.details.get("to_agency")),)
        case ActKind.RESULT:
            return (Begun(duty=Duty.PUBLISH, agency=course.agency),)
        case ActKind.ANSWERED if act.details.get("publishable") == "1":
            return (Begun(duty=Duty.PUBLISH, agency=course.agency, only=Anchor.ANSWER),)
    return ()


def ends(act: Act) -> bool:
    """Whether nothing is left to be done after the act."""
    if act.kind is ActKind.RESTRICTED:
        return is_own(act) and act.details.get("decision") == "off_system"
    return act.kind in _ENDS and (is_own(act) or act.kind is ActKind.WITHDRAWN)


def fulfils(act: Act, clock: Clock, opener: ActKind) -> bool:
    """Whether the act does the clock's duty; ``opener`` is the kind of the act that opened the clock."""
    if clock.duty not in _DONE.get(act.kind, frozenset()):
        return False
    if clock.duty is Duty.COORDINATE:
        return is_own(act) and act.agency == clock.agency
    if clock.duty is Duty.PUBLISH:
        by_portal = opener is ActKind.ANSWERED
        return act.kind is ActKind.PUBLISHED if by_portal else is_own(act) and act.kind is ActKind.ANSWERED
    return is_own(act) or act.kind is ActKind.SUPPLEMENTED


def voids(act: Act, clock: Clock, opener: ActKind) -> bool:
    """Whether the act ends the clock though its duty was not done."""
    if opener is ActKind.ANSWERED:
        # the portal's to publish: the next version of an answer changes nothing about that
        return act.kind in {ActKind.MADE_PRIVATE, ActKind.RESTRICTED} or (
            ends(act) and act.kind is not ActKind.ANSWERED
        )
    return ends(act) or (is_own(act) and clock.duty in _VOID.get(act.kind, frozenset()))


def _custodian(course: Course, act: Act) -> str | None:
    if is_own(act) and act.kind is ActKind.RECEIVED:
        return act.details.get("agency", act.agency)
    if is_own(act) and act.kind is ActKind.REASSIGNED:
        return act.details.get("to_agency", course.agency)
    return course.agency


def _pin(pin: Pin, act: Act) -> Pin:
    if not is_own(act) or act.kind not in {ActKind.RECEIVED, ActKind.PACK_ADOPTED}:
        return pin
    governs = act.details.get("rule_pack")
    watching = tuple(act.details.get("rule_watch", " ".join(pin.watching)).split())
    return Pin(governs=governs, watching=tuple(ref for ref in watching if ref != governs))


def _waiting(course: Course, act: Act) -> bool:
    if act.kind is ActKind.SUPPLEMENT_REQUESTED:
        return True
    return course.waiting and not (act.kind in {ActKind.SUPPLEMENTED, ActKind.LAPSED} or ends(act))


def _anchors(course: Course, act: Act) -> tuple[tuple[Anchor, str], ...]:
    """The anchors that the act is the newest of."""
    if act.kind is ActKind.SUPPLEMENTED:
        # no text says what a supplement does to the portals' clocks: it counts as a submission made anew
        return ((Anchor.CUSTODY, ""), (Anchor.LAST_TRANSFER, "")) if course.waiting else ()
    if not is_own(act):
        incoming = act.kind in {ActKind.SUBMITTED, ActKind.FORWARDED, ActKind.TRANSFERRED}
        return ((Anchor.LAST_TRANSFER, ""),) if incoming else ()
    match act.kind:
        case ActKind.RECEIVED:
            return ((Anchor.RECEIPT, ""), (Anchor.CUSTODY, ""))
        case ActKind.REASSIGNED:
            return ((Anchor.ROLE if "to_role" in act.details else Anchor.CUSTODY, ""),)
        case ActKind.COORDINATION_REQUESTED:
            return ((Anchor.COORDINATION, act.details.get("to_agency", "")),)
    anchor = _PLAIN.get(act.kind)
    return ((anchor, ""),) if anchor else ()


_PLAIN: Mapping[ActKind, Anchor] = {
    ActKind.SUPPLEMENT_REQUESTED: Anchor.REQUEST,
    ActKind.ASSIGNED: Anchor.HAND_OVER,
    ActKind.RESULT: Anchor.RESULT,
    ActKind.ANSWERED: Anchor.ANSWER,
}
