"""The counting: case after case goes in, numbers come out. No name, no phone, no text is kept on the way. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.incident.classes import SENSITIVE, DataClass, Telling, held, subject, touched
from connector.incident.duties import Duty, duties
from connector.incident.ways import Scope, Touch, Way


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Entries of one kind by one account about one system, within the scope."""

    kind: str
    system: str | None
    actor: str
    entries: int
    cases: int
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What is stored of a case now.

    Attributes:
        tellings: what could be opened of it, the register's first; empty if nothing could.
        ended: how it ended here, if it did.
    """

    case_id: int
    code: str | None
    ended: str | None
    tellings: tuple[Telling, ...]


@dataclass(frozen=True, kw_only=True)
class Affected:
    """One case. ``classes`` is None if it cannot be opened (any more): it may have held anything."""

    case_id: int
    code: str | None
    ways: tuple[Way, ...]
    classes: tuple[DataClass, ...] | None
    entries: int
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True)
class Incident:
    """What an incident came to.

    Attributes:
        upto: the last entry of the log that was looked at.
        cases: how many were touched.
        subjects: different people and bodies among the cases that could be opened and name somebody.
        nameless: cases that could be opened and name nobody.
        unopened: cases that could not: erased meanwhile, or counted without the master keys.
        located: people of whom position data was touched.
        classes, ways: how many cases each concerns.
        happened: everything that the log tells of the scope, with cases or without.
        named: the first cases by number.
    """

    scope: Scope
    noticed: datetime
    counted_at: datetime
    counted_by: str
    upto: int
    cases: int
    subjects: int
    nameless: int
    unopened: int
    located: int
    classes: Mapping[DataClass, int]
    ways: Mapping[Way, int]
    first: datetime | None
    last: datetime | None
    happened: Sequence[Happened]
    named: Sequence[Affected]

    @property
    def at_most(self) -> int:
        """So many people are concerned at most: each case that cannot be opened may be somebody else's."""
        return self.subjects + self.nameless + self.unopened

    @property
    def duties(self) -> tuple[Duty, ...]:
        """Whom the law wants told, and until when."""
        located = bool(self.located or self.classes.get(DataClass.POINT)) or (
            None if self.unopened else False
        )
        return duties(self.noticed, anything=self.cases > 0, located=located)


class Tally:
    """Counts. Keeps 12 bytes of each person, and ``most`` cases to be named.

    Args:
        secret: under which people are told apart; made for this counting.
        most: so many cases are named.
    """

    def __init__(self, secret: bytes, *, most: int) -> None:
        self._secret = secret
        self._most = most
        self._subjects: set[bytes] = set()
        self._located: set[bytes] = set()
        self.cases = self.nameless = self.unopened = 0
        self.classes: Counter[DataClass] = Counter()
        self.ways: Counter[Way] = Counter()
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.named: list[Affected] = []

    @property
    def subjects(self) -> int:
        """How many people were told apart."""
        return len(self._subjects)

    @property
    def located(self) -> int:
        """Of how many of them position data was touched."""
        return len(self._located)

    def add(self, touch: Touch, holding: Holding | None) -> Affected:
        """Count one case."""
        told = holding.tellings if holding else ()
        classes = touched(held(told), touch.shown) if told else None
        self._count(touch, told, classes)
        one = Affected(
            case_id=touch.case_id,
            code=holding.code if holding else None,
            ways=tuple(way for way in Way if way in touch.ways),
            classes=None if classes is None else tuple(item for item in DataClass if item in classes),
            entries=touch.entries,
            first=touch.first,
            last=touch.last,
        )
        if len(self.named) < self._most:
            self.named.append(one)
        return one

    def _count(self, touch: Touch, told: tuple[Telling, ...], classes: frozenset[DataClass] | None) -> None:
        self.cases += 1
        self.ways.update(touch.ways)
        self.first = touch.first if self.first is None else min(self.first, touch.first)
        self.last = touch.last if self.last is None else max(self.last, touch.last)
        if classes is None:
            self.unopened += 1
            return
        self.classes.update(classes)
        person = subject(told, self._secret)
        if person is None:
            self.nameless += 1
            return
        self._subjects.add(person)
        if SENSITIVE & classes:
            self._located.add(person)
