"""What the twin remembers: cases, their history, answers, files and the queue. Pure: time comes in as an argument."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from adapters.government_portal.twin import moves
from adapters.government_portal.twin.codes import ReportCode

ZONE: Final = timezone(timedelta(hours=7))
"""The portal tells every instant with this offset, to the second."""

Tree = list[tuple[str, Any]]
"""Elements in schema order: (name, text | bool | int | datetime | bytes | Tree | None)."""


class Refusal(Exception):
    """A business error: becomes a Report (§8.7), never a Fault.

    Attributes:
        code: code of §8.7.
        path: the element at fault.
        case: the case whose current status the answer tells, with STATE_CONFLICT.
    """

    def __init__(
        self, code: ReportCode, path: str, message: str, *, case: "PortalCase | None" = None
    ) -> None:
        super().__init__(f"{code} {path}")
        self.code = code
        self.path = path
        self.message = message
        self.case = case


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file the portal holds; ``id`` is the sender's own id for files that an agency sent."""

    id: str
    role: str
    name: str
    media_type: str
    content: bytes
    signed: bool = False
    sha256: str = ""

    def __post_init__(self) -> None:
        if not self.sha256:
            object.__setattr__(self, "sha256", hashlib.sha256(self.content).hexdigest())


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the history. ``action`` is the status or the event it tells; ``moved`` is False for mere notes."""

    id: str
    action: str
    status: str
    organ: str
    at: datetime
    moved: bool = True
    reason: str | None = None
    note: str | None = None
    new_due: datetime | None = None
    extra: dict[str, str] = field(default_factory=dict)
    officer: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoredAnswer:
    """One version of the agency's answer."""

    id: str
    version: int
    text: str
    publishable: bool
    issued_at: datetime
    summary: str | None = None
    document: str | None = None
    signer: str | None = None
    position: str | None = None
    files: tuple[StoredFile, ...] = ()


@dataclass(kw_only=True)
class PortalCase:
    """One case as the portal holds it. ``sender`` uses the element names of Submitter."""

    id: str
    own_code: str | None
    channel: str
    submitter_type: str
    sender: dict[str, Any]
    title: str
    content: str
    kind: str
    organ: str
    submitted_at: datetime
    assigned_at: datetime | None = None
    field_code: str | None = None
    field_name: str | None = None
    procedure: str | None = None
    place: dict[str, str] = field(default_factory=dict)
    due_at: datetime | None = None
    rule: str | None = None
    instruction: str | None = None
    parent: str | None = None
    rework_no: int = 0
    private: bool = False
    publishable: bool = True
    published: bool = False
    before_request: str | None = None
    before_recall: str | None = None
    recall_answer: str | None = None
    history: list[Row] = field(default_factory=list)
    answers: list[StoredAnswer] = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)

    @property
    def current(self) -> Row:
        """The row that set the current status."""
        return next(row for row in reversed(self.history) if row.moved)

    @property
    def status(self) -> str:
        """The current status code."""
        return self.current.status

    @property
    def answer(self) -> StoredAnswer | None:
        """The newest answer."""
        return self.answers[-1] if self.answers else None

    def file(self, file_id: str) -> StoredFile | None:
        """The file with that id."""
        return next((item for item in self.files if item.id == file_id), None)


@dataclass(kw_only=True)
class QueueItem:
    """One item of the pull queue. ``head`` and ``files`` are a snapshot: re-reading gives the same answer."""

    seq: int
    id: str
    kind: str
    case_id: str
    organ: str
    created_at: datetime
    head: Tree
    files: tuple[StoredFile, ...]
    result: str | None = None
    reason: str | None = None


def to_second(instant: datetime) -> datetime:
    """The instant as the portal keeps it: its own offset, no fractions."""
    return instant.astimezone(ZONE).replace(microsecond=0)


class Portal:
    """All cases and the queue. Every method either does its whole work or raises :class:`Refusal`."""

    def __init__(self, seed: int, now: Callable[[], datetime]) -> None:
        self._now = now
        self._next = {
            "case": 900_000_000 + seed * 7919 % 90_000_000,
            "item": 0,
            "answer": 700_000,
            "file": 300_000,
            "row": 0,
        }
        self.cases: dict[str, PortalCase] = {}
        self.by_own_code: dict[str, str] = {}
        self.items: dict[str, QueueItem] = {}
        self.pending: dict[str, QueueItem] = {}
        self.holders: dict[str, list[str]] = {}

    def now(self) -> datetime:
        """The portal's clock, to the second."""
        return to_second(self._now())

    def number(self, kind: str) -> int:
        """The next number of a sequence: ``case``, ``item``, ``answer``, ``file`` or ``row``."""
        self._next[kind] += 1
        return self._next[kind]

    def add(self, case: PortalCase) -> None:
        """Take a new case in and run it NEW → ASSIGNED at once."""
        self.cases[case.id] = case
        if case.own_code is not None:
            self.by_own_code[case.own_code] = case.id
        for item in case.files:
            self.index_file(case, item)

    def index_file(self, case: PortalCase, item: StoredFile) -> None:
        """Make a file findable by its id alone."""
        self.holders.setdefault(item.id, []).append(case.id)

    def attach(self, case: PortalCase, files: tuple[StoredFile, ...]) -> None:
        """Add files to a case; a file that it already has by id is kept as it is."""
        for item in files:
            if case.file(item.id) is None:
                case.files.append(item)
                self.index_file(case, item)

    def write(
        self,
        case: PortalCase,
        action: str,
        status: str,
        *,
        organ: str,
        at: datetime,
        **facts: Any,
    ) -> Row:
        """Append a history row, keeping the list in order of time."""
        row = Row(id=str(self.number("row")), action=action, status=status, organ=organ, at=at, **facts)
        place = len(case.history)
        while place and case.history[place - 1].at > row.at:
            place -= 1
        case.history.insert(place, row)
        return row

    def portal_instant(self, case: PortalCase, action: str) -> datetime:
        """When a deed of the portal happens: now, never before the last move, one second apart from its like.

        Two deeds of one kind in one second would be indistinguishable to whoever names acts by kind and second.
        """
        at = self.now()
        if case.history:
            at = max(at, case.current.at)
        taken = {row.at for row in case.history if row.action == action}
        while at in taken:
            at += timedelta(seconds=1)
        return at

    def enqueue(
        self, case: PortalCase, kind: str, head: Tree, files: tuple[StoredFile, ...], at: datetime
    ) -> QueueItem:
        """Put an item into the queue of the organ that holds the case."""
        seq = self.number("item")
        item = QueueItem(
            seq=seq,
            id=str(50_000_000 + seq),
            kind=kind,
            case_id=case.id,
            organ=case.organ,
            created_at=at,
            head=head,
            files=files,
        )
        self.items[item.id] = item
        self.pending[item.id] = item
        return item

    def check_move(self, case: PortalCase, target: str, *, supplement_after_acceptance: bool = False) -> None:
        """Raise STATE_CONFLICT unless the table of §8.6 has the move."""
        targets = moves.allowed(
            case.status,
            before_request=case.before_request,
            supplement_after_acceptance=supplement_after_acceptance,
        )
        if target not in targets:
            raise Refusal(
                ReportCode.STATE_CONFLICT, "Status", f"Không thể chuyển {case.status} → {target}", case=case
            )
