"""The clocks of a case, read from its acts. Pure: nothing is computed here, due days stand in the acts (invariant 2).

:mod:`connector.rules.course` says which act begins and ends which duty, :mod:`connector.rules.stamp` wrote the due days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.case import Act, ActKind
from connector.clock import LOCAL_ZONE
from connector.rules.book import RuleBook
from connector.rules.course import (
    WORKFLOW,
    Begun,
    Course,
    advance,
    begins,
    fulfils,
    heard,
    voids,
)
from connector.rules.due import Due, end_of
from connector.rules.duty import Clock, Duty
from connector.rules.pack import Anchor, Pin, RulePack, Term


@dataclass(frozen=True, kw_only=True)
class _Running:
    """A clock and the kind of the act that opened it."""

    clock: Clock
    opener: ActKind


_Board = tuple[_Running, ...]


def clocks(acts: Sequence[Act], book: RuleBook) -> tuple[Clock, ...]:
    """Every clock that ran in the case, in the order in which they were opened.

    A clock without a due day says that the basis of the deadline is missing (R01), or that no calendar reached it. The
    duties of the workflow always have a governing clock; what a pack of an unknown version says is shown as it was
    stamped, without its article.
    """
    course = Course()
    board: _Board = ()
    for act in acts:
        after = advance(course, act)
        if heard(act):
            board = _after(board, act, course, after, book)
        course = after
    return tuple(item.clock for item in board)


def strictest(running: Iterable[Clock]) -> Mapping[Duty, Clock]:
    """Of each duty the open clock that ends first; at a tie the one that governs."""
    found: dict[Duty, Clock] = {}
    for clock in running:
        if clock.open and clock.due is not None:
            known = found.get(clock.duty)
            if known is None or _order(clock) < _order(known):
                found[clock.duty] = clock
    return found


def _order(clock: Clock) -> tuple[datetime, bool]:
    assert clock.due is not None
    return clock.due.ends_at, not clock.governs


def standing(running: Iterable[Clock], course: Course) -> tuple[Begun, ...]:
    """The duties that a newly adopted pack takes over: what is open, and what only a pack can limit."""
    still = [clock for clock in running if clock.open and clock.governs]
    begun = [Begun(duty=clock.duty, agency=clock.agency) for clock in still if clock.duty in WORKFLOW]
    if course.agency and not course.ended:
        begun.append(Begun(duty=Duty.ANSWER, agency=course.agency))
        if any(clock.duty is Duty.CLASSIFY for clock in still):
            begun.append(Begun(duty=Duty.ASK_SUPPLEMENT, agency=course.agency))
    return tuple(begun)


def refs(pin: Pin) -> tuple[tuple[str | None, bool], ...]:
    """The packs of a pin, each with whether it governs; None where none was adopted."""
    return ((pin.governs, True), *((ref, False) for ref in pin.watching))


def due_key(begun: Begun, ref: str, *, governs: bool, act: Act) -> str:
    """Under which detail of the opening act the due day stands."""
    name = f"due.{begun.duty.value}"
    if not governs:
        return f"{name}@{ref.partition('/')[0]}"
    # one act of adoption may take over several coordinators; elsewhere an act opens the duty of one agency
    several = act.kind is ActKind.PACK_ADOPTED and begun.duty is Duty.COORDINATE
    return f"{name}.{begun.agency}" if several else name


def has_instant(begun: Begun, act: Act) -> bool:
    """Whether the ``due_at`` of the act is the end of that duty's time."""
    if begun.duty is Duty.COORDINATE:
        return act.kind is not ActKind.PACK_ADOPTED
    return begun.duty in {Duty.SUPPLEMENT, Duty.HANDLE}


def term_of(pack: RulePack, begun: Begun) -> Term | None:
    """What the pack says about that beginning, if anything."""
    term = pack.term(begun.duty)
    return term if term and begun.takes(term) else None


# ---- one act ------------------------------------------------------------------------------------------------


def _after(board: _Board, act: Act, course: Course, after: Course, book: RuleBook) -> _Board:
    if act.kind is ActKind.DUE_RECOMPUTED:
        return tuple(_recomputed(item, act) for item in board)
    if act.kind is ActKind.LATE_NOTICE:
        return tuple(_informed(item, act) for item in board)
    if act.kind is ActKind.PACK_ADOPTED:
        return _adopted(board, act, after, book)
    board = tuple(_closed(item, act) for item in board)
    if act.kind is ActKind.RESULT_SENT_BACK:
        board = _sent_back(board)
    for begun in begins(course, act):
        board = _begun(board, begun, act, after, book)
    return board


def _closed(item: _Running, act: Act) -> _Running:
    if not item.clock.open:
        return item
    done = fulfils(act, item.clock, item.opener)
    return _stopped(item, act, fulfilled=done) if done or voids(act, item.clock, item.opener) else item


def _stopped(item: _Running, act: Act, *, fulfilled: bool = False) -> _Running:
    return replace(item, clock=replace(item.clock, closed_by=act.id, closed_at=act.at, fulfilled=fulfilled))


def _informed(item: _Running, act: Act) -> _Running:
    clock = item.clock
    if clock.duty is not Duty.HANDLE or not clock.open or clock.informed_at:
        return item
    return replace(item, clock=replace(clock, informed_at=act.at))


def _sent_back(board: _Board) -> _Board:
    """T16: the unit's newest clocks run on as if the result had never come; the time does not restart."""
    last = next((item.clock.opened_by for item in reversed(board) if item.clock.duty is Duty.HANDLE), None)
    return tuple(
        replace(item, clock=replace(item.clock, closed_by=None, closed_at=None, fulfilled=False))
        if item.clock.duty is Duty.HANDLE and item.clock.opened_by == last
        else item
        for item in board
    )


def _adopted(board: _Board, act: Act, after: Course, book: RuleBook) -> _Board:
    """The old governing clocks end without effect; the pack's own run from the acts that began the duties."""
    taken_over = standing((item.clock for item in board), after)
    board = tuple(
        _stopped(item, act)
        if item.clock.open and (item.clock.governs or item.clock.pack == after.pin.governs)
        else item
        for item in board
    )
    for begun in taken_over:
        opened = _opened(begun, act, after, after.pin.governs, book, governs=True)
        board = (*board, *opened)
    return board


def _begun(board: _Board, begun: Begun, act: Act, after: Course, book: RuleBook) -> _Board:
    for ref, governs in refs(after.pin):
        opened = _opened(begun, act, after, ref, book, governs=governs)
        running = [
            item
            for item in board
            if item.clock.open
            and item.clock.pack == ref
            and item.clock.duty is begun.duty
            and (begun.duty is not Duty.COORDINATE or item.clock.agency == begun.agency)
        ]
        restarts = begun.only is Anchor.LAST_TRANSFER
        if restarts and opened and running:
            board = tuple(_stopped(item, act) if item in running else item for item in board)
            board = (*board, *opened)
        elif not restarts and not running:  # one open clock a duty: the first one stands
            board = (*board, *opened)
    return board


# ---- one clock ----------------------------------------------------------------------------------------------


def _opened(
    begun: Begun, act: Act, after: Course, ref: str | None, book: RuleBook, *, governs: bool
) -> _Board:
    """The clock of one pack, or none where the pack does not speak of the duty."""
    pack = book.packs.get(ref) if ref else None
    term = term_of(pack, begun) if pack else None
    key = due_key(begun, ref, governs=governs, act=act) if ref else f"due.{begun.duty.value}"
    due = _told(act, key) if ref else None
    always = governs and begun.duty in WORKFLOW and begun.only is None
    unknown = pack is None and due is not None
    if begun.only is Anchor.LAST_TRANSFER and due is None:
        return ()  # news of another system that the register did not stamp restarts nothing
    if not (always or term or unknown):
        return ()
    clock = Clock(
        duty=begun.duty,
        pack=ref,
        governs=governs,
        legal=term.legal if term else begun.duty is not Duty.ASSIGN,
        agency=begun.agency,
        opened_by=act.id,
        starts_at=after.starts(term.starts, begun.agency, act.at) if term else act.at,
        due=due,
        internal=_internal(begun, act, due, key) if governs else None,
        strict=_told(act, f"{key}.strict") if governs else None,
        calendar=act.details.get("calendar") if due else None,
        basis=term.basis if term else None,
    )
    return (_Running(clock=clock, opener=act.kind),)


def _told(act: Act, key: str) -> Due | None:
    """The due day under that key; None where there is none, or another system's act holds something else there."""
    try:
        return Due.parse(act.details[key])
    except (KeyError, ValueError):
        return None


def _internal(begun: Begun, act: Act, due: Due | None, key: str) -> Due | None:
    """The agency's own day (R32), or the sender's longer one; None where the act holds just the legal end."""
    given = act.details.get("due_at")
    if given is None or not has_instant(begun, act):
        return _told(act, f"{key}.inner")
    instant = datetime.fromisoformat(given)
    if due is not None and instant in {due.ends_at, due.latest_ends_at}:
        return None
    return Due(on=instant.astimezone(LOCAL_ZONE).date())


def _recomputed(item: _Running, act: Act) -> _Running:
    clock, told = item.clock, act.details
    if (clock.opened_by, clock.duty.value, clock.pack) != (
        told.get("opened_by"),
        told.get("duty"),
        told.get("pack"),
    ):
        return item
    if clock.duty is Duty.COORDINATE and told.get("agency", clock.agency) != clock.agency:
        return item
    due, strict = Due.parse(told["new"]), told.get("strict")
    return replace(
        item,
        clock=replace(
            clock,
            due=due,
            strict=Due.parse(strict) if strict else clock.strict,
            internal=_still_apart(clock, due, told.get("due_at")),
            calendar=told["calendar"],
        ),
    )


def _still_apart(clock: Clock, due: Due, due_at: str | None) -> Due | None:
    """The agency's day stays only while it lies inside the legal one; the sender's only while it lies after it."""
    if clock.duty is Duty.SUPPLEMENT:
        end = datetime.fromisoformat(due_at) if due_at else due.latest_ends_at
        return Due(on=end.astimezone(LOCAL_ZONE).date()) if end > due.latest_ends_at else None
    internal = clock.internal
    return internal if internal and end_of(internal.on) < due.ends_at else None
