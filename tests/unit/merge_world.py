"""Two systems and a connector between them, in memory: what the property tests of the merge play with.

The connector is modelled as the program runs it: tellings are absorbed, every telling and every outcome is followed by
a merge, writes are planned once and go one at a time in order, a reply may get lost and is looked up later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from connector.case import (
    Act,
    ActKind,
    Case,
    Channel,
    Header,
    Nature,
    Place,
    Privacy,
    Sender,
    SenderKind,
    absorb,
    in_order,
)
from connector.mapping.intent import IntentKind
from connector.merge import OUR_KINDS_TOLD_AS, Baseline, Clash, Move, Rules, Side, digests, merge
from connector.store.deliveries import Delivery
from connector.sync.outcome import after

AT = datetime(2026, 11, 18, 1, tzinfo=UTC)
SPACE = UUID("5b0f2d1e-0000-4000-8000-000000000001")
NAMES = {Side.HERE: "register", Side.THERE: "national_portal"}
REFS = {Side.HERE: "57", Side.THERE: "900000123"}

HERE_TAKES = frozenset(
    {ActKind.SUPPLEMENTED, ActKind.RETURNED_FOR_REWORK, ActKind.RECALLED, ActKind.PUBLISHED, ActKind.RATED}
)
THERE_TAKES = frozenset(
    {
        ActKind.ACCEPTED,
        ActKind.ASSIGNED,
        ActKind.PROGRESS,
        ActKind.LATE_NOTICE,
        ActKind.LAPSED,
        ActKind.ANSWERED,
        ActKind.RECALL_AGREED,
        ActKind.RECALL_REFUSED,
    }
)
RULES = Rules(here_takes=HERE_TAKES, there_takes=THERE_TAKES)

MOST_WRITES = 100
"""More than any play makes people do; a loop of writes shows as one that never rests."""

Write = tuple[Side, IntentKind, str | None, int]


def header(**changes: Any) -> Header:
    """A header; ``changes`` replace its fields."""
    fields: dict[str, Any] = {
        "title": "Tiêu đề 0",
        "content": "Nội dung 0",
        "nature": Nature.CONDUCT,
        "channel": Channel.ZALO,
        "sender_kind": SenderKind.CITIZEN,
        "sender": Sender(name="Nguyễn Văn Mẫu", phone="0900000000"),
        "submitted_at": AT,
        "agency": "000.00.00.H56",
        "place": Place(text="xã Mẫu"),
    }
    return Header(**{**fields, **changes})


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How the portal behaves; ``tightens_whole``: its operation that tightens carries the fields along."""

    keeps_our_ids: bool = False
    repeats_our_mark: bool = True
    tells_sender: bool = True
    tightens_whole: bool = False


@dataclass(kw_only=True)
class Book:
    """What one system really holds."""

    header: Header
    acts: list[Act] = field(default_factory=list)
    changed: int = 0


@dataclass(kw_only=True)
class World:
    """Both systems, and what the connector knows."""

    born: Side
    habits: Habits = field(default_factory=Habits)
    books: dict[Side, Book] = field(default_factory=dict)
    told: dict[Side, Case | None] = field(default_factory=lambda: dict.fromkeys(Side))
    baseline: Baseline | None = None
    queue: list[Delivery] = field(default_factory=list)
    doubtful: Delivery | None = None
    planned: set[Write] = field(default_factory=set)
    done: list[Delivery] = field(default_factory=list)
    sealed: bool = False
    clashes: tuple[Clash, ...] = ()
    versions: list[Case] = field(default_factory=list)
    ticks: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.books[self.born] = Book(header=header())
        self.act(self.born, ActKind.SUBMITTED)

    @property
    def other(self) -> Side:
        """The side where the case was not born."""
        return Side.THERE if self.born is Side.HERE else Side.HERE

    @property
    def restricted(self) -> bool:
        """The connector has been told that the case is restricted."""
        case = self.told[Side.HERE]
        return case is not None and case.header is not None and case.header.privacy is Privacy.RESTRICTED

    # ---- what happens in the systems ------------------------------------------------------------------------

    def act(self, side: Side, kind: ActKind, text: str | None = None, minutes_ago: int = 0) -> None:
        """Somebody at ``side`` does something."""
        tick = next(self.ticks)
        at = AT + timedelta(hours=tick) - timedelta(minutes=minutes_ago)
        self.books[side].acts.append(Act(id=f"{NAMES[side]}:{tick}", kind=kind, at=at, text=text))
        self._keep_version(side)

    def change(self, side: Side, **fields: Any) -> None:
        """Somebody at ``side`` changes the header."""
        self.books[side].header = replace(self.books[side].header, **fields)
        self._keep_version(side)

    def _keep_version(self, side: Side) -> None:
        self.books[side].changed = next(self.ticks)
        if side is Side.THERE:
            self.versions.append(self.telling(side))

    def telling(self, side: Side) -> Case:
        """What a system says now."""
        book = self.books[side]
        told = book.header
        if side is Side.THERE and not self.habits.tells_sender:
            told = replace(told, sender=Sender())
        return Case(
            system=NAMES[side],
            ref=REFS[side],
            origin=(NAMES[self.born], REFS[self.born]),
            header=told,
            acts=in_order(book.acts),
            changed_at=AT + timedelta(hours=book.changed),
        )

    # ---- what the connector does ----------------------------------------------------------------------------

    def observe(self, side: Side, telling: Case | None = None) -> None:
        """The connector reads a side (or gets an older version of it) and settles."""
        if side in self.books:
            self.told[side] = absorb(self.told[side], telling or self.telling(side))
            self.settle()

    @property
    def rules(self) -> Rules:
        """The case goes up unless it may not leave."""
        here = self.told[Side.HERE]
        leaves = here is not None and here.header is not None and here.header.privacy is Privacy.OPEN
        marks = [*self.done, *self.queue, *([self.doubtful] if self.doubtful else [])]
        echoes = {str(item.key): item.act_id for item in marks if item.act_id}
        return replace(RULES, outbound=self.born is Side.HERE and leaves, echoes=echoes)

    def settle(self) -> None:
        """Merge; plan what is new, drop what is not wanted any more."""
        found = merge(self.baseline, self.told[Side.HERE], self.told[Side.THERE], self.rules)
        self.clashes = found.clashes
        if found.baseline is not None:
            self.baseline = found.baseline
        wanted = [(move.side, move.kind, move.act_id, move.revision) for move in found.moves]
        assert len(wanted) == len(set(wanted)), "one settlement plans nothing twice"
        self.queue = [item for item in self.queue if self._write(item) in wanted]
        self.planned = {self._write(item) for item in (*self.queue, *self.done)}
        if self.doubtful is not None:
            self.planned.add(self._write(self.doubtful))
        for move in found.moves:
            self._plan(move)

    def _write(self, item: Delivery) -> Write:
        side = Side.HERE if item.target == NAMES[Side.HERE] else Side.THERE
        return side, item.intent, item.act_id, item.revision

    def _plan(self, move: Move) -> None:
        write = (move.side, move.kind, move.act_id, move.revision)
        if write in self.planned:
            return
        self.planned.add(write)
        self.queue.append(delivery(move))

    def deliver(self, *, lose_reply: bool = False) -> None:
        """Perform the next write; with ``lose_reply`` its outcome stays unknown until it is looked up."""
        if self.doubtful is not None or not self.queue:
            return
        item = self.queue.pop(0)
        side = self._write(item)[0]
        source = self.told[Side.THERE if side is Side.HERE else Side.HERE]
        assert source is not None
        item = replace(item, basis=basis(source))
        self._perform(side, item, source)
        self._keep_version(side)
        self.doubtful = item
        if not lose_reply:
            self.look_up()

    def look_up(self) -> None:
        """The outcome of the last write becomes known."""
        if self.doubtful is not None:
            self.baseline = after(self.baseline, self.doubtful)
            self.done.append(self.doubtful)
            self.doubtful = None
            self.settle()

    def _perform(self, side: Side, item: Delivery, source: Case) -> None:
        assert source.header is not None
        assert not self.restricted, "nothing of a restricted case moves"
        if item.intent is IntentKind.CREATE:
            assert side not in self.books, "created once"
            acts = list(source.acts) if side is Side.HERE else []
            self.books[side] = Book(header=source.header, acts=acts)
            return
        book = self.books[side]
        if item.intent is IntentKind.UPDATE:
            book.header = replace(source.header, privacy=book.header.privacy)
        elif item.intent is IntentKind.TIGHTEN:
            privacy = book.header.privacy.strictest(source.header.privacy)
            whole = side is Side.THERE and self.habits.tightens_whole
            book.header = replace(source.header if whole else book.header, privacy=privacy)
        else:
            act = source.act(item.act_id or "")
            assert act is not None
            book.acts.append(act if side is Side.HERE else self._as_the_portal_tells(act, item.key))

    def _as_the_portal_tells(self, act: Act, key: UUID) -> Act:
        name = act.id if self.habits.keeps_our_ids else f"{NAMES[Side.THERE]}:{next(self.ticks)}"
        newest = max((one.at for one in self.books[Side.THERE].acts), default=act.at)
        return replace(
            act,
            id=name,
            kind=OUR_KINDS_TOLD_AS.get(act.kind, act.kind),
            at=max(act.at, newest),
            echo=str(key) if self.habits.repeats_our_mark else None,
        )

    def come_to_rest(self, rounds: int = 12) -> int:
        """Read and write until nothing is left to do; the number of rounds that it took."""
        for number in range(rounds):
            self.look_up()
            for side in Side:
                self.observe(side)
            if not self.queue:
                return number
            for _ in range(MOST_WRITES):
                self.deliver()
        msg = f"still planning after {rounds} rounds: {[self._write(item) for item in self.queue]}"
        raise AssertionError(msg)


def basis(source: Case) -> Mapping[str, Any]:
    """What a delivery notes of the telling that it was rendered from."""
    assert source.header is not None
    return {
        "fields": digests(source),
        "privacy": source.header.privacy.value,
        "acts": [act.id for act in source.acts],
    }


def delivery(move: Move, **more: Any) -> Delivery:
    """A planned delivery for a move."""
    target, source = NAMES[move.side], NAMES[Side.THERE if move.side is Side.HERE else Side.HERE]
    values: dict[str, Any] = {
        "id": 1,
        "case_id": 1,
        "target": target,
        "source": source,
        "intent": move.kind,
        "act_id": move.act_id,
        "revision": move.revision,
        "key": uuid5(SPACE, f"{target}|{move.kind.value}|{move.act_id}|{move.revision}"),
        "epoch": 0,
        "state": "planned",
        "operation": None,
        "basis": {},
        "attempts": 0,
        "next_attempt_at": AT,
        "error_code": None,
        "error_text": None,
        "created_at": AT,
        "finished_at": None,
    }
    return Delivery(**{**values, **more})
